"""The panel of moderators, page by page."""

from __future__ import annotations

import json
from dataclasses import replace

import discord
import pytest
from simcord import ChannelHandle, Env, GuildHandle, MemberActor

from bot.client import Bot
from bot.models import Language
from bot.settings.guild import GuildSettings
from bot.storage.lexicon import LexiconOwner
from bot.text.lexicon import LexiconEntry
from cogs.views.panel.spot import Action, Spot, Tab
from tests.cogs.panel import Panel
from tests.screenshots.conftest import Picture


@pytest.fixture
def keeper(env: Env, guild: GuildHandle) -> MemberActor:
    """A member who may do everything."""
    role = guild.create_role("Keepers", permissions=discord.Permissions(administrator=True))
    return guild.add_member(env.create_user("mona"), roles=[role])


@pytest.fixture
async def _chosen(
    bot: Bot, guild: GuildHandle, chat: ChannelHandle, keeper: MemberActor, bob: MemberActor
) -> None:
    """A server in which something was chosen already."""
    settings = GuildSettings(
        voice="Serena",
        voices=((Language.GERMAN, "Lenn"), (Language.JAPANESE, "Ono Anna")),
        speed=1.1,
        allowed_voices=("Cherry", "Serena", "Ethan", "Lenn", "Ono Anna"),
        ignored_role_ids=(guild.create_role("Guests").id,),
        blocked_words=("fiddlesticks", "balderdash"),
        log_channel_id=guild.create_text_channel("log").id,
    )
    await bot.settings.change_guild(guild.id, lambda _: settings, by=keeper.id)
    words = [
        LexiconEntry(*pair)
        for pair in (("btw", "by the way"), ("gg", "good game"), ("Nguyen", "win"), ("lol", ""))
    ]
    await bot.lexicons.add(LexiconOwner(guild_id=guild.id), words, by=keeper.id)
    await bot.settings.change_channel(
        guild.id, chat.id, lambda now: replace(now, is_read=True), by=keeper.id
    )
    await bot.settings.change_rules(
        guild.id, bob.id, lambda now: replace(now, voice="Ethan"), by=keeper.id
    )


@pytest.mark.parametrize(
    ("name", "spot"),
    [
        ("voices", Spot(Tab.VOICES)),
        ("voices-of-members", Spot(Tab.VOICES, 2)),
        ("reading", Spot(Tab.READING)),
        ("reading-call", Spot(Tab.READING, 1)),
        ("filters", Spot(Tab.FILTERS)),
        ("filters-links", Spot(Tab.FILTERS, 3)),
        ("limits", Spot(Tab.LIMITS, 1)),
        ("dictionary", Spot(Tab.DICTIONARY)),
        ("log", Spot(Tab.LOG)),
    ],
)
@pytest.mark.usefixtures("_chosen")
async def test_a_page_of_the_panel(
    picture: Picture, chat: ChannelHandle, keeper: MemberActor, name: str, spot: Spot
) -> None:
    panel = await Panel.open(keeper, chat, spot)
    await picture(f"panel-{name}", keeper, panel.message)


@pytest.mark.usefixtures("_chosen")
async def test_the_members_in_the_panel(
    picture: Picture, chat: ChannelHandle, keeper: MemberActor, bob: MemberActor
) -> None:
    panel = await Panel.open(keeper, chat, Spot(Tab.MEMBERS))
    await panel.choose(Spot(Tab.MEMBERS).custom_id(Action.PICK), bob)
    await picture("panel-members", keeper, panel.message)


@pytest.mark.usefixtures("_chosen")
async def test_a_dialog_of_the_panel(
    picture: Picture, chat: ChannelHandle, keeper: MemberActor
) -> None:
    spot = Spot(Tab.LIMITS)
    panel = await Panel.open(keeper, chat, spot)
    shown = await panel.press(spot.custom_id(Action.ASK, "max_characters"))
    await picture("panel-dialog", keeper, shown)


@pytest.mark.usefixtures("_chosen")
async def test_what_an_import_asks(
    picture: Picture, chat: ChannelHandle, keeper: MemberActor
) -> None:
    content = {
        "oriole": 1,
        "server": {"voice": "Cherry", "links": "word", "blocked_words": ["balderdash"]},
        "dictionary": [{"word": "btw", "reading": "by the way"}],
    }
    file = ("settings.json", json.dumps(content).encode())
    await picture("import", keeper, await keeper.slash(chat, "server import", file=file))

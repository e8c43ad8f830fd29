"""What becomes of a message if something happens between the moment it comes and its turn."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import discord
import pytest
from simcord import ChannelHandle, Env, GuildHandle, MemberActor

from bot.client import Bot
from bot.policy.admission import Silence
from bot.settings.choices import NameReading
from bot.voice.gateway import Gateway, Observer
from bot.voice.recovery import Recovery
from tests.cogs.fakes import AttentiveSynthesizer, DistantPresence
from tests.cogs.reading import fate_of, rule, until_it_is
from tests.cogs.speaking import until
from tests.voice.fakes import utterance

pytestmark = pytest.mark.usefixtures("today")

HOLD_BACK_S = 3.0


@pytest.fixture
def moderator(env: Env, guild: GuildHandle) -> MemberActor:
    """A member who may silence others, too."""
    allowed = discord.Permissions(manage_guild=True, moderate_members=True)
    role = guild.create_role("Moderators", permissions=allowed)
    return guild.add_member(env.create_user("mona"), roles=[role])


@pytest.fixture
def distant_calls(monkeypatch: pytest.MonkeyPatch) -> list[DistantPresence]:
    """Every call the bot is on its way to."""
    made: list[DistantPresence] = []

    def place(
        gateway: Gateway, observer: Observer, channel_id: int, recovery: Recovery
    ) -> DistantPresence:
        made.append(DistantPresence(gateway, observer, channel_id, recovery))
        return made[-1]

    monkeypatch.setattr("bot.voice.session.Presence", place)
    return made


@dataclass
class Scene:
    """Alice is in a call and writes there; the bot has not said it yet."""

    env: Env
    bot: Bot
    guild: GuildHandle
    call: ChannelHandle
    alice: MemberActor
    calls: list[DistantPresence]
    synthesizer: AttentiveSynthesizer

    async def write(self) -> discord.Message:
        return await self.alice.send(self.call, "Hello")

    async def join(self) -> None:
        channel = self.bot.get_channel(self.call.id)
        assert isinstance(channel, discord.VoiceChannel | discord.StageChannel)
        joining = asyncio.create_task(self.bot.sessions.join(channel))
        await until(lambda: bool(self.calls))
        self.calls[0].come_in()
        await joining

    async def spoken(self) -> int:
        """Return how much was said to its end, once all is that was to be."""
        await until(lambda: self.bot.sessions.get(self.guild.id) is not None)
        session = self.bot.sessions.get(self.guild.id)
        assert session is not None
        last = session.enqueue(utterance("That is all"))
        assert (await last.wait_until_ended()).reason == "spoken"
        return self.bot.sessions.ledger.counts(self.guild.id)["spoken"] - 1


GoOn = Callable[[], Awaitable[object]]


async def while_it_joins(scene: Scene) -> tuple[discord.Message, GoOn]:
    await rule(scene.bot, scene.guild, joins_by_itself=True, name_reading=NameReading.OFF)
    message = await scene.write()
    await until(lambda: bool(scene.calls))

    async def come_in() -> None:
        scene.calls[0].come_in()

    return message, come_in


async def while_it_may_only_listen(scene: Scene) -> tuple[discord.Message, GoOn]:
    message, _come_in = await while_it_joins(scene)
    scene.calls[0].come_in(is_silenced=True)

    async def be_heard() -> None:
        scene.calls[0].be_heard()

    return message, be_heard


async def while_it_is_held_back(scene: Scene) -> tuple[discord.Message, GoOn]:
    await scene.join()
    hold_back_ms = int(HOLD_BACK_S * 1000)
    await rule(scene.bot, scene.guild, hold_back_ms=hold_back_ms, name_reading=NameReading.OFF)
    message = await scene.write()
    return message, lambda: scene.env.advance_time(HOLD_BACK_S)


async def while_it_waits(scene: Scene) -> tuple[discord.Message, GoOn]:
    await scene.join()
    await rule(scene.bot, scene.guild, name_reading=NameReading.OFF)
    session = scene.bot.sessions.get(scene.guild.id)
    assert session is not None
    session.pause()
    message = await scene.write()
    assert await fate_of(scene.bot, message) is None

    async def go_on() -> None:
        session.resume()

    return message, go_on


SITUATIONS = [while_it_joins, while_it_may_only_listen, while_it_is_held_back, while_it_waits]
Situation = Callable[[Scene], Awaitable[tuple[discord.Message, GoOn]]]


@pytest.fixture
async def scene(
    env: Env,
    bot: Bot,
    guild: GuildHandle,
    lounge: ChannelHandle,
    alice: MemberActor,
    distant_calls: list[DistantPresence],
    synthesizer: AttentiveSynthesizer,
    situation: Situation,
) -> Scene:
    is_on_stage = situation is while_it_may_only_listen
    call = guild.create_stage_channel("stage") if is_on_stage else lounge
    await alice.join_voice(call)
    return Scene(env, bot, guild, call, alice, distant_calls, synthesizer)


def delete(scene: Scene, _moderator: MemberActor, message: discord.Message) -> Awaitable[object]:
    return scene.alice.delete(message)


def opt_out(scene: Scene, _moderator: MemberActor, _: discord.Message) -> Awaitable[object]:
    return scene.alice.slash(scene.call, "optout")


def mute(scene: Scene, moderator: MemberActor, _: discord.Message) -> Awaitable[object]:
    return moderator.slash(scene.call, "member mute", member=scene.alice)


def read_no_more(scene: Scene, moderator: MemberActor, _: discord.Message) -> Awaitable[object]:
    return moderator.slash(scene.call, "read remove")


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize(
    ("happen", "silence"),
    [
        (delete, Silence.TAKEN_BACK),
        (opt_out, Silence.OPTED_OUT),
        (mute, Silence.MUTED),
        (read_no_more, Silence.NOT_READ_HERE),
    ],
)
async def test_it_is_not_said_any_more(
    scene: Scene,
    moderator: MemberActor,
    situation: Situation,
    happen: Callable[[Scene, MemberActor, discord.Message], Awaitable[object]],
    silence: Silence,
) -> None:
    message, go_on = await situation(scene)
    await happen(scene, moderator, message)
    await go_on()
    await until_it_is(scene.bot, message, silence)
    assert await scene.spoken() == 0


@pytest.mark.parametrize("situation", SITUATIONS)
async def test_it_is_said_as_it_was_edited(scene: Scene, situation: Situation) -> None:
    message, go_on = await situation(scene)
    await scene.alice.edit(message, "Hello again")
    await go_on()
    await until(lambda: scene.synthesizer.requests[-1:] == ["Hello again"])
    assert await scene.spoken() == 1
    assert await fate_of(scene.bot, message) is None

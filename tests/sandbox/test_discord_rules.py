"""What Discord accepts: layouts, ids, names, and whatever else somebody may send."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import discord
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.discord.errors import FormErrors, RestError
from bot.sandbox.discord.interactions.command_rules import check_command, is_valid_name
from bot.sandbox.discord.shapes import COMMAND, COMPONENT, EMBED, MESSAGE
from bot.sandbox.discord.world.attachments import content_type_of, sanitize
from bot.sandbox.discord.world.message_rules import check_message
from bot.sandbox.discord.world.messages import MessageFlag
from bot.sandbox.discord.world.snowflakes import SnowflakeSource, created_at, parse_snowflake
from tests.sandbox._discord_client import Client, connected, harbour, raw_rest

KEYS = sorted({*MESSAGE, *COMPONENT, *EMBED, *COMMAND, "value", "label", "parse", "url"})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)
    ),
    max_leaves=25,
)
BODIES = st.dictionaries(st.sampled_from(KEYS), JSON, max_size=8)


@settings(max_examples=60, deadline=None)
@given(BODIES, st.sampled_from([MessageFlag.NONE, MessageFlag.IS_COMPONENTS_V2]))
def test_no_message_body_breaks_the_checker(body: dict[str, Any], flags: MessageFlag) -> None:
    with contextlib.suppress(RestError):
        check_message(body, {}, flags)


@settings(max_examples=60, deadline=None)
@given(BODIES)
def test_no_command_body_breaks_the_checker(body: dict[str, Any]) -> None:
    check_command({"name": "say", "description": "Say", **body}, FormErrors(), "0")


@pytest.mark.parametrize(
    ("name", "valid"),
    [
        ("say", True),
        ("read-aloud_2", True),
        ("読み上げ", True),
        ("l'eau", True),
        ("बोलो", True),
        ("Say", False),
        ("say it", False),
        ("", False),
        ("x" * 33, False),
        ("say!", False),
    ],
)
def test_command_names_are_lower_case_letters_digits_and_few_signs(name: str, valid: bool) -> None:
    assert is_valid_name(name) is valid


def test_ids_grow_and_carry_their_time() -> None:
    source = SnowflakeSource()
    ids = [source.take() for _ in range(10_000)]
    assert all(before < after for before, after in pairwise(ids))
    assert abs(created_at(ids[0]) - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize("value", ["abc", "", "-1", "1.5", True, None, 1.5, "9" * 21, "٣"])
def test_what_is_no_id_is_none(value: object) -> None:
    assert parse_snowflake(value) is None


@pytest.mark.parametrize(
    ("name", "kept", "title"),
    [
        ("plain.wav", "plain.wav", None),
        ("two words.wav", "two_words.wav", None),
        ("../../etc/passwd", "passwd", None),
        ("语音.wav", "unknown.wav", "语音"),
        ("", "unknown", ""),
    ],
)
def test_file_names_are_cleaned_like_discord_does(name: str, kept: str, title: str | None) -> None:
    assert sanitize(name) == (kept, title)


@pytest.mark.parametrize(
    ("name", "declared", "kind"),
    [
        ("a.wav", "application/octet-stream", "audio/x-wav"),
        ("a.ogg", "application/octet-stream", "audio/ogg"),
        ("a.bin", "audio/ogg", "audio/ogg"),
        ("a", "application/octet-stream", "application/octet-stream"),
    ],
)
def test_the_type_of_a_file_is_declared_or_guessed(name: str, declared: str, kind: str) -> None:
    assert content_type_of(name, declared) == kind


def button(custom_id: str = "a", **more: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "A", "custom_id": custom_id, **more}


def row(*components: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(components)}


def select(count: int) -> dict[str, Any]:
    options = [{"label": f"{n}", "value": f"{n}"} for n in range(count)]
    return {"type": 3, "custom_id": "s", "options": options}


TEXT = {"type": 10, "content": "text"}


@pytest.mark.parametrize(
    ("flags", "components"),
    [
        (0, [row(*(button(f"{n}") for n in range(6)))]),
        (0, [row(button("same"), button("same"))]),
        (0, [row(button("x" * 101))]),
        (0, [row({"type": 2, "style": 1, "custom_id": "a"})]),
        (0, [row(button(style=5))]),
        (0, [row(button(style=9))]),
        (0, [row(select(26))]),
        (0, [row(select(2), button())]),
        (0, [row()]),
        (0, [row(button(f"{n}")) for n in range(6)]),
        (0, [TEXT]),
        (1 << 15, [TEXT] * 41),
        (1 << 15, [{"type": 10, "content": "x" * 4001}]),
        (1 << 15, [{"type": 9, "components": [TEXT]}]),
        (1 << 15, [{"type": 17, "components": [{"type": 17, "components": [TEXT]}]}]),
    ],
)
async def test_layouts_outside_the_rules_are_refused(
    flags: int, components: list[dict[str, Any]]
) -> None:
    async with harbour() as here, raw_rest(here.discord) as http:
        body = {"flags": flags, "components": components}
        path = f"channels/{here.chat.id}/messages"
        async with http.post(path, json=body) as response:
            answer = await response.json()
        assert (response.status, answer["code"]) == (400, 50035)
        assert "components" in answer["errors"]


async def test_a_layout_gets_ids_and_stays_a_layout() -> None:
    async with harbour() as here, connected(here):
        view = discord.ui.LayoutView()
        sections = [
            discord.ui.Section[Any]("Voice", accessory=discord.ui.Button(label=f"{n}"))
            for n in range(3)
        ]
        view.add_item(discord.ui.Container(*sections))
        sent = await here.seen_chat.send(view=view)
        (message,) = here.chat.messages
        ids = [message.components[0]["id"], *(c["id"] for c in message.components[0]["components"])]
        assert len(set(ids)) == 4
        with pytest.raises(discord.HTTPException):
            await sent.edit(content="not beside a layout")


async def test_a_user_installed_application_works_where_its_bot_is_not() -> None:
    client = Client()

    @client.tree.command()
    @discord.app_commands.allowed_installs(guilds=True, users=True)
    async def here_too(interaction: discord.Interaction) -> None:
        """Answer anywhere."""
        assert interaction.is_user_integration()
        await interaction.response.send_message("anywhere")

    async with harbour() as here, connected(here, client):
        here.guild.remove_member(here.guild.bot)
        here.ann.user.installed.add(here.discord.application.id)
        used = await here.ann.slash("here_too", channel=here.chat)
        assert (await used.wait_for_message()).content == "anywhere"


async def test_threads_take_the_permissions_of_their_parent() -> None:
    async with harbour() as here, connected(here) as client:
        message = await here.ann.send(here.chat, "let us talk")
        seen = await here.seen_chat.fetch_message(message.id)
        thread = await seen.create_thread(name="Talk")
        await thread.send("in the thread")
        (received,) = await client.hear("message", times=2)
        assert received.channel.id == thread.id == message.id
        assert here.guild.channels[thread.id].permission_source is here.chat

"""Fields of a wrong type or out of bounds: Discord names each by its place and changes nothing."""

from __future__ import annotations

import asyncio
import base64
import datetime
import json
from typing import Any

import aiohttp
import discord
import pytest

from bot.sandbox.discord.world.permissions import Permission
from tests.sandbox._discord_client import connected, harbour, raw_rest


def codes_at(answer: dict[str, Any], place: str) -> list[str]:
    """Return the codes of what an answer notes at `place`, written with dots."""
    node: Any = answer["errors"]
    for key in place.split("."):
        node = node.get(key, {})
    return [fault["code"] for fault in node.get("_errors", [])]


@pytest.mark.parametrize(
    ("embed", "place", "code"),
    [
        ({"color": "red"}, "color", "NUMBER_TYPE_COERCE"),
        ({"color": True}, "color", "NUMBER_TYPE_COERCE"),
        ({"color": 1.5}, "color", "NUMBER_TYPE_COERCE"),
        ({"color": -5}, "color", "NUMBER_TYPE_RANGE"),
        ({"color": 1 << 24}, "color", "NUMBER_TYPE_RANGE"),
        ({"timestamp": "zz"}, "timestamp", "DATE_TIME_TYPE_PARSE"),
        ({"timestamp": 5}, "timestamp", "DATE_TIME_TYPE_PARSE"),
        ({"url": 5}, "url", "STRING_TYPE_CONVERT"),
        ({"url": "no address"}, "url", "URL_TYPE_INVALID_URL"),
        ({"url": "attachment://a.png"}, "url", "URL_TYPE_INVALID_SCHEME"),
        ({"image": 5}, "image", "DICT_TYPE_CONVERT"),
        ({"image": {"url": 5}}, "image.url", "STRING_TYPE_CONVERT"),
        ({"thumbnail": {"url": "ftp://x/y"}}, "thumbnail.url", "URL_TYPE_INVALID_SCHEME"),
        ({"author": {"name": 5}}, "author.name", "STRING_TYPE_CONVERT"),
        ({"footer": {"text": "x", "icon_url": "x"}}, "footer.icon_url", "URL_TYPE_INVALID_URL"),
        ({"fields": ["x"]}, "fields.0", "DICT_TYPE_CONVERT"),
        (
            {"fields": [{"name": "a", "value": "b", "inline": "c"}]},
            "fields.0.inline",
            "BOOLEAN_TYPE_CONVERT",
        ),
        ({"title": None}, "description", "BASE_TYPE_REQUIRED"),
    ],
)
async def test_an_embed_of_a_wrong_shape_is_refused(
    embed: dict[str, Any], place: str, code: str
) -> None:
    async with harbour() as here, raw_rest(here.discord) as http:
        path = f"channels/{here.chat.id}/messages"
        async with http.post(path, json={"embeds": [{"title": "a"} | embed]}) as response:
            answer = await response.json()
        assert (response.status, answer["code"]) == (400, 50035)
        assert code in codes_at(answer, f"embeds.0.{place}")
        assert here.chat.messages == []


async def test_every_embed_that_is_let_through_is_one_a_client_can_read() -> None:
    embed = {
        "type": "video",
        "title": "a",
        "color": "255",
        "timestamp": None,
        "fields": None,
        "footer": {},
        "url": "https://example.org/a",
        "image": {"url": "attachment://a.png"},
        "video": {"url": "https://example.org/a.mp4"},
        "provider": 5,
        "flags": "x",
    }
    async with harbour() as here, raw_rest(here.discord) as http, connected(here) as client:
        path = f"channels/{here.chat.id}/messages"
        async with http.post(path, json={"embeds": [embed, {"title": "b", "color": None}]}) as sent:
            assert sent.status == 200
        (message,) = await client.hear("message")
        first, second = message.embeds
        assert (first.type, first.color, first.fields) == ("rich", discord.Color(255), [])
        assert (first.timestamp, first.video.url, first.provider.url) == (None, None, None)
        assert (second.title, second.color) == ("b", None)


def waveform(size: int) -> str:
    return base64.b64encode(bytes(size)).decode()


SOUND = {"duration_secs": 1.5, "waveform": waveform(2)}


@pytest.mark.parametrize(
    ("extra", "meta", "kind", "code"),
    [
        ({}, SOUND, "audio/ogg", None),
        ({}, SOUND | {"waveform": waveform(256)}, "audio/ogg", None),
        ({}, SOUND | {"waveform": waveform(257)}, "audio/ogg", 50035),
        ({}, SOUND | {"waveform": "!!!!"}, "audio/ogg", 50035),
        ({}, SOUND | {"waveform": "AAAAA"}, "audio/ogg", 50035),
        ({}, SOUND | {"duration_secs": -1}, "audio/ogg", 50035),
        ({}, SOUND | {"duration_secs": "long"}, "audio/ogg", 50035),
        ({"content": "x"}, SOUND, "audio/ogg", 50159),
        ({"flags": 1 << 13 | 1 << 15}, SOUND, "audio/ogg", 50159),
        ({}, {}, "audio/ogg", 50161),
        ({}, {"duration_secs": 1.5}, "audio/ogg", 50161),
        ({}, SOUND, "application/octet-stream", 50161),
        ({}, SOUND, "video/mp4", 50160),
    ],
)
async def test_voice_messages_follow_their_rules(
    extra: dict[str, Any], meta: dict[str, Any], kind: str, code: int | None
) -> None:
    async with harbour() as here, raw_rest(here.discord) as http:
        attachment = {"id": 0, "filename": "voice-message.ogg", **meta}
        payload = {"flags": 1 << 13, "attachments": [attachment], **extra}
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("payload_json", json.dumps(payload), content_type="application/json")
        form.add_field("files[0]", b"OggS", filename="voice-message.ogg", content_type=kind)
        async with http.post(f"channels/{here.chat.id}/messages", data=form) as response:
            assert (await response.json()).get("code") == code


LONG = {"content": "x" * 2001}
LAYOUT = {"flags": 1 << 15, "components": [{"type": 10, "content": ""}]}


@pytest.mark.parametrize(
    ("body", "place", "code"),
    [
        ({"type": 4, "data": LONG}, "data.content", "BASE_TYPE_MAX_LENGTH"),
        ({"type": 4, "data": LAYOUT}, "data.components.0.content", "BASE_TYPE_REQUIRED"),
        ({"type": 4, "data": {"flags": "x"}}, "data.flags", "NUMBER_TYPE_COERCE"),
        ({"type": 9, "data": {"title": 5}}, "data.title", "STRING_TYPE_CONVERT"),
        ({"type": 9, "data": {"custom_id": "x"}}, "data.title", "BASE_TYPE_BAD_LENGTH"),
        ({"type": 1}, "type", "BASE_TYPE_CHOICES"),
        ({"type": 4, "data": "x"}, "data", "DICT_TYPE_CONVERT"),
        ({"type": 4, "data": 5}, "data", "DICT_TYPE_CONVERT"),
        ({"type": 5, "data": "x"}, "data", "DICT_TYPE_CONVERT"),
        ({"type": [4], "data": {}}, "type", "NUMBER_TYPE_COERCE"),
    ],
)
async def test_a_wrong_answer_to_a_command_is_refused_and_can_be_given_again(
    body: dict[str, Any], place: str, code: str
) -> None:
    async with harbour() as here, raw_rest(here.discord) as http:
        path = f"applications/{here.discord.application.id}/commands"
        await http.put(path, json=[{"name": "say", "description": "x"}])
        used = await here.ann.slash("say")
        path = f"interactions/{used.id}/{used.token}/callback"
        async with http.post(path, json=body) as response:
            answer = await response.json()
        assert (response.status, answer["code"]) == (400, 50035)
        assert code in codes_at(answer, place)
        async with http.post(path, json={"type": 4, "data": {"content": "x"}}) as response:
            assert response.status == 204


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ({}, "data.choices"),
        ({"choices": "x"}, "data.choices"),
        ({"choices": ["x"]}, "data.choices.0"),
        ({"choices": [{"name": 5, "value": "x"}]}, "data.choices.0.name"),
        ({"choices": [{"name": "x"}]}, "data.choices.0.value"),
        ({"choices": [{"name": "x", "value": "x"}] * 26}, "data.choices"),
    ],
)
async def test_suggestions_outside_the_rules_are_refused(data: dict[str, Any], place: str) -> None:
    async with harbour() as here, raw_rest(here.discord) as http:
        option = {"type": 3, "name": "text", "description": "x", "autocomplete": True}
        command = {"name": "say", "description": "x", "options": [option]}
        path = f"applications/{here.discord.application.id}/commands"
        await http.put(path, json=[command])
        typing = asyncio.create_task(here.ann.autocomplete("say", "text", "A"))
        known = here.discord.application.interactions
        (asked,) = await here.discord.world.changes.until(lambda: known)
        path = f"interactions/{asked.id}/{asked.token}/callback"
        async with http.post(path, json={"type": 8, "data": data}) as response:
            answer = await response.json()
        typing.cancel()
        assert (response.status, answer["code"]) == (400, 50035)
        assert codes_at(answer, place)


MULTIPART = "multipart/form-data; boundary=xx"
PART = b'--xx\r\nContent-Disposition: form-data; name="payload_json"\r\n'


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        (b"[" * 100_000, "application/json", 50109),
        (b'{"content":' * 400 + b"1" + b"}" * 400, "application/json", 50109),
        (b'{"content": NaN}', "application/json", 50109),
        (b'{"content": "x", "flags": %b}' % (b"9" * 5000), "application/json", 50109),
        (b'{"content": "x", "flags": "%b"}' % (b"9" * 5000), "application/json", 50035),
        (b"abc", "multipart/form-data", 50035),
        (b"abc", MULTIPART, 50035),
        (PART + b'\r\n{"content"', MULTIPART, 50035),
        (PART + b"Content-Type: text/plain; charset=none\r\n\r\n{}\r\n--xx--", MULTIPART, 50035),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused(content: bytes, kind: str, code: int) -> None:
    async with harbour() as here, raw_rest(here.discord) as http:
        path = f"channels/{here.chat.id}/messages"
        async with http.post(path, data=content, headers={"Content-Type": kind}) as response:
            assert (response.status, (await response.json())["code"]) == (400, code)


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "1.5", "9" * 5000])
async def test_a_number_in_a_query_is_one_that_fits(limit: str) -> None:
    async with harbour() as here, raw_rest(here.discord) as http:
        async with http.get(f"channels/{here.chat.id}/messages?limit={limit}") as response:
            answer = await response.json()
        assert (response.status, list(answer["errors"])) == (400, ["limit"])


@pytest.mark.parametrize(
    ("allowed", "place"),
    [
        ({"users": [{}, "1"]}, "users.0"),
        ({"users": ["1", "x"]}, "users.1"),
        ({"roles": ["x"]}, "roles.0"),
        ({"parse": [{}]}, "parse.0"),
    ],
)
async def test_whom_a_message_may_ping_is_named_by_ids(allowed: dict[str, Any], place: str) -> None:
    async with harbour() as here, raw_rest(here.discord) as http:
        body = {"content": "x", "allowed_mentions": allowed}
        async with http.post(f"channels/{here.chat.id}/messages", json=body) as response:
            answer = await response.json()
        assert (response.status, bool(codes_at(answer, f"allowed_mentions.{place}"))) == (400, True)


@pytest.mark.parametrize(
    ("option", "place"),
    [
        ({"type": 4, "min_value": "x"}, "min_value"),
        ({"type": 4, "max_value": 1.5}, "max_value"),
        ({"type": 7, "channel_types": ["x"]}, "channel_types.0"),
        ({"type": 7, "channel_types": [9]}, "channel_types.0"),
        ({"type": 5, "autocomplete": True}, "autocomplete"),
        ({"type": 3, "choices": ["x"]}, "choices.0"),
    ],
)
async def test_an_option_outside_the_rules_is_refused(option: dict[str, Any], place: str) -> None:
    async with harbour() as here, raw_rest(here.discord) as http:
        options = [{"name": "o", "description": "x"} | option]
        command = {"name": "say", "description": "x", "options": options}
        path = f"applications/{here.discord.application.id}/commands"
        async with http.post(path, json=command) as response:
            answer = await response.json()
        assert (response.status, bool(codes_at(answer, f"options.0.{place}"))) == (400, True)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (
            {"communication_disabled_until": "2130-01-01T00:00:00+00:00"},
            "communication_disabled_until",
        ),
        ({"communication_disabled_until": "2130-01-01T00:00:00"}, "communication_disabled_until"),
        (
            {"communication_disabled_until": "9999-12-31T23:59:59-23:00"},
            "communication_disabled_until",
        ),
        ({"communication_disabled_until": "zz"}, "communication_disabled_until"),
        ({"roles": ["x"]}, "roles.0"),
        ({"nick": 5}, "nick"),
    ],
)
async def test_a_change_of_a_member_outside_the_rules_is_refused(
    body: dict[str, Any], place: str
) -> None:
    async with harbour() as here, raw_rest(here.discord) as http:
        here.guild.set_bot_permissions(Permission.ADMINISTRATOR)
        path = f"guilds/{here.guild.id}/members/{here.ann.id}"
        async with http.patch(path, json=body) as response:
            answer = await response.json()
        assert (response.status, bool(codes_at(answer, place))) == (400, True)
        assert not here.ann.is_timed_out


async def test_nobody_who_may_do_everything_is_timed_out() -> None:
    async with harbour() as here, connected(here) as client:
        here.guild.set_bot_permissions(Permission.ADMINISTRATOR)
        top = here.guild.add_role("Top")
        here.guild.bot.set_roles([*here.guild.bot.roles, top])
        mod = await client.guilds[0].fetch_member(here.mod.id)
        with pytest.raises(discord.Forbidden):
            await mod.timeout(datetime.timedelta(hours=1))


async def test_only_threads_are_archived_and_only_by_yes_or_no() -> None:
    async with harbour() as here, raw_rest(here.discord) as http:
        here.guild.set_bot_permissions(Permission.ADMINISTRATOR)
        path = f"channels/{here.chat.id}"
        async with http.patch(path, json={"archived": "zz"}) as response:
            assert codes_at(await response.json(), "archived") == ["BOOLEAN_TYPE_CONVERT"]
        async with http.patch(path, json={"archived": True}) as response:
            assert (response.status, here.chat.archived) == (200, False)

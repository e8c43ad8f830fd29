"""Fields of a wrong type or out of bounds: Discord names each by its place and changes nothing."""

from __future__ import annotations

import base64
import json
from typing import Any

import aiohttp
import discord
import pytest

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

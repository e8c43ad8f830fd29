"""Fields of a wrong type or out of bounds: Discord names each by its place and changes nothing."""

from __future__ import annotations

from typing import Any

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

"""The API by the real discord.py, and byte by byte where bodies matter."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import time
from typing import Any

import aiohttp
import discord
import pytest

from bot.sandbox.discord.gateway.events import Intent
from bot.sandbox.discord.rest.limits import LimitOptions
from bot.sandbox.discord.server import DiscordOptions
from bot.sandbox.discord.world.permissions import Permission
from tests.sandbox._discord_client import connected, harbour, raw_rest

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000030000000208060000009d7419")
COMMAND = {"name": "say", "description": "Say something", "type": 1}


async def ask(http: aiohttp.ClientSession, method: str, path: str, **more: Any) -> tuple[int, Any]:
    async with http.request(method, path, **more) as response:
        raw = await response.read()
        assert response.headers.get("Via") == "1.1 google"
        if raw:
            assert response.headers["Content-Type"] == "application/json"
        return response.status, json.loads(raw) if raw else None


@pytest.mark.parametrize(
    ("method", "path", "status", "code", "message"),
    [
        ("GET", "channels/1", 404, 10003, "Unknown Channel"),
        ("GET", "guilds/1", 404, 10004, "Unknown Guild"),
        ("GET", "users/1", 404, 10013, "Unknown User"),
        ("GET", "channels/{chat}/messages/1", 404, 10008, "Unknown Message"),
        ("GET", "guilds/{guild}/members/1", 404, 10013, "Unknown User"),
        ("GET", "guilds/{guild}/bans/1", 403, 50013, "Missing Permissions"),
        ("GET", "channels/{hidden}", 403, 50001, "Missing Access"),
        ("DELETE", "channels/{chat}", 403, 50013, "Missing Permissions"),
        ("POST", "interactions/1/x/callback", 404, 10062, "Unknown interaction"),
        ("POST", "webhooks/1/x", 404, 10015, "Unknown Webhook"),
        ("GET", "nonsense", 404, 0, "404: Not Found"),
        ("PATCH", "gateway", 405, 0, "405: Method Not Allowed"),
        ("GET", "applications/1/commands", 403, 50001, "Missing Access"),
    ],
)
async def test_errors_have_discords_status_code_and_words(
    method: str, path: str, status: int, code: int, message: str
) -> None:
    async with harbour() as here, raw_rest(here.discord) as http:
        hidden = here.guild.add_text_channel("hidden")
        hidden.set_overwrites(here.guild.everyone, deny=Permission.VIEW_CHANNEL)
        path = path.format(chat=here.chat.id, guild=here.guild.id, hidden=hidden.id)
        assert await ask(http, method, path) == (status, {"message": message, "code": code})


async def test_unknown_routes_are_recorded() -> None:
    async with harbour() as here, raw_rest(here.discord) as http:
        await ask(http, "GET", "no/such/route")
        assert here.discord.unknown_routes == ["GET /no/such/route"]


async def test_a_wrong_token_is_unauthorized() -> None:
    async with harbour() as here, raw_rest(here.discord, "wrong") as http:
        answer = await ask(http, "GET", "users/@me")
        assert answer == (401, {"message": "401: Unauthorized", "code": 0})


async def test_an_id_that_is_none_is_an_invalid_form_body() -> None:
    async with harbour() as here, raw_rest(here.discord) as http:
        status, body = await ask(http, "GET", "channels/abc")
        assert status == 400
        assert body == {
            "message": "Invalid Form Body",
            "code": 50035,
            "errors": {
                "channel_id": {
                    "_errors": [
                        {"code": "NUMBER_TYPE_COERCE", "message": 'Value "abc" is not snowflake.'}
                    ]
                }
            },
        }


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"content": "x" * 2001}, "content"),
        ({"content": "x", "embeds": "y"}, "embeds"),
        ({"content": "x", "embeds": [{"title": "x" * 257}]}, "embeds"),
        ({"content": "x", "components": [{"type": 2}]}, "components"),
        ({"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}}, None),
        ({"content": "x", "flags": "many"}, "flags"),
        ({"content": "x", "flags": 1 << 15}, "content"),
        ({"content": "x", "message_reference": {"message_id": "1"}}, "message_reference"),
        ({"content": "x", "nonce": "x" * 26}, "nonce"),
    ],
)
async def test_a_wrong_message_names_its_field(body: dict[str, Any], place: str | None) -> None:
    async with harbour() as here, raw_rest(here.discord) as http:
        path = f"channels/{here.chat.id}/messages"
        status, answer = await ask(http, "POST", path, json=body)
        assert (status, answer["code"]) == (400, 50035)
        assert (place or "allowed_mentions") in answer["errors"]


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        (b"{", "application/json", 50109),
        (b"{}", "application/json", 50006),
        (b"[]", "application/json", 50035),
        (b"content=x", "text/plain", 50035),
    ],
)
async def test_broken_bodies_are_the_callers_fault(content: bytes, kind: str, code: int) -> None:
    async with harbour() as here, raw_rest(here.discord) as http:
        path = f"channels/{here.chat.id}/messages"
        headers = {"Content-Type": kind}
        status, body = await ask(http, "POST", path, data=content, headers=headers)
        assert (status, body["code"]) == (400, code)


async def test_a_file_comes_back_byte_for_byte() -> None:
    content = bytes(range(256)) * 4000
    async with harbour() as here, connected(here):
        file = discord.File(io.BytesIO(content), "größe 1.bin", description="All bytes")
        sent = await here.seen_chat.send("file", file=file)
        fetched = await here.seen_chat.fetch_message(sent.id)
        (attachment,) = fetched.attachments
        assert await attachment.read() == content
        assert attachment.size == len(content)
        assert attachment.description == "All bytes"
        assert attachment.filename == "gre_1.bin"


async def test_pictures_have_a_size_and_embeds_find_their_attachment() -> None:
    async with harbour() as here, connected(here):
        embed = discord.Embed(title="x").set_image(url="attachment://dot.png")
        files = [discord.File(io.BytesIO(PNG), name) for name in ("dot.png", "other.png")]
        sent = await here.seen_chat.send(embed=embed, files=files)
        (other,) = sent.attachments
        assert (other.filename, other.width, other.height) == ("other.png", 3, 2)
        assert sent.embeds[0].image.url is not None
        assert sent.embeds[0].image.url.startswith(here.discord.world.cdn.origin)


@pytest.mark.parametrize(("tier", "size", "fits"), [(0, 11, False), (2, 11, True), (0, 9, True)])
async def test_the_upload_limit_follows_the_boosts(tier: int, size: int, fits: bool) -> None:
    async with harbour() as here, raw_rest(here.discord) as http:
        here.guild.set_premium_tier(tier)
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("files[0]", bytes(size << 20), filename="x.bin")
        status, body = await ask(http, "POST", f"channels/{here.chat.id}/messages", data=form)
        expected = {True: (200, None), False: (413, 40005)}[fits]
        assert (status, body.get("code")) == expected


async def test_messages_are_edited_listed_and_deleted() -> None:
    async with harbour() as here, connected(here):
        first = await here.seen_chat.send("one")
        await here.ann.send(here.chat, "two")
        await first.edit(content="one!")
        listed = [m.content async for m in here.seen_chat.history()]
        assert listed == ["two", "one!"]
        assert (await here.seen_chat.fetch_message(first.id)).edited_at is not None
        await first.delete()
        with pytest.raises(discord.NotFound) as caught:
            await first.edit(content="gone")
        assert caught.value.code == 10008


async def test_speech_of_the_client_may_be_asked_for_without_its_permission() -> None:
    async with harbour() as here, connected(here):
        here.guild.set_bot_permissions(Permission.NONE)
        assert (await here.seen_chat.send("Ahoy", tts=True)).content == "Ahoy"


@pytest.mark.parametrize("place", ["around", "before", "after"])
async def test_a_page_of_messages_begins_at_an_id(place: str) -> None:
    async with harbour() as here, raw_rest(here.discord) as http:
        path = f"channels/{here.chat.id}/messages?{place}=yesterday"
        status, body = await ask(http, "GET", path)
    assert (status, list(body["errors"])) == (400, [place])


async def test_pinned_messages_are_listed_newest_first() -> None:
    async with harbour() as here, connected(here):
        here.guild.set_bot_permissions(Permission.PIN_MESSAGES)
        sent = [await here.seen_chat.send(text) for text in ("one", "two", "three")]
        await sent[0].pin()
        await sent[2].pin()
        assert [pin.content async for pin in here.seen_chat.pins()] == ["three", "one"]


async def test_only_moderators_touch_the_messages_of_others() -> None:
    async with harbour() as here, connected(here):
        message = await here.ann.send(here.chat, "mine")
        seen = await here.seen_chat.fetch_message(message.id)
        with pytest.raises(discord.Forbidden) as caught:
            await seen.edit(content="yours")
        assert caught.value.code == 50005
        with pytest.raises(discord.Forbidden):
            await seen.delete()
        here.guild.set_bot_permissions(Permission.MANAGE_MESSAGES)
        await seen.delete()
        assert message.is_deleted


async def test_mentions_honour_what_is_allowed() -> None:
    async with harbour() as here, connected(here):
        text = f"{here.ann.mention} {here.mod.mention} @everyone"
        free = await here.seen_chat.send(text)
        none = await here.seen_chat.send(text, allowed_mentions=discord.AllowedMentions.none())
        one = discord.AllowedMentions(users=[discord.Object(here.ann.id)])
        some = await here.seen_chat.send(text, allowed_mentions=one)
        assert {user.id for user in free.mentions} == {here.ann.id, here.mod.id}
        assert none.mentions == []
        assert [user.id for user in some.mentions] == [here.ann.id]
        assert not free.mention_everyone


async def test_reactions_replies_and_typing_reach_everybody() -> None:
    async with harbour() as here, connected(here) as client:
        message = await here.ann.send(here.chat, "hello")
        seen = await here.seen_chat.fetch_message(message.id)
        await seen.add_reaction("👍")
        await here.mod.react(message, "👍")
        again = await here.seen_chat.fetch_message(message.id)
        assert [(str(r.emoji), r.count, r.me) for r in again.reactions] == [("👍", 2, True)]
        answer = await here.mod.reply(message, "hi")
        (received,) = await client.hear("message", times=2)
        assert received.reference.message_id == message.id
        assert answer.reply_to is message
        async with here.seen_chat.typing():
            pass


async def test_a_missing_permission_is_forbidden() -> None:
    async with harbour() as here, connected(here):
        here.chat.set_overwrites(here.guild.bot, deny=Permission.SEND_MESSAGES)
        with pytest.raises(discord.Forbidden) as caught:
            await here.seen_chat.send("x")
        assert caught.value.code == 50013


async def test_people_who_want_no_direct_messages_get_none() -> None:
    async with harbour() as here, connected(here) as client:
        user = await client.fetch_user(here.ann.id)
        await user.send("hello")
        assert [m.content for m in here.ann.direct_channel().messages] == ["hello"]
        here.ann.user.accepts_direct_messages = False
        with pytest.raises(discord.Forbidden) as caught:
            await user.send("hello?")
        assert caught.value.code == 50007


async def test_a_repeated_nonce_is_the_same_message() -> None:
    async with harbour() as here, raw_rest(here.discord) as http:
        path, body = f"channels/{here.chat.id}/messages", {"content": "x", "nonce": "1"}
        body |= {"enforce_nonce": True}
        first = await ask(http, "POST", path, json=body)
        second = await ask(http, "POST", path, json=body)
        assert first[1]["id"] == second[1]["id"]


async def test_channels_roles_members_and_bans_can_be_managed() -> None:
    async with harbour() as here, connected(here) as client:
        here.guild.set_bot_permissions(Permission.ADMINISTRATOR)
        guild = client.guilds[0]
        text = await guild.create_text_channel("New One", topic="t")
        await text.edit(slowmode_delay=5)
        voice = await guild.create_voice_channel("Small", user_limit=2)
        await voice.edit(status="Reading")
        assert here.guild.channels[text.id].name == "new-one"
        assert here.guild.channels[text.id].slowmode_s == 5
        assert here.guild.channels[voice.id].status == "Reading"
        role = await guild.create_role(name="Crew", mentionable=True)
        bob = here.guild.add_member("Bob")
        member = await guild.fetch_member(bob.id)
        await member.edit(nick="Bobby")
        await guild.ban(member, reason="noise")
        assert bob.nick == "Bobby"
        assert [entry.reason async for entry in guild.bans()] == ["noise"]
        await guild.unban(member)
        await text.delete()
        assert text.id not in here.guild.channels
        assert role.id in here.guild.roles


async def test_commands_keep_ids_and_versions_until_they_change() -> None:
    async with harbour() as here, raw_rest(here.discord) as http:
        path = f"applications/{here.discord.application.id}/commands"
        _, (first,) = await ask(http, "PUT", path, json=[COMMAND])
        _, (same,) = await ask(http, "PUT", path, json=[COMMAND])
        _, (changed,) = await ask(http, "PUT", path, json=[{**COMMAND, "description": "Speak"}])
        assert same == first
        assert changed["id"] == first["id"]
        assert changed["version"] != first["version"]
        assert here.discord.application.sync_count == 3
        status, _ = await ask(http, "POST", path, json={**COMMAND, "name": "tts"})
        assert status == 201
        status, _ = await ask(http, "POST", path, json={**COMMAND, "name": "tts"})
        assert status == 200
        assert await ask(http, "DELETE", f"{path}/{first['id']}") == (204, None)
        status, gone = await ask(http, "GET", f"{path}/{first['id']}")
        assert (status, gone["code"]) == (404, 10063)


def nested(name: str, kind: int, options: list[Any]) -> dict[str, Any]:
    return {"name": name, "description": name, "type": kind, "options": options}


@pytest.mark.parametrize(
    "command",
    [
        {**COMMAND, "name": "With Space"},
        {**COMMAND, "name": "Upper"},
        {**COMMAND, "name": "x" * 33},
        {**COMMAND, "description": ""},
        {**COMMAND, "description": "x" * 101},
        {"name": "say"},
        {**COMMAND, "type": 7},
        {**COMMAND, "type": 2},
        {**COMMAND, "contexts": [9]},
        {**COMMAND, "name_localizations": {"xx": "a"}},
        {**COMMAND, "options": [nested("a", 12, [])]},
        {**COMMAND, "options": [{**nested("a", 3, []), "choices": [{"name": "b", "value": 1}]}]},
        {**COMMAND, "options": [nested(f"o{n}", 3, []) for n in range(26)]},
        {**COMMAND, "options": [nested("a", 3, []), {**nested("b", 3, []), "required": True}]},
        {**COMMAND, "options": [nested("a", 3, []), nested("a", 3, [])]},
        {**COMMAND, "options": [nested("a", 1, []), nested("b", 3, [])]},
        {**COMMAND, "options": [nested("a", 1, [nested("b", 1, [])])]},
        {**COMMAND, "options": "none"},
        {**COMMAND, "options": [nested("x" * 32, 2, [nested(f"{n:032}", 1, [
            nested(f"{m:032}", 3, []) for m in range(25)]) for n in range(5)])],
            "description": "x" * 100},
    ],
)  # fmt: skip
async def test_commands_outside_the_rules_are_refused(command: dict[str, Any]) -> None:
    async with harbour() as here, raw_rest(here.discord) as http:
        path = f"applications/{here.discord.application.id}/commands"
        status, body = await ask(http, "PUT", path, json=[command])
        assert (status, body["code"]) == (400, 50035)
        assert "0" in body["errors"]


async def test_there_is_a_largest_number_of_commands() -> None:
    async with harbour() as here, raw_rest(here.discord) as http:
        path = f"applications/{here.discord.application.id}/commands"
        menus = [{"name": f"Menu {n}", "type": 3} for n in range(16)]
        assert (await ask(http, "PUT", path, json=menus[:15]))[0] == 200
        status, body = await ask(http, "PUT", path, json=menus)
        assert (status, body["code"]) == (400, 30032)


async def test_buckets_run_out_and_fill_again() -> None:
    limits = LimitOptions(bucket_requests=2, bucket_window_s=0.3)
    async with harbour(DiscordOptions(limits=limits)) as here, raw_rest(here.discord) as http:
        left, status = [], 200
        while status == 200:
            async with http.get("users/@me") as response:
                status, headers = response.status, response.headers
                left.append(headers["X-RateLimit-Remaining"])
                body = await response.json()
        assert left == ["1", "0", "0"]
        assert status == 429
        assert not body["global"]
        assert headers["X-RateLimit-Scope"] == "user"
        assert 0 < body["retry_after"] <= 0.3
        await asyncio.sleep(body["retry_after"])
        assert (await ask(http, "GET", "users/@me"))[0] == 200


@pytest.mark.parametrize("path", ["users/@me", "gateway"])
async def test_whoever_waits_as_the_header_says_is_not_too_early(path: str) -> None:
    limits = LimitOptions(bucket_requests=1, bucket_window_s=3.4)
    async with harbour(DiscordOptions(limits=limits)) as here, raw_rest(here.discord) as http:
        here.discord.faults.throttle("GET", "gateway", retry_after_s=3.4)
        await ask(http, "GET", "users/@me")  # the only one of its bucket
        async with http.get(path) as response:
            wait_s = (await response.json())["retry_after"]
        assert (response.status, response.headers["Retry-After"]) == (429, "4")
        assert 3 < wait_s <= 3.4


async def test_the_real_client_waits_for_its_bucket() -> None:
    limits = LimitOptions(bucket_requests=2, bucket_window_s=0.4)
    async with harbour(DiscordOptions(limits=limits)) as here, connected(here):
        started = time.monotonic()
        for text in "abcd":
            await here.seen_chat.send(text)
        assert time.monotonic() - started > 0.3
        statuses = {r.status for r in here.discord.requests if r.method == "POST"}
        assert statuses == {200}


async def test_scripted_faults_strike_as_often_as_asked() -> None:
    async with harbour() as here, connected(here):
        faults = here.discord.faults
        faults.throttle("POST", r"/messages$", retry_after_s=0.05)
        assert (await here.seen_chat.send("patient")).content == "patient"
        faults.rest("POST", r"/messages$", status=403, body={"message": "No", "code": 50013})
        with pytest.raises(discord.Forbidden):
            await here.seen_chat.send("refused")
        faults.rest("POST", r"/messages$", reset=True)
        with pytest.raises((aiohttp.ClientError, OSError)):
            await here.seen_chat.send("cut off")
        faults.rest("POST", r"/messages$", reset=True, after_handling=True)
        with pytest.raises((aiohttp.ClientError, OSError)):
            await here.seen_chat.send("taken, but not answered")
        said = [message.content for message in here.chat.messages]
        assert said == ["patient", "taken, but not answered"]


async def test_a_ban_by_the_network_has_no_via_header() -> None:
    async with harbour() as here, connected(here):
        page = "<html>banned</html>"
        here.discord.faults.rest("POST", "/messages", status=429, body=page, via=False)
        with pytest.raises(discord.HTTPException) as caught:
            await here.seen_chat.send("x")
        assert caught.value.status == 429


async def test_without_the_content_intent_rest_withholds_it_too() -> None:
    options = DiscordOptions(privileged_intents=Intent.GUILD_MEMBERS)
    async with harbour(options) as here, raw_rest(here.discord) as http:
        await here.ann.send(here.chat, "secret")
        _, (message,) = await ask(http, "GET", f"channels/{here.chat.id}/messages")
        assert message["content"] == ""


async def test_tokens_tell_whose_they_are() -> None:
    async with harbour() as here:
        head = here.discord.token.split(".")[0]
        padded = head + "=" * (-len(head) % 4)
        assert int(base64.b64decode(padded)) == here.discord.application.id

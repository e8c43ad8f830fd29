"""The gateway against the real discord.py, and by hand where discord.py never goes."""

from __future__ import annotations

import asyncio
import time
import zlib
from typing import Any
from unittest.mock import patch

import aiohttp
import discord
import pytest
import zstandard

from bot.sandbox.discord.gateway.compression import StoredZstdStream
from bot.sandbox.discord.gateway.connections import ANSWER_S
from bot.sandbox.discord.gateway.events import ALL_INTENTS, Intent
from bot.sandbox.discord.server import DiscordOptions
from bot.sandbox.discord.world.permissions import Permission
from tests.sandbox._discord_client import (
    INTENTS,
    Client,
    connected,
    harbour,
    inflate,
    raw_gateway,
    unpack,
)

GUILDS_AND_MESSAGES = int(Intent.GUILDS | Intent.GUILD_MESSAGES | Intent.MESSAGE_CONTENT)


async def test_the_real_client_gets_ready_and_sees_the_guild() -> None:
    async with harbour() as here, connected(here) as client:
        assert [guild.name for guild in client.guilds] == ["Harbour"]
        assert {c.name for c in client.guilds[0].channels} == {"chat", "Call"}
        assert client.user is not None
        assert client.user.id == here.discord.application.bot.id
        assert here.discord.unknown_routes == []


async def test_members_are_chunked_with_the_members_intent() -> None:
    async with harbour() as here, connected(here) as client:
        names = {member.display_name for member in client.guilds[0].members}
        assert {"Ann", "Mod", "Oriole", "Harbour owner"} == names
        assert client.guilds[0].chunked


async def test_changes_of_the_world_reach_the_client() -> None:
    async with harbour() as here, connected(here) as client:
        here.guild.add_text_channel("news")
        here.guild.add_role("Crew")
        bob = here.guild.add_member("Bob")
        bob.set_nick("Bobby")
        (_, after) = await client.hear("member_update")
        assert after.nick == "Bobby"
        assert discord.utils.get(client.guilds[0].channels, name="news") is not None
        assert discord.utils.get(client.guilds[0].roles, name="Crew") is not None
        second = here.discord.add_guild("Second")
        (joined,) = await client.hear("guild_join")
        assert joined.id == second.id
        here.discord.world.remove_guild(second)
        (left,) = await client.hear("guild_remove")
        assert left.id == second.id


async def test_an_outage_makes_the_guild_unavailable_and_available_again() -> None:
    async with harbour() as here, connected(here) as client:
        here.guild.go_down()
        await client.hear("guild_unavailable")
        before = client.times_heard("guild_available")
        here.guild.come_back()
        await client.hear("guild_available", times=before + 1)


async def test_a_dropped_connection_is_resumed_and_nothing_is_missed() -> None:
    async with harbour() as here, connected(here) as client:
        here.discord.gateway.abort()
        await here.ann.send(here.chat, "while you were away")
        (message,) = await client.hear("message")
        assert message.content == "while you were away"
        await client.hear("resumed")
        assert len(here.discord.application.identifies) == 1


@pytest.mark.parametrize("code", [1001, 4000, 4001])
async def test_resumable_close_codes_are_resumed(code: int) -> None:
    async with harbour() as here, connected(here) as client:
        here.discord.gateway.close_all(code)
        await client.hear("resumed")
        assert len(here.discord.application.identifies) == 1


async def test_a_reconnect_request_is_followed_by_a_resume() -> None:
    async with harbour() as here, connected(here) as client:
        here.discord.gateway.reconnect()
        await client.hear("resumed")
        assert len(here.discord.gateway.received(6)) == 1


async def test_a_resumable_invalid_session_is_resumed() -> None:
    async with harbour() as here, connected(here) as client:
        here.discord.gateway.invalidate(resumable=True)
        await client.hear("resumed")


async def test_an_invalid_session_must_identify_again() -> None:
    async with harbour() as here, raw_gateway(here.discord) as gateway:
        await gateway.receive()
        await gateway.identify(here.discord.token, GUILDS_AND_MESSAGES)
        ready = await gateway.receive_event("READY")
        here.discord.gateway.invalidate(resumable=False)
        while (message := await gateway.receive())["op"] != 9:
            pass
        assert message["d"] is False
        async with raw_gateway(here.discord) as again:
            await again.receive()
            session_id = ready["d"]["session_id"]
            await again.send(6, {"token": here.discord.token, "session_id": session_id, "seq": 1})
            assert await again.receive() == {"op": 9, "d": False, "s": None, "t": None}


async def test_a_resume_replays_what_was_missed_in_order() -> None:
    async with harbour() as here:
        async with raw_gateway(here.discord) as gateway:
            await gateway.receive()
            await gateway.identify(here.discord.token, GUILDS_AND_MESSAGES)
            ready = await gateway.receive_event("READY")
            last = (await gateway.receive_event("GUILD_CREATE"))["s"]
            here.discord.gateway.abort()
        for text in ("one", "two"):
            await here.ann.send(here.chat, text)
        async with raw_gateway(here.discord) as again:
            await again.receive()
            session_id = ready["d"]["session_id"]
            resume = {"token": here.discord.token, "session_id": session_id, "seq": last}
            await again.send(6, resume)
            events = [await again.receive() for _ in range(3)]
    assert [e["t"] for e in events] == ["MESSAGE_CREATE", "MESSAGE_CREATE", "RESUMED"]
    assert [e["s"] for e in events] == [last + 1, last + 2, last + 3]
    assert [e["d"]["content"] for e in events[:2]] == ["one", "two"]


async def test_a_resume_replays_deletions_and_edits_too() -> None:
    async with harbour() as here, connected(here) as client:
        first, second = [await here.ann.send(here.chat, text) for text in ("one", "two")]
        await client.hear("message", times=2)
        here.discord.gateway.abort()
        await here.ann.edit(first, "one!")
        await here.ann.delete(second)
        (_, after) = await client.hear("message_edit")
        (gone,) = await client.hear("message_delete")
        assert (after.content, gone.id) == ("one!", second.id)


async def test_a_resume_can_be_told_to_replay_what_was_already_heard() -> None:
    async with harbour() as here, connected(here) as client:
        sent = [await here.ann.send(here.chat, text) for text in ("one", "two", "three")]
        await client.hear("message", times=3)
        here.discord.faults.gateway.replays_on_resume = 2
        here.discord.gateway.reconnect()
        await client.hear("resumed")
        heard = [args[0].id for name, args in client.heard if name == "message"]
        assert heard == [m.id for m in [*sent, *sent[1:]]]
        assert client.times_heard("ready") == 1


async def test_the_last_events_can_come_twice_without_a_resume() -> None:
    async with harbour() as here, connected(here) as client:
        await here.ann.send(here.chat, "one")
        await client.hear("message")
        here.discord.gateway.repeat(100)
        (again,) = await client.hear("message", times=2)
        assert again.content == "one"
        assert client.times_heard("guild_join") == client.times_heard("resumed") == 0


async def test_what_happened_before_a_new_session_is_not_told() -> None:
    async with harbour() as here, connected(here) as client:
        here.discord.gateway.invalidate(resumable=False)
        await here.ann.send(here.chat, "while there was no session")
        await client.hear("ready", times=2)
        await here.ann.send(here.chat, "afterwards")
        (message,) = await client.hear("message")
        assert message.content == "afterwards"


async def test_hello_comes_first_and_ready_names_guilds_as_unavailable() -> None:
    async with harbour() as here, raw_gateway(here.discord) as gateway:
        hello = await gateway.receive()
        assert hello["op"] == 10
        assert hello["d"]["heartbeat_interval"] == 41_250
        await gateway.send(1, None)
        assert (await gateway.receive())["op"] == 11
        await gateway.identify(here.discord.token, int(Intent.GUILDS), shard=[0, 1])
        ready = (await gateway.receive())["d"]
        assert ready["guilds"] == [{"id": str(here.guild.id), "unavailable": True}]
        assert ready["shard"] == [0, 1]
        assert ready["resume_gateway_url"] == here.discord.gateway_url
        assert (await gateway.receive())["t"] == "GUILD_CREATE"


async def test_a_heartbeat_is_not_acknowledged_within_the_same_millisecond() -> None:
    async with harbour() as here, raw_gateway(here.discord) as gateway:
        await gateway.receive()
        started = time.monotonic()
        await gateway.send(1, None)
        assert (await gateway.receive())["op"] == 11
        # Half a pause: the loop's clock may be a little ahead of ours.
        assert time.monotonic() - started > ANSWER_S / 2


@pytest.mark.parametrize("version", [9, 10])
async def test_both_available_versions_are_spoken(version: int) -> None:
    async with harbour() as here, raw_gateway(here.discord, f"v={version}") as gateway:
        await gateway.receive()
        await gateway.identify(here.discord.token)
        assert (await gateway.receive_event("READY"))["d"]["v"] == version


@pytest.mark.parametrize("version", ["8", "11", "", "v10", "010"])
async def test_another_version_is_refused(version: str) -> None:
    async with harbour() as here, raw_gateway(here.discord, f"v={version}") as gateway:
        assert await gateway.close_code() == 4012


@pytest.mark.parametrize(("version", "status"), [("v9", 200), ("v10", 200), ("v8", 400)])
async def test_the_rest_api_has_the_same_versions(version: str, status: int) -> None:
    async with harbour() as here, aiohttp.ClientSession() as session:
        base = here.discord.api_base.removesuffix("/v10")
        headers = {"Authorization": f"Bot {here.discord.token}"}
        async with session.get(f"{base}/{version}/gateway/bot", headers=headers) as answer:
            assert answer.status == status


async def test_a_guild_lives_on_one_shard_only() -> None:
    async with harbour() as here, raw_gateway(here.discord) as gateway:
        await gateway.receive()
        other = ((here.guild.id >> 22) + 1) % 2
        await gateway.identify(here.discord.token, int(Intent.GUILDS), shard=[other, 2])
        ready = (await gateway.receive())["d"]
        assert ready["guilds"] == []


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"token": "nonsense", "intents": 0}, 4004),
        ({"intents": 1 << 40}, 4013),
        ({"intents": "many"}, 4013),
        ({"intents": int(Intent.GUILD_PRESENCES)}, 4014),
        ({"intents": 0, "shard": [3, 2]}, 4010),
        ({"intents": 0, "properties": None}, 4002),
    ],
)
async def test_a_wrong_identify_is_closed_with_its_code(wish: dict[str, Any], code: int) -> None:
    options = DiscordOptions(privileged_intents=Intent.MESSAGE_CONTENT)
    async with harbour(options) as here, raw_gateway(here.discord) as gateway:
        await gateway.send(2, {"token": here.discord.token, "properties": {}} | wish)
        assert await gateway.close_code() == code


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("not json", 4002),
        ("[]", 4002),
        ("[" * 4000, 4002),
        ('{"op": 99, "d": null}', 4001),
        ('{"op": 4, "d": {}}', 4003),
        ('{"op": 1, "d": "' + "x" * 5000 + '"}', 4002),
    ],
)
async def test_broken_commands_are_closed_with_their_code(raw: str, code: int) -> None:
    async with harbour() as here, raw_gateway(here.discord) as gateway:
        await gateway.socket.send_str(raw)
        assert await gateway.close_code() == code


async def test_a_second_identify_is_refused() -> None:
    async with harbour() as here, raw_gateway(here.discord) as gateway:
        await gateway.identify(here.discord.token)
        await gateway.receive_event("READY")
        await gateway.identify(here.discord.token)
        assert await gateway.close_code() == 4005


async def test_too_many_commands_are_refused() -> None:
    async with harbour() as here, raw_gateway(here.discord) as gateway:
        for _ in range(121):
            await gateway.send(1, None)
        assert await gateway.close_code() == 4008


async def test_a_client_without_heartbeats_is_dropped() -> None:
    options = DiscordOptions(heartbeat_ms=50)
    async with harbour(options) as here, raw_gateway(here.discord) as gateway:
        assert await gateway.close_code() == 4009


async def test_identifies_wait_their_turn_when_that_is_wanted() -> None:
    options = DiscordOptions(identify_interval_s=5.0)
    async with harbour(options) as here:
        async with raw_gateway(here.discord) as first:
            await first.receive()
            await first.identify(here.discord.token)
            assert (await first.receive())["t"] == "READY"
        async with raw_gateway(here.discord) as second:
            await second.receive()
            await second.identify(here.discord.token)
            assert (await second.receive())["op"] == 9


async def test_the_zlib_stream_is_one_stream() -> None:
    async with harbour() as here, raw_gateway(here.discord, "v=10&compress=zlib-stream") as gateway:
        decode = inflate(zlib.decompressobj())
        await gateway.receive(decode)
        await gateway.identify(here.discord.token, int(Intent.GUILDS))
        await gateway.receive_event("GUILD_CREATE", decode)
        assert all(bytes(frame)[-4:] == b"\x00\x00\xff\xff" for frame in gateway.frames)


async def test_the_zstd_stream_is_one_frame() -> None:
    async with harbour() as here, raw_gateway(here.discord, "v=10&compress=zstd-stream") as gateway:
        decode = inflate(zstandard.ZstdDecompressor().decompressobj())
        await gateway.receive(decode)
        await gateway.identify(here.discord.token, int(Intent.GUILDS))
        created = await gateway.receive_event("GUILD_CREATE", decode)
        assert created["d"]["name"] == "Harbour"


def test_zstandard_of_stored_blocks_is_read_by_the_real_library() -> None:
    stored, texts = StoredZstdStream(), ["hello", "x" * 300_000, '{"op": 11}']
    context = zstandard.ZstdDecompressor().decompressobj()
    assert [context.decompress(stored.compress(text)).decode() for text in texts] == texts


async def test_payload_compression_packs_large_payloads_only() -> None:
    async with harbour() as here, raw_gateway(here.discord) as gateway:
        await gateway.receive()
        await gateway.identify(here.discord.token, int(Intent.GUILDS), compress=True)
        await gateway.receive_event("GUILD_CREATE", unpack)
        await gateway.send(1, None)
        assert (await gateway.receive(unpack))["op"] == 11
        assert [type(frame) for frame in gateway.frames] == [str, bytes, bytes, str]


async def test_discord_py_understands_the_zlib_stream() -> None:
    with patch.object(discord.utils, "_ActiveDecompressionContext", _ZlibContext):
        async with harbour() as here, connected(here) as client:
            await here.ann.send(here.chat, "zlib")
            (message,) = await client.hear("message")
            assert message.content == "zlib"


class _ZlibContext:
    """What discord.py uses where no zstandard is installed; it defines only one of the two."""

    COMPRESSION_TYPE = "zlib-stream"

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj()

    def decompress(self, frame: bytes) -> str:
        return self._inflate.decompress(frame).decode()


async def test_without_the_content_intent_only_what_concerns_the_bot_has_content() -> None:
    intents = discord.Intents(guilds=True, messages=True)
    async with harbour() as here, connected(here, Client(intents=intents)) as client:
        bot = here.discord.application.bot
        await here.ann.send(here.chat, "secret")
        await here.ann.send(here.chat, f"hello {bot.mention}")
        await here.ann.send(here.ann.direct_channel(), "directly")
        await client.hear("message", times=3)
        said = [args[0].content for name, args in client.heard if name == "message"]
        assert said == ["", f"hello {bot.mention}", "directly"]


async def test_events_without_their_intent_are_not_sent() -> None:
    async with harbour() as here, raw_gateway(here.discord) as gateway:
        await gateway.receive()
        await gateway.identify(here.discord.token, int(Intent.GUILDS))
        await gateway.receive_event("GUILD_CREATE")
        await here.ann.send(here.chat, "unheard")
        here.guild.add_member("Unseen")
        here.guild.add_role("Seen")
        assert (await gateway.receive())["t"] == "GUILD_ROLE_CREATE"


async def test_messages_of_hidden_channels_are_not_sent() -> None:
    async with harbour() as here, connected(here) as client:
        hidden = here.guild.add_text_channel("hidden")
        hidden.set_overwrites(here.guild.everyone, deny=Permission.VIEW_CHANNEL)
        await here.mod.send(hidden, "among us")
        await here.mod.send(here.chat, "for all")
        (message,) = await client.hear("message")
        assert message.content == "for all"


async def test_members_can_be_searched_over_the_gateway() -> None:
    async with harbour() as here, connected(here) as client:
        guild = client.guilds[0]
        assert [m.display_name for m in await guild.query_members("an")] == ["Ann"]
        found = await guild.query_members(user_ids=[here.mod.id, 1])
        assert [m.display_name for m in found] == ["Mod"]


async def test_a_search_for_less_than_nobody_is_refused() -> None:
    async with harbour() as here, raw_gateway(here.discord) as gateway:
        await gateway.receive()
        await gateway.identify(here.discord.token)
        await gateway.send(8, {"guild_id": str(here.guild.id), "query": "a", "limit": -5})
        assert await gateway.close_code() == 4002


async def test_a_bad_token_is_refused_by_rest_before_the_gateway() -> None:
    async with harbour() as here:
        with pytest.raises(discord.LoginFailure):
            await here.client.login("MTIz.nonsense.token")
        await here.client.close()


@pytest.mark.parametrize(("code", "error"), [(4004, 4004), (4013, 4013)])
async def test_fatal_codes_end_the_real_client(code: int, error: int) -> None:
    async with harbour() as here:
        here.discord.faults.gateway.close_on_identify = [code]
        with pytest.raises(discord.ConnectionClosed) as caught:
            async with connected(here):
                pass
        assert caught.value.code == error


async def test_disallowed_intents_end_the_real_client_with_their_own_error() -> None:
    options = DiscordOptions(privileged_intents=Intent.GUILD_MEMBERS)
    async with harbour(options) as here:
        with pytest.raises(discord.PrivilegedIntentsRequired):
            async with connected(here):
                pass


async def test_a_refused_connection_is_dropped_without_an_answer() -> None:
    async with harbour() as here, aiohttp.ClientSession() as session:
        here.discord.faults.gateway.refuse = True
        with pytest.raises(aiohttp.ClientError):
            await session.ws_connect(here.discord.gateway_url)


async def test_two_applications_have_their_own_tokens_and_interactions() -> None:
    async with harbour() as here, connected(here) as client:
        other = here.discord.add_application("Other")
        here.guild.add_bot(other)
        async with raw_gateway(here.discord) as gateway:
            await gateway.receive()
            await gateway.identify(other.token, int(ALL_INTENTS))
            ready = await gateway.receive_event("READY")
            assert ready["d"]["user"]["id"] == str(other.bot.id)
        assert client.user is not None
        assert client.user.id != other.bot.id


async def test_an_ended_session_takes_the_bot_out_of_its_call() -> None:
    async with harbour() as here:
        async with connected(here):
            await here.seen_call.connect(timeout=5)
            assert here.guild.bot.voice is not None
            await asyncio.gather(*(v.disconnect() for v in here.client.voice_clients))
        assert here.guild.bot.voice is None
        assert INTENTS.value & int(Intent.GUILD_VOICE_STATES)

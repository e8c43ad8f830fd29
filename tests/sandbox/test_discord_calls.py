"""Who is in which call, what bots are told, and who may do what there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import discord
import pytest

from bot.sandbox.discord.errors import NotPermittedError
from bot.sandbox.discord.gateway.connections import ANSWER_S
from bot.sandbox.discord.world.calls import SERVER_AFTER_STATE_S
from bot.sandbox.discord.world.permissions import ALL, Permission, channel_permissions
from tests.sandbox._discord_client import INTENTS, Harbour, connected, harbour, raw_gateway

P = Permission


async def join(here: Harbour) -> discord.VoiceClient:
    return await here.seen_call.connect(timeout=1, reconnect=True)


async def test_the_bot_joins_and_leaves_a_call() -> None:
    async with harbour() as here, connected(here) as client:
        voice = await join(here)
        assert here.call.occupants == [here.guild.bot]
        assert client.guilds[0].voice_client is voice
        await voice.disconnect()
        await here.discord.changes.until(lambda: not here.call.occupants)


async def test_members_are_seen_coming_and_going() -> None:
    async with harbour() as here, connected(here) as client:
        ear = await here.ann.join_voice(here.call, self_mute=True)
        (_, before, after) = await client.hear("voice_state_update")
        assert before.channel is None
        assert after.channel.id == here.call.id
        assert after.self_mute
        assert here.ann.ear is ear
        await here.ann.leave_voice()
        (_, _, gone) = await client.hear("voice_state_update", times=2)
        assert gone.channel is None
        assert here.ann.ear is None


@pytest.mark.parametrize("denied", [P.CONNECT, P.VIEW_CHANNEL])
async def test_a_wish_that_is_not_allowed_is_not_answered(denied: Permission) -> None:
    async with harbour() as here, connected(here):
        here.call.set_overwrites(here.guild.bot, deny=denied)
        with pytest.raises(TimeoutError):
            await here.seen_call.connect(timeout=0.2, reconnect=False)
        assert here.call.occupants == []
        with pytest.raises(NotPermittedError):
            here.call.set_overwrites(here.ann, deny=denied)
            await here.ann.join_voice(here.call)


@pytest.mark.parametrize(("permissions", "gets_in"), [(P.NONE, False), (P.MOVE_MEMBERS, True)])
async def test_a_full_call_lets_only_movers_in(permissions: Permission, gets_in: bool) -> None:
    async with harbour() as here, raw_gateway(here.discord) as gateway:
        small = here.guild.add_voice_channel("Small", user_limit=1)
        await here.ann.join_voice(small)
        here.guild.set_bot_permissions(permissions)
        await gateway.receive()
        await gateway.identify(here.discord.token, INTENTS.value)
        await gateway.receive_event("GUILD_CREATE")
        wish = {"guild_id": str(here.guild.id), "channel_id": str(small.id)}
        await gateway.send(4, wish)
        await gateway.send(1, None)
        while (await gateway.receive())["op"] != 11:
            pass
        assert (here.guild.bot in small.occupants) is gets_in


async def test_the_answers_to_a_join_come_one_after_the_other() -> None:
    async with harbour() as here, raw_gateway(here.discord) as gateway:
        await gateway.receive()
        await gateway.identify(here.discord.token, INTENTS.value)
        await gateway.receive_event("GUILD_CREATE")
        times = [time.monotonic()]
        await gateway.send(4, {"guild_id": str(here.guild.id), "channel_id": str(here.call.id)})
        for event in ("VOICE_STATE_UPDATE", "VOICE_SERVER_UPDATE"):
            await gateway.receive_event(event)
            times.append(time.monotonic())
        # Half a pause: the loop's clock may be a little ahead of ours.
        assert times[1] - times[0] > ANSWER_S / 2
        assert times[2] - times[1] > SERVER_AFTER_STATE_S / 2


async def op4_answers(here: Harbour, gateway: Any) -> tuple[Any, Any]:
    wish = {"guild_id": str(here.guild.id), "channel_id": str(here.call.id)}
    await gateway.send(4, wish)
    state = await gateway.receive_event("VOICE_STATE_UPDATE")
    server = await gateway.receive_event("VOICE_SERVER_UPDATE")
    return state["d"], server["d"]


async def test_a_wish_is_answered_by_state_and_server_also_the_second_time() -> None:
    async with harbour() as here, raw_gateway(here.discord) as gateway:
        await gateway.receive()
        await gateway.identify(here.discord.token, INTENTS.value)
        await gateway.receive_event("GUILD_CREATE")
        state, server = await op4_answers(here, gateway)
        assert state["user_id"] == str(here.guild.bot.id)
        assert state["channel_id"] == str(here.call.id)
        assert server["endpoint"] == here.discord.voice.endpoint
        assert server["guild_id"] == str(here.guild.id)
        again, same_server = await op4_answers(here, gateway)
        assert again["session_id"] == state["session_id"]
        assert same_server == server
        await gateway.send(4, {"guild_id": str(here.guild.id), "channel_id": None})
        left = await gateway.receive_event("VOICE_STATE_UPDATE")
        assert left["d"]["channel_id"] is None
        fresh, _ = await op4_answers(here, gateway)
        assert fresh["session_id"] != state["session_id"]


async def test_leaving_and_joining_at_once_gives_a_seat_that_holds() -> None:
    async with harbour() as here, connected(here) as client:
        voice = await join(here)
        first = here.guild.bot.voice
        await voice.guild.change_voice_state(channel=None)
        await client.hear("voice_state_update", times=2)
        await voice.disconnect()
        again = await join(here)
        assert again.is_connected()
        assert here.guild.bot.voice is not first
        assert _seat_channel(here) == here.call.id


async def test_a_new_process_takes_over_the_call_of_one_that_died() -> None:
    async with harbour() as here:
        sessions = here.discord.gateway.sessions
        async with raw_gateway(here.discord) as died:
            await died.receive()
            await died.identify(here.discord.token, INTENTS.value)
            await died.receive_event("GUILD_CREATE")
            state, server = await op4_answers(here, died)
            here.discord.gateway.abort()
        (old,) = sessions.values()
        async with raw_gateway(here.discord) as fresh:
            await fresh.receive()
            await fresh.identify(here.discord.token, INTENTS.value)
            created = await fresh.receive_event("GUILD_CREATE")
            assert created["d"]["voice_states"][0]["session_id"] == state["session_id"]
            new_state, new_server = await op4_answers(here, fresh)
            assert new_state["session_id"] != state["session_id"]
            assert new_server["token"] != server["token"]
            here.discord.gateway.end_session(old)
            assert here.call.occupants == [here.guild.bot]


async def test_a_moved_bot_identifies_for_the_new_call() -> None:
    async with harbour() as here, connected(here):
        await join(here)
        other = here.guild.add_voice_channel("Other")
        await here.mod.move(here.guild.bot, other)
        assert other.occupants == [here.guild.bot]
        await until(lambda: _seat_channel(here) == other.id)


async def test_a_bot_may_move_itself() -> None:
    async with harbour() as here, connected(here) as client:
        voice = await join(here)
        other = here.guild.add_voice_channel("Other")
        await client.hear("guild_channel_create")
        # Not `move_to`: its socket reader waits up to 30 s for the old socket (voice_state.py:156).
        await voice.guild.change_voice_state(channel=client.get_channel(other.id))  # type: ignore[arg-type] - a voice channel
        await until(lambda: _seat_channel(here) == other.id)
        assert other.occupants == [here.guild.bot]


def _seat_channel(here: Harbour) -> int | None:
    session = here.discord.voice.session(here.guild.id, here.guild.bot.id)
    return session.seat.channel_id if session else None


async def until(claim: Callable[[], bool]) -> None:
    """Wait for something no event tells of."""
    async with asyncio.timeout(5):
        while not claim():
            await asyncio.sleep(0.01)


async def test_a_moderator_disconnects_the_bot() -> None:
    async with harbour() as here, connected(here) as client:
        await join(here)
        await here.mod.disconnect(here.guild.bot)
        await until(lambda: not client.voice_clients)
        assert here.call.occupants == []


async def test_a_deleted_call_puts_everybody_out() -> None:
    async with harbour() as here, connected(here) as client:
        await join(here)
        await here.ann.join_voice(here.call)
        here.call.delete()
        assert here.guild.voice_states == {}
        await client.hear("guild_channel_delete")


async def test_server_mute_is_announced_and_needs_the_permission() -> None:
    async with harbour() as here, connected(here) as client:
        await join(here)
        with pytest.raises(NotPermittedError):
            await here.ann.server_mute(here.guild.bot)
        await here.mod.server_mute(here.guild.bot)
        (_, _, state) = await client.hear("voice_state_update", times=2)
        assert state.mute


async def test_on_stage_the_bot_arrives_suppressed_and_may_ask_to_speak() -> None:
    async with harbour() as here, connected(here) as client:
        stage = here.guild.add_stage_channel("Stage")
        await client.hear("guild_channel_create")
        seen = client.get_channel(stage.id)
        assert isinstance(seen, discord.StageChannel)
        await seen.connect(timeout=1)
        state = here.guild.bot.voice
        assert state is not None
        assert state.suppress
        me = client.guilds[0].me
        with pytest.raises(discord.Forbidden):
            await me.edit(suppress=False)
        await me.request_to_speak()
        assert state.asked_to_speak_at is not None
        await here.mod.suppress(here.guild.bot, suppressed=False)
        assert not state.suppress


async def test_members_are_moved_by_the_bot_through_rest() -> None:
    async with harbour() as here, connected(here) as client:
        other = here.guild.add_voice_channel("Other")
        member = await client.guilds[0].fetch_member(here.ann.id)
        here.guild.set_bot_permissions(P.MOVE_MEMBERS)
        with pytest.raises(discord.HTTPException) as caught:
            await member.move_to(discord.Object(other.id))  # type: ignore[arg-type] - by id
        assert caught.value.code == 40032
        await here.ann.join_voice(here.call)
        await member.move_to(discord.Object(other.id))  # type: ignore[arg-type] - by id
        assert other.occupants == [here.ann]
        assert here.ann.ear is not None
        assert here.ann.ear.channel_id == other.id


async def test_a_server_without_address_and_a_new_one_are_announced() -> None:
    async with harbour() as here, raw_gateway(here.discord) as gateway:
        await gateway.receive()
        await gateway.identify(here.discord.token, INTENTS.value)
        await gateway.receive_event("GUILD_CREATE")
        _, first = await op4_answers(here, gateway)
        here.discord.calls.migrate(here.guild.bot, endpoint=None)
        missing = await gateway.receive_event("VOICE_SERVER_UPDATE")
        here.discord.calls.migrate(here.guild.bot)
        found = await gateway.receive_event("VOICE_SERVER_UPDATE")
        assert missing["d"]["endpoint"] is None
        assert found["d"]["endpoint"] == first["endpoint"]
        assert found["d"]["token"] != first["token"]


@pytest.mark.parametrize(
    ("everyone", "role", "member", "held"),
    [
        ((P.NONE, P.NONE), (P.NONE, P.NONE), (P.NONE, P.NONE), True),
        ((P.NONE, P.SPEAK), (P.NONE, P.NONE), (P.NONE, P.NONE), False),
        ((P.NONE, P.SPEAK), (P.SPEAK, P.NONE), (P.NONE, P.NONE), True),
        ((P.NONE, P.NONE), (P.SPEAK, P.NONE), (P.NONE, P.SPEAK), False),
        ((P.NONE, P.SPEAK), (P.NONE, P.SPEAK), (P.SPEAK, P.NONE), True),
        ((P.NONE, P.CONNECT), (P.NONE, P.NONE), (P.NONE, P.NONE), False),
        ((P.NONE, P.VIEW_CHANNEL), (P.NONE, P.NONE), (P.NONE, P.NONE), False),
    ],
)
async def test_overwrites_add_up_from_everyone_over_roles_to_the_member(
    everyone: tuple[Permission, Permission],
    role: tuple[Permission, Permission],
    member: tuple[Permission, Permission],
    held: bool,
) -> None:
    async with harbour() as here, connected(here):
        crew = here.guild.add_role("Crew")
        here.ann.set_roles([crew])
        for target, (allow, deny) in (
            (here.guild.everyone, everyone),
            (crew, role),
            (here.ann, member),
        ):
            here.call.set_overwrites(target, allow=allow, deny=deny)
        assert bool(channel_permissions(here.ann, here.call) & P.SPEAK) is held


async def test_our_sums_equal_those_of_discord_py() -> None:
    async with harbour() as here, connected(here) as client:
        crew = here.guild.add_role("Crew", permissions=P.MANAGE_MESSAGES | P.PRIORITY_SPEAKER)
        here.ann.set_roles([crew])
        here.call.set_overwrites(here.guild.everyone, deny=P.CONNECT)
        here.chat.set_overwrites(crew, deny=P.SEND_MESSAGES, allow=P.ADD_REACTIONS)
        await client.hear("guild_channel_update", times=2)
        text_only = int(ALL) & ~discord.Permissions.voice().value
        for channel, compared in ((here.chat, text_only), (here.call, int(ALL))):
            for who in (here.ann, here.mod, here.guild.bot, here.guild.owner):
                seen = client.guilds[0].get_channel(channel.id)
                member = client.guilds[0].get_member(who.id)
                assert seen is not None
                assert member is not None
                theirs = seen.permissions_for(member).value
                # discord.py shows voice permissions in voice channels only.
                assert theirs & compared == int(who.permissions_in(channel)) & compared

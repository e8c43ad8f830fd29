"""Where the bot is after commands, moderators and people have had their say."""

import asyncio
import gc
import weakref
from dataclasses import replace

import pytest

from bot.voice.access import JoinError
from bot.voice.ledger import DropReason
from bot.voice.session import Patience
from tests.voice._calls import (
    ALICE,
    GUILD,
    HERE,
    ON_STAGE,
    THERE,
    a_call,
    a_guild,
    begin_to_speak,
    connection_of,
    is_gone,
    is_heard,
    joins,
    outcome,
    seconds_until,
)
from tests.voice._payloads import CONNECT, MUTE_MEMBERS, SPEAK
from tests.voice._voice_server import Refusal
from tests.voice._world import World, in_virtual_time

# Commands


@in_virtual_time()
async def test_a_join_is_one_wish_and_one_connection(world: World) -> None:
    guild = await a_guild(world)
    session = await world.join(GUILD, HERE)

    assert session.is_live
    assert guild.place == HERE
    assert joins(world) == [HERE]
    assert len(world.discord.voice.connections) == 1


@in_virtual_time(latency_s=0.3)
async def test_what_is_said_while_the_bot_joins_is_heard(world: World) -> None:
    await a_guild(world)
    turn = await world.say(GUILD, HERE)

    assert (await turn.wait_until_ended()).reason == "spoken"
    assert world.discord.voice.heard == {HERE: world.synthesizer.frames}


@in_virtual_time()
async def test_a_leave_leaves_nothing_behind(world: World) -> None:
    guild = await a_call(world)

    assert await world.registry.leave(GUILD)
    assert guild.place is None
    assert not await world.registry.leave(GUILD)
    assert await is_gone(world, guild)


@in_virtual_time(patience=Patience(alone_s=60, idle_s=1800))
async def test_a_session_that_is_over_is_not_held_by_its_timers(world: World) -> None:
    await a_call(world)
    session = weakref.ref(world.registry.sessions[0])
    turn = await begin_to_speak(world, frames=500)
    await world.registry.leave(GUILD)
    await turn.wait_until_ended()
    del turn
    world.sessions.clear()
    world.discord.voice.connections.clear()
    await asyncio.sleep(10.0)

    gc.collect()
    assert session() is None


@in_virtual_time()
async def test_a_command_moves_the_bot_and_drops_what_was_for_the_other_call(world: World) -> None:
    guild = await a_call(world)
    turn = await begin_to_speak(world, frames=500)
    session = await world.join(GUILD, THERE)

    assert (guild.place, session.channel.id) == (THERE, THERE)
    assert (await turn.wait_until_ended()).reason == DropReason.CALLED_ELSEWHERE
    assert world.calls.wanted[GUILD].channel_id == THERE


@in_virtual_time()
async def test_nobody_calls_the_bot_away_from_those_who_listen(world: World) -> None:
    guild = await a_call(world)

    with pytest.raises(JoinError, match="I am reading in"):
        await world.join(GUILD, THERE, may_move=False)
    assert guild.place == HERE


@pytest.mark.parametrize("delay_s", [0.0, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0])
@in_virtual_time(latency_s=0.3)
async def test_a_leave_while_the_bot_connects_wins(world: World, delay_s: float) -> None:
    guild = await a_guild(world)
    joining = asyncio.create_task(world.join(GUILD, HERE))
    await asyncio.sleep(delay_s)
    is_joined = joining.done()
    await world.registry.leave(GUILD)

    assert is_joined or isinstance(await outcome(joining), JoinError)
    assert await is_gone(world, guild)


@pytest.mark.parametrize("delay_s", [0.0, 0.01, 0.05, 0.1, 0.2, 0.4])
@in_virtual_time(latency_s=0.1)
async def test_a_leave_while_the_bot_moves_wins(world: World, delay_s: float) -> None:
    guild = await a_call(world)
    moving = asyncio.create_task(world.join(GUILD, THERE))
    await asyncio.sleep(delay_s)
    await world.registry.leave(GUILD)

    await outcome(moving)
    assert await is_gone(world, guild)


@pytest.mark.parametrize("delay_s", [0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 60.0])
@in_virtual_time()
async def test_a_leave_while_the_bot_waits_to_try_again_wins(world: World, delay_s: float) -> None:
    guild = await a_call(world)
    world.discord.voice.refusal = Refusal(code=4006)
    assert guild.connection is not None
    guild.connection.close_from_server(4006)
    await asyncio.sleep(delay_s)
    await world.registry.leave(GUILD)

    assert await is_gone(world, guild)


@pytest.mark.parametrize("latency_s", [0.0, 0.1, 0.3])
@in_virtual_time()
async def test_a_join_right_after_a_leave_wins(world: World, latency_s: float) -> None:
    world.discord.latency_s = latency_s
    guild = await a_call(world)
    leaving = asyncio.create_task(world.registry.leave(GUILD))
    await asyncio.sleep(0)
    session = await world.join(GUILD, THERE)
    await leaving
    await asyncio.sleep(60)

    assert (guild.place, session.is_live) == (THERE, True)


@pytest.mark.parametrize("delay_s", [0.0, 0.02, 0.1, 0.3, 0.5])
@in_virtual_time(latency_s=0.3)
async def test_of_two_joins_the_last_one_wins(world: World, delay_s: float) -> None:
    guild = await a_guild(world)
    first = asyncio.create_task(world.join(GUILD, HERE))
    await asyncio.sleep(delay_s)
    second = asyncio.create_task(world.join(GUILD, THERE))
    session = await second
    await outcome(first)
    await asyncio.sleep(60)

    assert (guild.place, session.is_live) == (THERE, True)
    assert is_heard(guild)


@in_virtual_time(latency_s=0.3)
async def test_a_leave_beats_a_join_that_waits_for_the_leave_before_it(world: World) -> None:
    guild = await a_call(world)
    leaving = asyncio.create_task(world.registry.leave(GUILD))
    await asyncio.sleep(0.01)
    joining = asyncio.create_task(world.join(GUILD, THERE))
    await asyncio.sleep(0.01)
    await world.registry.leave(GUILD)
    await leaving

    assert isinstance(await outcome(joining), JoinError)
    assert await is_gone(world, guild)


@in_virtual_time()
async def test_a_leave_that_discord_does_not_hear_is_repeated(world: World) -> None:
    guild = await a_call(world)
    world.discord.lost_wishes = 1
    await world.registry.leave(GUILD)

    assert await is_gone(world, guild)


@pytest.mark.parametrize("delay_s", [0.0, 0.02, 0.1])
@pytest.mark.parametrize("seed", range(20))
@in_virtual_time(latency_s=0.1)
async def test_a_kick_that_crosses_a_leave_and_a_join_strands_nobody(
    world: World, seed: int, delay_s: float
) -> None:
    world.random.seed(seed)
    guild = await a_call(world)
    moving = asyncio.create_task(world.join(GUILD, THERE))
    await asyncio.sleep(0)
    leaving = asyncio.create_task(world.registry.leave(GUILD))
    await asyncio.sleep(delay_s)
    world.discord.kick(guild, told_after_s=0.0, closed_after_s=0.0)
    joining = asyncio.create_task(world.join(GUILD, THERE))
    await asyncio.gather(moving, leaving, joining, return_exceptions=True)
    await asyncio.sleep(60)
    session = world.registry.get(GUILD)

    assert guild.place == (session.desired_channel_id if session else None)


@pytest.mark.parametrize(
    ("obstacle", "complaint"),
    [({"limit": 1}, "is full"), ({"denied": CONNECT}, "permission Connect")],
)
@in_virtual_time()
async def test_what_keeps_the_bot_out_is_known_before_discord_is_asked(
    world: World, obstacle: dict[str, int], complaint: str
) -> None:
    guild = await a_guild(world)
    guild.channels[HERE] = replace(guild.channels[HERE], **obstacle)
    world.reset_gateway()
    await asyncio.sleep(1)

    with pytest.raises(JoinError, match=complaint):
        await world.join(GUILD, HERE)
    assert not joins(world)


@in_virtual_time()
async def test_a_refusal_without_an_answer_is_told_within_ten_seconds(world: World) -> None:
    guild = await a_guild(world)
    guild.channels[HERE].limit = 1  # and the bot has not been told
    began = world.loop.time()

    with pytest.raises(JoinError, match="in time"):
        await world.join(GUILD, HERE)
    assert world.loop.time() - began <= 10
    assert await is_gone(world, guild)


@in_virtual_time()
async def test_a_call_to_where_there_is_no_room_leaves_the_bot_where_it_is(world: World) -> None:
    guild = await a_call(world)
    guild.channels[THERE].limit = 1  # and the bot has not been told
    with pytest.raises(JoinError, match="in time"):
        await world.join(GUILD, THERE)
    session = world.registry.get(GUILD)

    assert session is not None
    assert (guild.place, session.channel.id, session.is_live) == (HERE, HERE, True)
    assert [wish for wish in world.discord.wishes if wish.channel_id is None] == []
    await asyncio.sleep(10)
    world.discord.move(guild, ON_STAGE)
    await asyncio.sleep(10)
    assert guild.place == ON_STAGE


@in_virtual_time()
async def test_a_wish_whose_answer_is_lost_is_repeated(world: World) -> None:
    guild = await a_guild(world)
    world.discord.lost_wishes = 1
    session = await world.join(GUILD, HERE)

    assert (guild.place, session.is_live) == (HERE, True)


# Moderators


@in_virtual_time()
async def test_a_moderator_moves_the_bot_and_it_goes_on_there(world: World) -> None:
    guild = await a_call(world)
    turn = await begin_to_speak(world, frames=100)
    await asyncio.sleep(0.5)
    world.discord.move(guild, THERE)
    took_s = await seconds_until(world, lambda: is_heard(guild))
    session = world.registry.get(GUILD)

    assert took_s <= 2
    assert (await turn.wait_until_ended()).reason == "spoken"
    assert session is not None
    assert (guild.place, session.channel.id, joins(world)) == (THERE, THERE, [HERE])
    await asyncio.sleep(0.1)
    assert world.calls.wanted[GUILD].channel_id == THERE


@pytest.mark.parametrize("delay_s", [0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6])
@in_virtual_time(latency_s=0.2)
async def test_a_move_by_a_moderator_while_the_bot_connects_wins(
    world: World, delay_s: float
) -> None:
    guild = await a_guild(world)
    joining = asyncio.create_task(world.join(GUILD, HERE))
    await seconds_until(world, lambda: guild.place == HERE)
    await asyncio.sleep(delay_s)
    world.discord.move(guild, THERE)
    await outcome(joining)
    await asyncio.sleep(60)
    session = world.registry.get(GUILD)

    assert session is not None
    assert (guild.place, session.desired_channel_id, is_heard(guild)) == (THERE, THERE, True)
    assert joins(world) == [HERE]


@pytest.mark.parametrize("closed_after_s", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("told_after_s", [0.0, 0.1, 0.5, None])
@in_virtual_time()
async def test_a_kicked_bot_stays_out(
    world: World, told_after_s: float | None, closed_after_s: float
) -> None:
    guild = await a_call(world)
    turn = await begin_to_speak(world, frames=300)
    world.discord.kick(guild, told_after_s=told_after_s, closed_after_s=closed_after_s)
    took_s = await seconds_until(world, lambda: world.registry.get(GUILD) is None)

    # Told or not, one second after the close it is clear.
    assert took_s <= max(closed_after_s, told_after_s or 0) + 1.2
    assert (await turn.wait_until_ended()).reason == DropReason.KICKED
    assert joins(world) == [HERE]
    assert await is_gone(world, guild)
    assert not world.calls.wanted


@pytest.mark.parametrize("delay_s", [0.0, 0.1, 0.2, 0.3])
@in_virtual_time(latency_s=0.2)
async def test_a_bot_kicked_while_it_connects_stays_out(world: World, delay_s: float) -> None:
    guild = await a_guild(world)
    joining = asyncio.create_task(world.join(GUILD, HERE))
    await seconds_until(world, lambda: guild.place == HERE)
    await asyncio.sleep(delay_s)
    world.discord.kick(guild, told_after_s=0.0, closed_after_s=0.1)

    await outcome(joining)
    assert await is_gone(world, guild)


@pytest.mark.parametrize("delay_s", [0.0, 0.1, 0.5, 1.0, 1.9])
@pytest.mark.parametrize("renews_sessions", [True, False])
@in_virtual_time(latency_s=0.2)
async def test_a_bot_kicked_right_after_it_came_back_stays_out(
    world: World, delay_s: float, renews_sessions: bool
) -> None:
    world.discord.renews_sessions = renews_sessions
    guild = await a_call(world)
    first = guild.seat
    connection_of(guild).close_from_server(4006)
    await seconds_until(world, lambda: guild.seat not in (None, first))
    await asyncio.sleep(delay_s)
    world.discord.kick(guild, told_after_s=0.0, closed_after_s=0.1)

    assert await is_gone(world, guild)


@pytest.mark.parametrize("renews_sessions", [True, False])
@in_virtual_time(latency_s=0.2)
async def test_a_bot_kicked_before_it_can_come_back_stays_out(
    world: World, renews_sessions: bool
) -> None:
    world.discord.renews_sessions = renews_sessions
    guild = await a_call(world)
    connection_of(guild).close_from_server(4006)
    world.discord.kick(guild, told_after_s=0.0, closed_after_s=0.1)

    assert await is_gone(world, guild)
    assert joins(world) == [HERE]


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("renews_sessions", [True, False])
@in_virtual_time()
async def test_a_leave_to_join_again_is_no_kick_however_late_it_is_answered(
    world: World, seed: int, renews_sessions: bool
) -> None:
    world.discord.renews_sessions = renews_sessions
    guild = await a_call(world)
    world.random.seed(seed)
    world.discord.latency_s = 2.4
    connection_of(guild).close_from_server(4006)
    await asyncio.sleep(30)

    assert is_heard(guild)


@in_virtual_time()
async def test_a_channel_that_is_deleted_ends_the_call(world: World) -> None:
    guild = await a_call(world)
    turn = await begin_to_speak(world, frames=300)
    world.discord.delete_channel(guild, HERE)

    assert (await turn.wait_until_ended()).reason == DropReason.CHANNEL_GONE
    assert await is_gone(world, guild)
    assert not world.calls.wanted


@in_virtual_time()
async def test_a_bot_thrown_out_of_the_guild_asks_for_nothing_there(world: World) -> None:
    guild = await a_call(world)
    turn = await begin_to_speak(world, frames=300)
    asked = len(world.discord.wishes)
    world.discord.remove_bot(guild)
    took_s = await seconds_until(world, lambda: world.registry.get(GUILD) is None)

    assert took_s <= 1
    assert (await turn.wait_until_ended()).reason == DropReason.REMOVED
    assert await is_gone(world, guild)
    assert len(world.discord.wishes) == asked
    assert not world.bot.voice_clients


@in_virtual_time()
async def test_nothing_is_sent_while_the_bot_is_muted(world: World) -> None:
    guild = await a_call(world)
    turn = await begin_to_speak(world, frames=200)
    world.discord.mute(guild, is_muted=True)
    await asyncio.sleep(0.2)
    before = world.discord.voice.wasted
    await asyncio.sleep(30)
    assert world.discord.voice.wasted == before <= 5
    world.discord.mute(guild, is_muted=False)
    await asyncio.sleep(1)
    heard = world.discord.voice.heard[HERE]

    assert (await turn.wait_until_ended()).reason == "spoken"
    assert world.discord.voice.heard[HERE] > heard > 0
    assert [home_id for _, home_id, _ in world.notices] == [GUILD]


@in_virtual_time()
async def test_where_it_may_not_speak_the_bot_says_so_and_waits(world: World) -> None:
    guild = await a_call(world)
    guild.channels[THERE].denied = SPEAK
    turn = await begin_to_speak(world, frames=50)
    world.discord.move(guild, THERE)
    await asyncio.sleep(30)
    assert not world.discord.voice.heard[THERE]
    assert len(world.notices) == 1
    world.discord.suppress(guild, is_suppressed=False)
    await asyncio.sleep(1)

    assert world.discord.voice.heard[THERE]
    assert (await turn.wait_until_ended()).reason == "spoken"


@pytest.mark.parametrize(
    ("allowed", "edit"), [(0, "request_to_speak_timestamp"), (MUTE_MEMBERS, "suppress")]
)
@in_virtual_time()
async def test_on_a_stage_the_bot_speaks_or_raises_its_hand(
    world: World, allowed: int, edit: str
) -> None:
    guild = await a_guild(world)
    guild.channels[ON_STAGE].allowed = allowed
    world.reset_gateway()
    await asyncio.sleep(1)
    await world.join(GUILD, ON_STAGE)
    await asyncio.sleep(1)

    assert [edit in each for each in world.edits] == [True]


# People


@in_virtual_time(patience=Patience(alone_s=60.0, idle_s=0.0))
async def test_left_alone_the_bot_goes_and_comes_back_with_whoever_comes(world: World) -> None:
    guild = await a_call(world)
    world.discord.bring(guild, ALICE, None)
    took_s = await seconds_until(world, lambda: guild.place is None)
    assert 60 <= took_s <= 61
    await asyncio.sleep(600)
    world.discord.bring(guild, ALICE, HERE)
    await asyncio.sleep(2)

    assert (guild.place, is_heard(guild)) == (HERE, True)


@in_virtual_time(patience=Patience(alone_s=60.0, idle_s=0.0))
async def test_after_an_hour_alone_nobody_brings_the_bot_back(world: World) -> None:
    guild = await a_call(world)
    world.discord.bring(guild, ALICE, None)
    await asyncio.sleep(60 + 3600 + 10)
    world.discord.bring(guild, ALICE, HERE)

    assert await is_gone(world, guild)


@in_virtual_time(patience=Patience(alone_s=0.0, idle_s=300.0))
async def test_a_bot_that_says_nothing_for_long_goes(world: World) -> None:
    guild = await a_call(world)
    await asyncio.sleep(200)
    await (await world.say(GUILD, HERE)).wait_until_ended()
    took_s = await seconds_until(world, lambda: guild.place is None)

    assert 299 <= took_s <= 301
    assert await is_gone(world, guild)


@in_virtual_time(patience=Patience(alone_s=60, idle_s=0))
async def test_a_servers_own_patience_is_over_the_operators(world: World) -> None:
    world.patience_of[GUILD] = Patience(alone_s=600, idle_s=0)
    guild = await a_call(world)
    world.discord.bring(guild, ALICE, None)
    await asyncio.sleep(500)
    assert guild.place == HERE

    await asyncio.sleep(110)
    assert guild.place is None


@in_virtual_time(patience=Patience(alone_s=0, idle_s=0))
async def test_new_patience_holds_in_a_call_there_is(world: World) -> None:
    guild = await a_call(world)
    world.discord.bring(guild, ALICE, None)
    await asyncio.sleep(1_000)
    assert guild.place == HERE

    world.patience_of[GUILD] = Patience(alone_s=30, idle_s=0)
    world.registry.on_patience_changed(GUILD)
    await asyncio.sleep(29)
    assert guild.place == HERE
    await asyncio.sleep(2)
    assert guild.place is None

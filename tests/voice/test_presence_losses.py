"""Where the bot is after voice servers, the gateway and guilds have failed."""

import asyncio
import itertools

import pytest

from bot.voice.access import JoinError
from bot.voice.ledger import DropReason, NotSpokenError
from bot.voice.loss import LossKind
from bot.voice.session import Patience
from tests.voice._calls import (
    ALICE,
    GUILD,
    HERE,
    THERE,
    a_call,
    a_guild,
    begin_to_speak,
    connection_of,
    identifies,
    is_gone,
    is_heard,
    joins,
    outcome,
    seconds_until,
)
from tests.voice._payloads import Channel
from tests.voice._voice_server import Refusal
from tests.voice._world import World, in_virtual_time

FATAL = (4004, 4011, 4012, 4016, 4020)
ORDINARY = (1000, 1001, 1005, 1006, 4000, 4001, 4002, 4003, 4005, 4006, 4009, 4015, 4999)


# Voice servers


@pytest.mark.parametrize("code", ORDINARY)
@in_virtual_time()
async def test_after_a_close_the_bot_is_back_within_two_seconds(world: World, code: int) -> None:
    guild = await a_call(world)
    turn = await begin_to_speak(world, frames=100)
    await asyncio.sleep(0.5)
    connection_of(guild).close_from_server(code)
    took_s = await seconds_until(world, lambda: is_heard(guild))

    assert took_s <= 2
    assert (await turn.wait_until_ended()).reason == "spoken"
    assert world.discord.voice.heard[HERE] >= 100
    assert identifies(world) == 2


@pytest.mark.parametrize(
    "kind", [LossKind.CUT, LossKind.TIMEOUT, LossKind.SILENT, LossKind.DEAF, LossKind.MALFORMED]
)
@in_virtual_time()
async def test_after_a_loss_the_bot_is_back_within_two_seconds(
    world: World, kind: LossKind
) -> None:
    guild = await a_call(world)
    connection_of(guild).lose(kind)

    assert await seconds_until(world, lambda: is_heard(guild)) <= 2


@in_virtual_time()
async def test_a_lost_session_is_not_used_again(world: World) -> None:
    guild = await a_call(world)
    connection_of(guild).close_from_server(4006)
    await seconds_until(world, lambda: is_heard(guild))
    first, second = world.discord.voice.connections

    assert first.ticket.session_id != second.ticket.session_id
    assert [wish.channel_id for wish in world.discord.wishes] == [HERE, None, HERE]


@pytest.mark.parametrize(
    "refusal",
    [
        *(Refusal(code=code) for code in (4006, 4009, 4001, 1006)),
        Refusal(LossKind.CUT),
        Refusal(LossKind.CUT, after_s=2.0),
    ],
)
@in_virtual_time()
async def test_a_bot_that_is_always_refused_tries_ever_less_and_gives_up(
    world: World, refusal: Refusal
) -> None:
    """V-03, whether a server that has heard the bot's IDENTIFY closes or just breaks off."""
    guild = await a_call(world)
    turn = await begin_to_speak(world, frames=300)
    before = identifies(world)
    world.discord.voice.refusal = refusal
    connection_of(guild).lose(refusal.kind, refusal.code)
    lost_at = world.loop.time()
    took_s = await seconds_until(world, lambda: world.registry.get(GUILD) is None)
    times = [each.began_at - lost_at for each in world.discord.voice.connections[before:]]

    assert len([at for at in times if at <= 60]) <= 6
    assert all(b - a >= 30 for a, b in itertools.pairwise(times[3:]))
    assert 555 <= took_s <= 650
    assert (await turn.wait_until_ended()).reason == DropReason.UNREACHABLE
    assert [sentence for *_, sentence in world.notices] == [
        str(NotSpokenError(reason)) for reason in (DropReason.UNREACHABLE, DropReason.NO_CONNECTION)
    ]
    assert await is_gone(world, guild)
    world.discord.voice.refusal = None
    assert (await world.join(GUILD, HERE)).is_live


@in_virtual_time()
async def test_a_call_given_up_in_silence_is_told_once(world: World) -> None:
    guild = await a_call(world)
    world.discord.voice.refusal = Refusal(code=4006)
    connection_of(guild).close_from_server(4006)
    await seconds_until(world, lambda: world.registry.get(GUILD) is None)

    assert len(world.notices) == 1
    assert await is_gone(world, guild)


@pytest.mark.parametrize("code", [4006, 4009, 1006])
@in_virtual_time()
async def test_a_join_that_is_refused_ends_within_ten_seconds(world: World, code: int) -> None:
    guild = await a_guild(world)
    world.discord.voice.refusal = Refusal(code=code)
    began = world.loop.time()

    with pytest.raises(JoinError):
        await world.join(GUILD, HERE)
    assert world.loop.time() - began <= 10
    assert identifies(world) <= 6
    assert await is_gone(world, guild)


@pytest.mark.parametrize("code", FATAL)
@in_virtual_time()
async def test_a_fatal_code_gets_one_more_try_and_names_itself(world: World, code: int) -> None:
    guild = await a_guild(world)
    world.discord.voice.refusal = Refusal(code=code)
    began = world.loop.time()

    with pytest.raises(JoinError, match=str(code)):
        await world.join(GUILD, HERE)
    first, second = world.discord.voice.connections
    assert world.loop.time() - began <= 8
    assert first.ticket.session_id != second.ticket.session_id
    assert await is_gone(world, guild)


@pytest.mark.parametrize("code", FATAL)
@in_virtual_time()
async def test_a_fatal_code_in_a_call_gets_one_more_try(world: World, code: int) -> None:
    guild = await a_call(world)
    world.discord.voice.refusal = Refusal(code=code)
    connection_of(guild).close_from_server(code)
    await seconds_until(world, lambda: world.registry.get(GUILD) is None)

    assert identifies(world) == 2
    assert await is_gone(world, guild)


@in_virtual_time()
async def test_without_encryption_there_is_no_second_try(world: World) -> None:
    guild = await a_guild(world)
    world.discord.voice.refusal = Refusal(code=4017)

    with pytest.raises(JoinError, match="4017"):
        await world.join(GUILD, HERE)
    assert identifies(world) == 1
    assert await is_gone(world, guild)


@in_virtual_time()
async def test_a_bot_that_is_told_to_slow_down_leaves_discord_alone(world: World) -> None:
    guild = await a_call(world)
    world.discord.voice.refusals.append(Refusal(code=4021))
    connection_of(guild).close_from_server(4006)
    await seconds_until(world, lambda: identifies(world) == 2)
    told_at = world.loop.time()
    await seconds_until(world, lambda: is_heard(guild))

    assert world.discord.voice.connections[-1].began_at - told_at >= 60
    assert identifies(world) == 3


@in_virtual_time()
async def test_a_bot_told_to_slow_down_remembers_that_over_a_leave(world: World) -> None:
    guild = await a_call(world)
    world.discord.voice.refusals.append(Refusal(code=4021))
    connection_of(guild).close_from_server(4006)
    await seconds_until(world, lambda: identifies(world) == 2)
    await asyncio.sleep(1)
    await world.registry.leave(GUILD)
    with pytest.raises(JoinError, match="asks me to wait"):
        await world.join(GUILD, THERE)
    await asyncio.sleep(120)

    assert (await world.join(GUILD, THERE)).is_live
    assert identifies(world) == 3


@in_virtual_time()
async def test_told_to_slow_down_the_bot_says_so_at_once_and_comes_back_later(
    world: World,
) -> None:
    guild = await a_call(world)
    world.discord.voice.refusals.append(Refusal(code=4021))
    connection_of(guild).close_from_server(4006)
    await asyncio.sleep(5)
    began = world.loop.time()
    with pytest.raises(JoinError, match="asks me to wait"):
        await world.join(GUILD, HERE)
    assert world.loop.time() - began <= 1

    assert await seconds_until(world, lambda: is_heard(guild)) <= 130


@in_virtual_time()
async def test_a_join_to_a_call_that_is_being_restored_does_not_end_it(world: World) -> None:
    guild = await a_call(world)
    world.discord.voice.refusal = Refusal(LossKind.UNREACHED)
    connection_of(guild).lose(LossKind.CUT)
    await asyncio.sleep(1)
    turn = await world.say(GUILD, HERE)
    with pytest.raises(JoinError, match="in time"):
        await world.join(GUILD, HERE)
    world.discord.voice.refusal = None

    assert (await turn.wait_until_ended()).reason == "spoken"
    assert is_heard(guild)


@pytest.mark.parametrize("outage_s", [1.0, 10.0, 60.0, 300.0])
@in_virtual_time()
async def test_a_server_that_can_be_dialled_again_is_back_within_two_seconds(
    world: World, outage_s: float
) -> None:
    guild = await a_call(world)
    world.discord.voice.refusal = Refusal(LossKind.UNREACHED)
    connection_of(guild).lose(LossKind.CUT)
    await asyncio.sleep(outage_s)
    world.discord.voice.refusal = None

    assert await seconds_until(world, lambda: is_heard(guild)) <= 2


@in_virtual_time()
async def test_a_server_that_drops_every_session_is_not_asked_without_end(world: World) -> None:
    guild = await a_call(world)
    began = world.loop.time()
    while world.loop.time() - began < 60:
        await seconds_until(world, lambda: guild.connection is not None)
        connection_of(guild).lose(LossKind.CUT)
        await asyncio.sleep(0.1)

    assert identifies(world) <= 1 + 6


@in_virtual_time()
async def test_a_group_that_never_forms_is_tried_with_new_sessions(world: World) -> None:
    guild = await a_guild(world)
    world.discord.voice.forms_groups = False
    turn = await world.say(GUILD, HERE)
    await asyncio.sleep(58)

    assert 2 <= identifies(world) <= 6
    assert not world.discord.voice.heard
    assert (await turn.wait_until_ended()).reason == DropReason.NOT_ENCRYPTED
    assert [sentence for *_, sentence in world.notices] == [str(turn.error)]
    world.discord.voice.forms_groups = True
    await asyncio.sleep(60)
    assert is_heard(guild)
    turn = await world.say(GUILD, HERE)
    assert (await turn.wait_until_ended()).reason == "spoken"


@in_virtual_time()
async def test_without_a_group_the_bot_gives_up_and_says_why(world: World) -> None:
    guild = await a_guild(world)
    world.discord.voice.forms_groups = False
    await world.say(GUILD, HERE)
    took_s = await seconds_until(world, lambda: world.registry.get(GUILD) is None)

    assert 555 <= took_s <= 650
    said = str(NotSpokenError(DropReason.NOT_ENCRYPTED))
    assert [sentence for *_, sentence in world.notices] == [said, said]
    assert await is_gone(world, guild)


@pytest.mark.parametrize(("outage_s", "reason"), [(29.0, "spoken"), (32.0, DropReason.UNREACHABLE)])
@in_virtual_time()
async def test_what_nobody_expects_to_hear_any_more_is_not_said(
    world: World, outage_s: float, reason: str
) -> None:
    guild = await a_call(world)
    world.discord.voice.refusal = Refusal(LossKind.UNREACHED)
    connection_of(guild).lose(LossKind.CUT)
    await asyncio.sleep(1)
    turn = await world.say(GUILD, HERE)
    await asyncio.sleep(outage_s)
    world.discord.voice.refusal = None

    assert await seconds_until(world, lambda: is_heard(guild)) <= 2
    assert (await turn.wait_until_ended()).reason == reason
    assert len(world.notices) == (reason != "spoken")


@in_virtual_time()
async def test_alone_the_bot_waits_for_company_without_new_sessions(world: World) -> None:
    guild = await a_guild(world)
    world.discord.bring(guild, ALICE, None)
    await asyncio.sleep(1)
    turn = await world.say(GUILD, HERE)
    await asyncio.sleep(300)
    assert identifies(world) == 1
    world.discord.bring(guild, ALICE, HERE)

    assert (await turn.wait_until_ended()).reason == "spoken"
    assert identifies(world) == 1


@in_virtual_time()
async def test_a_new_voice_server_takes_over_within_a_second(world: World) -> None:
    guild = await a_call(world)
    connection_of(guild).close_from_server(4015)
    world.discord.name_server(guild)

    assert await seconds_until(world, lambda: is_heard(guild)) <= 1
    assert joins(world) == [HERE]


@in_virtual_time()
async def test_a_voice_server_may_be_named_late(world: World) -> None:
    guild = await a_call(world)
    guild.has_voice_server = False
    world.discord.name_server(guild)
    await asyncio.sleep(20)
    assert len(world.notices) == 1
    guild.has_voice_server = True
    world.discord.name_server(guild)

    assert await seconds_until(world, lambda: is_heard(guild)) <= 2
    assert joins(world) == [HERE]


@in_virtual_time()
async def test_a_call_without_a_voice_server_ends_after_a_minute(world: World) -> None:
    guild = await a_call(world)
    turn = await begin_to_speak(world, frames=300)
    guild.has_voice_server = False
    world.discord.name_server(guild)
    took_s = await seconds_until(world, lambda: world.registry.get(GUILD) is None)

    assert 59 <= took_s <= 62
    assert (await turn.wait_until_ended()).reason == DropReason.NO_CONNECTION
    assert await is_gone(world, guild)


# The gateway


@in_virtual_time()
async def test_a_resumed_gateway_changes_nothing(world: World) -> None:
    guild = await a_call(world)
    world.discord.cut()
    await asyncio.sleep(30)
    world.discord.resume()
    await asyncio.sleep(30)

    assert joins(world) == [HERE]
    assert is_heard(guild)


@pytest.mark.parametrize("is_dropped", [True, False])
@in_virtual_time()
async def test_a_new_gateway_session_brings_the_bot_back(world: World, is_dropped: bool) -> None:
    guild = await a_call(world)
    turn = await begin_to_speak(world, frames=300)
    world.discord.cut()
    await asyncio.sleep(2)
    if is_dropped:
        world.discord.forget_voice()
    await asyncio.sleep(0.5)
    world.reset_gateway()
    await asyncio.sleep(2)

    assert guild.place == HERE
    assert await seconds_until(world, lambda: is_heard(guild)) <= 3
    assert (await turn.wait_until_ended()).reason == "spoken"


@in_virtual_time()
async def test_a_discord_that_does_not_repeat_itself_is_asked_again(world: World) -> None:
    guild = await a_call(world)
    world.discord.repeats_itself = False
    world.reset_gateway()

    await asyncio.sleep(10)
    assert is_heard(guild)


@in_virtual_time()
async def test_a_voice_connection_lost_while_the_gateway_is_away_comes_back_with_it(
    world: World,
) -> None:
    guild = await a_call(world)
    world.discord.cut()
    connection_of(guild).lose(LossKind.CUT)
    await asyncio.sleep(30)
    world.discord.resume()

    assert await seconds_until(world, lambda: is_heard(guild)) <= 2


@in_virtual_time()
async def test_a_kick_while_the_gateway_is_away_is_understood_when_it_is_back(
    world: World,
) -> None:
    guild = await a_call(world)
    world.discord.cut()
    world.discord.kick(guild, told_after_s=0.0, closed_after_s=0.0)
    await asyncio.sleep(30)
    world.discord.resume()

    assert await is_gone(world, guild)


@in_virtual_time(patience=Patience(alone_s=60.0, idle_s=0.0))
async def test_a_bot_that_goes_while_the_gateway_is_away_is_gone_when_it_is_back(
    world: World,
) -> None:
    guild = await a_call(world)
    world.discord.bring(guild, ALICE, None)
    await asyncio.sleep(50)
    world.discord.cut()
    await asyncio.sleep(30)
    world.discord.resume()
    await asyncio.sleep(5)

    assert await is_gone(world, guild)


@pytest.mark.parametrize("seed", range(20))
@in_virtual_time()
async def test_old_news_of_a_session_that_is_being_left_mean_nothing(
    world: World, seed: int
) -> None:
    world.random.seed(seed)
    guild = await a_call(world)
    connection_of(guild).close_from_server(1000)
    world.reset_gateway()
    world.discord.mute(guild, is_muted=False)
    await asyncio.sleep(60)

    assert is_heard(guild)
    assert world.registry.get(GUILD) is not None


# Guilds


@pytest.mark.parametrize("ends_calls", [True, False])
@in_virtual_time()
async def test_a_guild_that_is_back_has_the_bot_back(world: World, ends_calls: bool) -> None:
    guild = await a_call(world)
    asked = len(world.discord.wishes)
    world.discord.begin_outage(guild, ends_calls=ends_calls)
    await asyncio.sleep(300)
    assert len(world.discord.wishes) == asked
    world.discord.end_outage(guild)

    assert await seconds_until(world, lambda: is_heard(guild)) <= 5
    assert guild.place == HERE


@pytest.mark.parametrize("delay_s", [0.0, 0.5, 100.0])
@in_virtual_time()
async def test_a_leave_during_an_outage_of_the_guild_wins(world: World, delay_s: float) -> None:
    guild = await a_call(world)
    world.discord.begin_outage(guild, ends_calls=True)
    await asyncio.sleep(delay_s)
    await world.registry.leave(GUILD)
    await asyncio.sleep(100)
    world.discord.end_outage(guild)

    assert await is_gone(world, guild)


# A restart


@in_virtual_time()
async def test_a_restart_ends_no_call(world: World) -> None:
    guild = await a_call(world)
    await world.stop()
    await asyncio.sleep(5)
    await world.start()
    await asyncio.sleep(2)

    assert (guild.place, is_heard(guild)) == (HERE, True)
    assert world.registry.get(GUILD) is not None


@in_virtual_time()
async def test_a_restart_while_voice_servers_are_away_ends_no_call(world: World) -> None:
    guild = await a_call(world)
    await world.stop()
    world.discord.voice.refusal = Refusal(LossKind.UNREACHED)
    await world.start()
    await asyncio.sleep(30)
    world.discord.voice.refusal = None

    assert await seconds_until(world, lambda: is_heard(guild)) <= 2


@in_virtual_time()
async def test_a_guild_out_of_order_at_a_restart_is_returned_to_when_it_is_back(
    world: World,
) -> None:
    guild = await a_call(world)
    await world.stop()
    world.discord.begin_outage(guild, ends_calls=True)
    await world.start()
    await asyncio.sleep(30)

    assert world.calls.wanted[GUILD].channel_id == HERE
    world.discord.end_outage(guild)

    assert await seconds_until(world, lambda: is_heard(guild)) <= 5


@in_virtual_time()
async def test_guilds_out_of_order_at_a_restart_are_returned_to_two_a_second(world: World) -> None:
    """V-24, of every guild at once."""
    guild_ids = range(GUILD, GUILD + 6)
    guilds = [world.discord.add_guild(each, Channel(each * 10)) for each in guild_ids]
    for guild in guilds:
        guild.people = {ALICE: guild.id * 10}
    await world.start()
    for guild in guilds:
        await world.join(guild.id, guild.id * 10)
    await world.stop()
    for guild in guilds:
        world.discord.begin_outage(guild, ends_calls=True)
    await world.start()
    await asyncio.sleep(30)
    asked = len(world.discord.wishes)
    for guild in guilds:
        world.discord.end_outage(guild)
    await asyncio.sleep(5)
    times = [wish.at for wish in world.discord.wishes[asked:]]

    assert all(is_heard(guild) for guild in guilds)
    assert len(times) == len(guilds)
    assert all(later - earlier >= 0.5 for earlier, later in itertools.pairwise(times))


@in_virtual_time()
async def test_a_leave_during_an_outage_that_outlasts_a_restart_wins(world: World) -> None:
    guild = await a_call(world)
    await world.stop()
    world.discord.begin_outage(guild, ends_calls=True)
    await world.start()
    await world.registry.leave(GUILD)
    await asyncio.sleep(10)
    world.discord.end_outage(guild)

    assert await is_gone(world, guild)
    assert not world.calls.wanted


@in_virtual_time()
async def test_a_guild_is_returned_to_once_after_a_restart(world: World) -> None:
    guild = await a_call(world)
    await world.stop()
    world.discord.begin_outage(guild, ends_calls=True)
    await world.start()
    world.discord.end_outage(guild)
    await seconds_until(world, lambda: is_heard(guild))
    world.discord.kick(guild, told_after_s=0.0, closed_after_s=0.0)
    await seconds_until(world, lambda: world.registry.get(GUILD) is None)
    world.discord.begin_outage(guild, ends_calls=False)
    await asyncio.sleep(10)
    world.discord.end_outage(guild)

    assert await is_gone(world, guild)


@in_virtual_time(patience=Patience(alone_s=60.0, idle_s=0.0))
async def test_a_leave_from_afar_ends_the_wait_for_company_over_a_restart(world: World) -> None:
    guild = await a_call(world)
    world.discord.bring(guild, ALICE, None)
    await seconds_until(world, lambda: guild.place is None)
    await asyncio.sleep(1)
    assert not await world.registry.leave(GUILD)
    await asyncio.sleep(1)

    assert not world.calls.wanted


@in_virtual_time(latency_s=0.0)
async def test_what_was_wanted_last_survives_a_restart(world: World) -> None:
    guild = await a_call(world)
    await world.join(GUILD, THERE)
    await world.stop()
    assert world.calls.wanted[GUILD].channel_id == THERE
    await world.start()
    await seconds_until(world, lambda: guild.place == THERE)
    leaving = asyncio.create_task(world.registry.leave(GUILD))
    await asyncio.sleep(0)
    await world.stop()

    assert await leaving
    assert not world.calls.wanted


@in_virtual_time(latency_s=0.3)
async def test_a_join_that_waits_for_a_leave_is_turned_away_at_the_end(world: World) -> None:
    guild = await a_call(world)
    leaving = asyncio.create_task(world.registry.leave(GUILD))
    await asyncio.sleep(0.01)
    joining = asyncio.create_task(world.join(GUILD, THERE))
    await asyncio.sleep(0.01)
    await world.registry.close()
    await leaving

    assert "restarted" in str(await outcome(joining))
    assert await is_gone(world, guild)


@in_virtual_time()
async def test_a_join_during_the_end_is_turned_away(world: World) -> None:
    guild = await a_call(world)
    turn = await begin_to_speak(world, frames=300)
    stopping = asyncio.create_task(world.registry.close())
    await asyncio.sleep(0.1)
    joining = asyncio.create_task(world.join(GUILD, HERE))
    began = world.loop.time()
    await stopping

    assert "restarted" in str(await outcome(joining))
    assert (await turn.wait_until_ended()).reason == DropReason.SHUTDOWN
    assert world.loop.time() - began <= 6
    assert await is_gone(world, guild)
    assert world.calls.wanted[GUILD].channel_id == HERE

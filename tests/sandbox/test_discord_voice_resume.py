"""Sessions of the voice gateway: numbered, resumed, replaced, ended."""

import pytest

from tests.sandbox._voice_client import ProtocolClient
from tests.sandbox._voice_server import (
    BOT,
    CHANNEL,
    GUILD,
    LISTENER,
    new_listener,
    new_seat,
    voice_server,
)


async def test_numbers_count_text_and_binary_messages_together() -> None:
    async with voice_server() as server, ProtocolClient(server, new_seat()) as client:
        server.admit(client.seat)
        server.seat(new_listener())
        await client.join()
        await client.message(22)
    numbers = [each["seq"] for each in client.messages if "seq" in each]
    numbers += [sequence for sequence, _, _ in client.binary]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


async def test_a_resumed_session_gets_what_it_missed_and_nothing_else() -> None:
    async with voice_server() as server:
        first = ProtocolClient(server, new_seat())
        server.admit(first.seat)
        async with first:
            await first.join()
            await first.settle()
            seen = first.last_seq
            server.hang_up(None, guild_id=GUILD)
            assert await first.closed() == 1006
            server.seat(new_listener())
            async with ProtocolClient(server, first.seat) as second:
                second.session, second.version = first.session, first.version
                await second.resume(seen)
                await second.message(9)
                await second.message(22)
                assert [each["d"] for each in second.messages if each["op"] == 11] == [
                    {"user_ids": [str(LISTENER)]}
                ]
                assert min(sequence for sequence, _, _ in second.binary) > seen
                assert second.is_encrypted


async def test_an_acknowledged_message_is_not_sent_again() -> None:
    async with voice_server() as server:
        first = ProtocolClient(server, new_seat())
        server.admit(first.seat)
        async with first:
            server.seat(new_listener())
            await first.join()
            await first.message(22)
            await first.send(3, {"t": 1, "seq_ack": first.last_seq})
            await first.message(6)
            server.hang_up(None)
            await first.closed()
            async with ProtocolClient(server, first.seat) as second:
                await second.resume(-1)
                await second.message(9)
                await second.settle()
                assert [each["op"] for each in second.messages] == [8, 9, 6]
                assert second.binary == []


@pytest.mark.parametrize("code", [4006, 4009, 4014, 4022])
async def test_a_session_that_was_ended_cannot_be_resumed(code: int) -> None:
    async with voice_server() as server:
        first = ProtocolClient(server, new_seat())
        server.admit(first.seat)
        async with first:
            await first.join()
            server.hang_up(code)
            assert await first.closed() == code
        async with ProtocolClient(server, first.seat) as second:
            await second.resume(first.last_seq)
            assert await second.closed() == 4006


async def test_a_session_survives_a_crash_of_the_server() -> None:
    async with voice_server() as server:
        first = ProtocolClient(server, new_seat())
        server.admit(first.seat)
        async with first:
            await first.join()
            server.hang_up(4015)
            assert await first.closed() == 4015
        async with ProtocolClient(server, first.seat) as second:
            await second.resume(first.last_seq)
            await second.message(9)
            assert second.close_code is None


async def test_a_session_nobody_resumes_is_over() -> None:
    async with voice_server(resume_window_s=0.02) as server:
        listener = new_listener()
        server.seat(listener)
        async with ProtocolClient(server, new_seat()) as client:
            server.admit(client.seat)
            await client.join()
            await client.message(22)
            server.hang_up(None)
            await client.closed()
            await listener.wait_until(lambda: not server.session(GUILD, BOT), timeout_s=5)
        assert server.session(GUILD, BOT) is None


async def test_an_evicted_client_hears_the_code_and_may_not_come_back() -> None:
    async with voice_server() as server, ProtocolClient(server, new_seat()) as client:
        server.admit(client.seat)
        await client.join()
        await server.evict(GUILD, BOT)
        assert await client.closed() == 4014
        assert server.call(CHANNEL) is None
        async with ProtocolClient(server, client.seat) as again:
            await again.identify()
            assert await again.closed() == 4006


async def test_a_forgotten_client_keeps_its_websocket() -> None:
    async with voice_server() as server, ProtocolClient(server, new_seat()) as client:
        server.admit(client.seat)
        await client.join()
        await server.evict(GUILD, BOT, code=None)
        await client.send(5, {"speaking": 1, "delay": 0, "ssrc": client.ssrc})
        await client.settle()
        assert server.call(CHANNEL) is None
        assert not client.websocket.closed


async def test_who_is_let_in_again_before_the_old_session_is_evicted_may_come() -> None:
    async with voice_server() as server, ProtocolClient(server, new_seat()) as client:
        server.admit(client.seat)
        await client.join()
        again = new_seat()
        server.admit(again)
        await server.evict(GUILD, BOT)
        assert await client.closed() == 4014
        async with ProtocolClient(server, again) as returned:
            await returned.join()
            await server.evict(GUILD, BOT)
            assert await returned.closed() == 4014


async def test_who_returns_before_the_eviction_is_not_evicted() -> None:
    old, new = new_seat(), new_seat()
    async with voice_server() as server, ProtocolClient(server, new) as client:
        server.admit(old)
        server.admit(new)
        await client.join()
        await server.evict(GUILD, BOT)
        await client.settle()
        assert server.session(GUILD, BOT) is not None


async def test_an_invalid_session_stays_invalid() -> None:
    seat = new_seat()
    async with voice_server() as server, ProtocolClient(server, seat) as client:
        server.admit(seat)
        await client.join()
        server.hang_up(4006)
        await client.closed()
        async with ProtocolClient(server, seat) as again:
            await again.identify()
            assert await again.closed() == 4006


async def test_a_second_identify_takes_the_place_of_the_first() -> None:
    seat = new_seat()
    async with voice_server() as server, ProtocolClient(server, seat) as first:
        server.admit(seat)
        await first.join()
        async with ProtocolClient(server, seat) as second:
            await second.join()
            assert await first.closed() == 4006
            call = server.call(CHANNEL)
            assert call is not None
            assert call.members == {BOT}

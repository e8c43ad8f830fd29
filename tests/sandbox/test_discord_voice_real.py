"""The real, unpatched discord.py in a call of the sandbox, heard by its listeners."""

import asyncio
import ssl
from itertools import pairwise

import pytest

from bot.sandbox.discord.voice.heard import Heard
from bot.sandbox.discord.voice.listener import Listener
from bot.sandbox.discord.voice.options import VoiceOptions
from bot.sandbox.discord.voice.session import Seat
from tests.sandbox._voice_client import ProtocolClient
from tests.sandbox._voice_scene import Clip, scene
from tests.sandbox._voice_server import TIMEOUT_S
from tests.sandbox._voice_sound import likeness, opus_packets, syllables

MAX_GAP_MS = 60
NS_PER_MS = 1_000_000
FRAME_SAMPLES = 960
SAID = syllables()
PACKETS = opus_packets(SAID)


def delays_on_the_way_ms(clip: Clip, heard: Heard) -> list[float]:
    """Return how much further apart packets came than a busy machine had sent them."""
    spoken = [packet for packet in heard.packets if not packet.is_silence]
    sent = [after - before for before, after in pairwise(clip.read_at_ns)]
    came = [after.arrived_ns - before.arrived_ns for before, after in pairwise(spoken)]
    return [(late - early) / NS_PER_MS for early, late in zip(sent, came, strict=False)]


async def test_a_listener_hears_what_the_bot_plays(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(monkeypatch) as stage:
        listener = await stage.listener("Ann")
        voice = await stage.connect()
        await stage.group_of(2)
        await stage.play(voice, Clip(PACKETS))
        heard = await stage.heard_by(listener)
        assert voice.mode == "aead_xchacha20_poly1305_rtpsize"
        assert voice.voice_privacy_code is not None
    assert likeness(heard.speech, SAID) > 0.95
    assert heard.counts.decrypted == len(PACKETS)
    assert heard.counts.plain == heard.counts.undecryptable == heard.counts.lost == 0


async def test_two_listeners_hear_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(monkeypatch) as stage:
        listeners = [await stage.listener("Ann"), await stage.listener("Ben")]
        voice = await stage.connect()
        await stage.group_of(3)
        await stage.play(voice, Clip(PACKETS))
        heard = [await stage.heard_by(listener) for listener in listeners]
    assert min(likeness(each.speech, SAID) for each in heard) > 0.95


async def test_nobody_notices_that_somebody_else_comes_and_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with scene(monkeypatch) as stage:
        listener = await stage.listener("Ann")
        voice = await stage.connect()
        await stage.group_of(2)
        guest = stage.guild.add_member("Ben")
        ears: list[Listener] = []
        loop = asyncio.get_running_loop()
        tasks: list[asyncio.Task[None]] = []

        async def come() -> None:
            ears.append(await guest.join_voice(stage.channel))

        events = {
            8: lambda: tasks.append(loop.create_task(come())),
            26: lambda: tasks.append(loop.create_task(guest.leave_voice())),
        }
        clip = Clip(PACKETS, events)
        await stage.play(voice, clip)
        heard = await stage.heard_by(listener)
        await asyncio.gather(*tasks)
    assert likeness(heard.speech, SAID) > 0.95
    assert heard.counts.undecryptable == heard.counts.plain == 0
    assert heard.counts.decrypted == len(PACKETS)
    assert max(delays_on_the_way_ms(clip, heard)) < MAX_GAP_MS
    assert ears[0].heard(stage.bot_id).counts.decrypted > 10


async def test_audio_turns_from_plain_to_encrypted_when_somebody_joins_the_lonely_bot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with scene(monkeypatch) as stage:
        voice = await stage.connect()
        person = stage.guild.add_member("Ann")
        loop = asyncio.get_running_loop()
        tasks: list[asyncio.Task[Listener]] = []
        join = {5: lambda: tasks.append(loop.create_task(person.join_voice(stage.channel)))}
        await stage.play(voice, Clip(PACKETS, join))
        listener = await tasks[0]
        heard = await stage.heard_by(listener)
    missed = len(PACKETS) - heard.counts.decrypted
    assert missed < 20
    assert likeness(heard.speech, SAID[missed * FRAME_SAMPLES :]) > 0.95


async def test_a_bot_that_lost_its_listener_speaks_encrypted_to_the_next_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with scene(monkeypatch) as stage:
        first = stage.guild.add_member("Ann")
        await first.join_voice(stage.channel)
        voice = await stage.connect()
        await stage.group_of(2)
        await first.leave_voice()
        second = await stage.listener("Ben")
        await second.wait_until_encrypted(timeout_s=TIMEOUT_S)
        await stage.group_of(2)
        await stage.play(voice, Clip(PACKETS))
        heard = await stage.heard_by(second)
    assert likeness(heard.speech, SAID) > 0.95


async def test_the_bot_hears_a_member(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(monkeypatch) as stage:
        listener = await stage.listener("Ann")
        voice = await stage.connect()
        await stage.group_of(2)
        session = stage.sandbox.voice.session(stage.guild.id, stage.bot_id)
        assert session is not None
        received: list[bytes] = []
        arrived = asyncio.Event()
        loop = asyncio.get_running_loop()

        def receive(datagram: bytes) -> None:
            received.append(datagram)
            loop.call_soon_threadsafe(arrived.set)

        voice._connection.add_socket_listener(receive)
        await listener.say(PACKETS[:5])
        async with asyncio.timeout(TIMEOUT_S):
            await arrived.wait()
    assert int.from_bytes(received[0][8:12], "big") == listener.ssrc


async def test_speech_goes_on_when_the_voice_server_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with scene(monkeypatch) as stage:
        listener = await stage.listener("Ann")
        voice = await stage.connect()
        await stage.group_of(2)
        move = {10: lambda: stage.sandbox.calls.migrate(stage.guild.bot)}
        await stage.play(voice, Clip(PACKETS, move))
        heard = await stage.heard_by(listener)
    assert len({packet.ssrc for packet in heard.packets}) == 2
    assert heard.counts.decrypted > len(PACKETS) - 15


async def test_a_client_without_encryption_may_come_and_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # As a real client does, Ann still takes a plain packet that was on its way at an upgrade.
    options = VoiceOptions(is_dave_required=False, plain_grace_s=10)
    async with scene(monkeypatch, options) as stage:
        listener = await stage.listener("Ann")
        voice = await stage.connect()
        await stage.group_of(2)
        server = stage.sandbox.voice
        seat = Seat(stage.guild.id, stage.channel.id, 7, "session", "token")
        trust = ssl.create_default_context(cafile=stage.sandbox.ca_file)
        server.admit(seat)
        loop = asyncio.get_running_loop()
        tasks: list[asyncio.Task[object]] = []
        async with ProtocolClient(server, seat, dave_version=0, tls=trust) as plain:
            events = {
                8: lambda: tasks.append(loop.create_task(plain.join())),
                24: lambda: tasks.append(loop.create_task(server.evict(seat.guild_id, 7))),
            }
            await stage.play(voice, Clip(PACKETS, events))
            heard = await stage.heard_by(listener)
            await asyncio.gather(*tasks)
    assert heard.counts.plain == heard.counts.undecryptable == 0
    assert 10 < heard.counts.decrypted < len(PACKETS) - 5
    assert likeness(heard.speech, SAID) > 0.95


async def test_a_bot_that_is_moved_goes_on_speaking_in_the_other_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with scene(monkeypatch) as stage:
        await stage.listener("Ann")
        voice = await stage.connect()
        await stage.group_of(2)
        elsewhere = stage.guild.add_voice_channel("Elsewhere")
        listener = await stage.guild.add_member("Ben").join_voice(elsewhere)
        move = {10: lambda: stage.sandbox.calls.move(stage.guild.bot, elsewhere)}
        await stage.play(voice, Clip(PACKETS, move))
        heard = await stage.heard_by(listener)
        assert voice.channel.id == elsewhere.id
    assert heard.counts.decrypted > len(PACKETS) // 4


async def test_a_cut_websocket_is_hardly_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    # discord.py 2.7.1 reads the new socket late if the old one got nothing (voice_state.py:156).
    async with scene(monkeypatch, VoiceOptions(rtcp_interval_s=0.05)) as stage:
        listener = await stage.listener("Ann")
        voice = await stage.connect()
        await stage.group_of(2)
        cut = {5: lambda: stage.sandbox.voice.hang_up(None)}
        await stage.play(voice, Clip(PACKETS * 2, cut))
        heard = await stage.heard_by(listener)
    assert heard.counts.decrypted > 2 * len(PACKETS) - 10


async def test_a_bot_may_leave_and_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(monkeypatch) as stage:
        listener = await stage.listener("Ann")
        voice = await stage.connect()
        await stage.group_of(2)
        await voice.disconnect()
        voice = await stage.connect()
        await stage.group_of(2)
        await stage.play(voice, Clip(PACKETS))
        heard = await stage.heard_by(listener)
    assert likeness(heard.speech, SAID) > 0.95

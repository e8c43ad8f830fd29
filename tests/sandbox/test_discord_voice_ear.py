"""What one ear makes of packets that arrive at given times; and the ciphers on their way."""

import pytest

from bot.sandbox.discord.voice.ear import Ear
from bot.sandbox.discord.voice.heard import Problem
from bot.sandbox.discord.voice.opus import load_opus
from bot.sandbox.discord.voice.participant import Frame
from bot.sandbox.discord.voice.transport import BadPacketError, Mode, RtpHeader, cipher_for
from tests.sandbox._voice_server import BOT
from tests.sandbox._voice_sound import opus_packets, syllables

NS_PER_MS = 1_000_000
PACKETS = opus_packets(syllables((440,)))


def ear_after(*packets: tuple[int, int]) -> Ear:
    """Return an ear that got the packets (sequence, arrival in ms) of a known speech."""
    load_opus()
    ear = Ear()
    for sequence, arrived_ms in packets:
        header = RtpHeader(sequence % 65_536, 0, 1)
        frame = Frame(BOT, header, PACKETS[sequence % len(PACKETS)], arrived_ms * NS_PER_MS)
        ear.receive(frame, frame.payload)
    return ear


def test_the_first_packet_is_played_when_the_jitter_buffer_is_over() -> None:
    assert ear_after((1, 1_000)).heard.started_ns == 1_060 * NS_PER_MS


def test_packets_in_time_are_played_without_a_hole() -> None:
    heard = ear_after((1, 1_000), (2, 1_020), (3, 1_075), (4, 1_080)).heard
    assert heard.holes_ms() == []
    assert len(heard.pcm) == 4 * 1_920


def test_a_packet_after_its_time_leaves_a_hole_as_long_as_the_pause() -> None:
    heard = ear_after((1, 1_000), (2, 1_020), (3, 1_220), (4, 1_240)).heard
    assert heard.holes_ms() == [180]
    assert heard.gaps_ms() == [20, 200, 20]
    assert len(heard.pcm) == (4 * 20 + 180) * 96


def test_a_late_burst_is_played_in_a_row() -> None:
    heard = ear_after((1, 1_000), (2, 1_300), (3, 1_300), (4, 1_301)).heard
    assert heard.holes_ms() == [280]


def test_a_packet_after_its_turn_is_late() -> None:
    heard = ear_after((1, 1_000), (3, 1_040), (4, 1_090), (2, 1_100)).heard
    assert (heard.counts.lost, heard.counts.late) == (1, 1)
    assert heard.packets[-1].problem is Problem.LATE


def test_sequence_numbers_may_start_again() -> None:
    heard = ear_after((65_534, 1_000), (65_535, 1_020), (65_536, 1_040), (65_537, 1_060)).heard
    assert (heard.counts.lost, heard.counts.late, len(heard.sounds)) == (0, 0, 4)


def test_a_jump_of_more_than_a_second_is_a_new_beginning_and_not_loss() -> None:
    heard = ear_after((1, 1_000), (900, 1_020)).heard
    assert (heard.counts.lost, len(heard.sounds)) == (0, 2)


def test_segments_are_the_audible_stretches() -> None:
    heard = ear_after((1, 1_000), (2, 1_020), (3, 2_000), (4, 2_020)).heard
    stretches = [(segment.start_ms, segment.end_ms) for segment in heard.segments]
    assert stretches == [(0, 40), (1_000, 1_040)]


@pytest.mark.parametrize("mode", list(Mode))
def test_a_cipher_opens_only_what_was_sealed_with_its_key(mode: Mode) -> None:
    header = RtpHeader(7, 8, 9).encode()
    packet = cipher_for(mode, bytes(32)).seal(header, b"voice", 1)
    assert cipher_for(mode, bytes(32)).open_rtp(packet) == b"voice"
    with pytest.raises(BadPacketError):
        cipher_for(mode, b"\x01" * 32).open_rtp(packet)

"""RTP packets, sealed as the voice server opens them."""

import struct

import pytest

from bot.sandbox.discord.voice.transport import Mode, cipher_for
from bot.voice.transport import MODES, NoCommonModeError, RtpPacketizer, choose_mode

SSRC = 0xFEDCBA98
KEY = bytes(range(32))
OPUS = b"\xfcspeech"

both_modes = pytest.mark.parametrize("mode", MODES)


def parsed(packet: bytes) -> tuple[int, int, int, int, int]:
    """Return sequence, timestamp, ssrc, the first two bytes, and the nonce's counter."""
    first, sequence, timestamp, ssrc = struct.unpack_from(">HHII", packet)
    (counter,) = struct.unpack(">I", packet[-4:])
    return sequence, timestamp, ssrc, first, counter


@both_modes
def test_the_server_can_open_what_was_sealed(mode: str) -> None:
    packetizer, server = RtpPacketizer(SSRC, mode, KEY), cipher_for(Mode(mode), KEY)

    payloads = [OPUS, b"\xf8\xff\xfe", b"x" * 1_275]

    assert [server.open_rtp(packetizer.seal(payload)) for payload in payloads] == payloads


@both_modes
def test_packets_are_numbered_like_those_of_discord_py(mode: str) -> None:
    packetizer = RtpPacketizer(SSRC, mode, KEY)

    headers = [parsed(packetizer.seal(OPUS)) for _ in range(3)]

    assert headers == [
        (1, 960, SSRC, 0x8078, 0),
        (2, 1_920, SSRC, 0x8078, 1),
        (3, 2_880, SSRC, 0x8078, 2),
    ]


@both_modes
def test_every_number_begins_again_after_its_last(mode: str) -> None:
    packetizer = RtpPacketizer(
        SSRC, mode, KEY, sequence=0xFFFE, timestamp=0xFFFFFFFF - 960, counter=0xFFFFFFFF
    )
    server = cipher_for(Mode(mode), KEY)

    packets = [packetizer.seal(OPUS) for _ in range(3)]

    assert [parsed(packet)[:2] for packet in packets] == [
        (0xFFFF, 0xFFFFFFFF),
        (0, 959),
        (1, 1_919),
    ]
    assert [parsed(packet)[4] for packet in packets] == [0xFFFFFFFF, 0, 1]
    assert {server.open_rtp(packet) for packet in packets} == {OPUS}


@both_modes
def test_the_header_is_authenticated(mode: str) -> None:
    packet = bytearray(RtpPacketizer(SSRC, mode, KEY).seal(OPUS))
    packet[3] ^= 1

    with pytest.raises(ValueError, match="not authentic"):
        cipher_for(Mode(mode), KEY).open_rtp(bytes(packet))


def test_aes_is_preferred() -> None:
    assert choose_mode(["x", MODES[1], MODES[0]]) == "aead_aes256_gcm_rtpsize"
    assert choose_mode([MODES[1], "x"]) == "aead_xchacha20_poly1305_rtpsize"


@pytest.mark.parametrize("offered", [[], ["xsalsa20_poly1305"]])
def test_no_common_mode_is_an_error(offered: list[str]) -> None:
    with pytest.raises(NoCommonModeError):
        choose_mode(offered)


def test_an_unknown_mode_and_a_short_key_are_refused() -> None:
    with pytest.raises(NoCommonModeError):
        RtpPacketizer(SSRC, "xsalsa20_poly1305", KEY)
    with pytest.raises(ValueError, match="32 bytes"):
        RtpPacketizer(SSRC, MODES[0], KEY[:16])

"""RTP and its transport encryption: what stands between an Opus packet and the voice server."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt

from bot.errors import BotError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

RTP_TICKS_PER_FRAME: Final = 960
"""RTP clock of Opus: 48 kHz, whatever rate was encoded (RFC 7587)."""

AES256_GCM: Final = "aead_aes256_gcm_rtpsize"
XCHACHA20_POLY1305: Final = "aead_xchacha20_poly1305_rtpsize"
MODES: Final = (AES256_GCM, XCHACHA20_POLY1305)
"""By preference: AES has an instruction of its own, and Discord must offer XChaCha20."""

KEY_BYTES: Final = 32

_HEADER: Final = struct.Struct(">BBHII")
_VERSION_2: Final = 0x80
_OPUS: Final = 0x78  # the payload type every Discord client sends
_COUNTER: Final = struct.Struct(">I")
_AES_NONCE_PADDING: Final = bytes(12 - _COUNTER.size)
_XCHACHA_NONCE_PADDING: Final = bytes(24 - _COUNTER.size)
_U16: Final = 0xFFFF
_U32: Final = 0xFFFFFFFF


class NoCommonModeError(BotError):
    """The voice server offers no transport encryption this bot speaks."""


def choose_mode(offered: Collection[str]) -> str:
    """Return the best of the offered transport encryption modes; raise NoCommonModeError."""
    for mode in MODES:
        if mode in offered:
            return mode
    raise NoCommonModeError("no transport encryption in common")


class RtpPacketizer:
    """Wraps Opus packets for one session; not to be shared between threads.

    Args:
        ssrc: The source number the server has given us.
        mode: One of `MODES`.
        key: The 32 bytes of the session description.
        sequence: The number before the first packet's.
        timestamp: The RTP time before the first packet's, in samples of 48 kHz.
        counter: What the first packet's nonce is made of.

    Raises:
        NoCommonModeError: The mode is unknown.
        ValueError: The key has another length.
    """

    __slots__ = ("_counter", "_encrypt", "_padding", "_sequence", "_ssrc", "_timestamp")

    def __init__(
        self,
        ssrc: int,
        mode: str,
        key: bytes,
        *,
        sequence: int = 0,
        timestamp: int = 0,
        counter: int = 0,
    ) -> None:
        self._encrypt, self._padding = _cipher(mode, key)
        self._ssrc = ssrc
        self._sequence = sequence
        self._timestamp = timestamp
        self._counter = counter

    def seal(self, payload: bytes) -> bytes:
        """Return the datagram for the next 20 ms: header, encrypted payload with tag, counter."""
        self._sequence = sequence = (self._sequence + 1) & _U16
        self._timestamp = timestamp = (self._timestamp + RTP_TICKS_PER_FRAME) & _U32
        header = _HEADER.pack(_VERSION_2, _OPUS, sequence, timestamp, self._ssrc)
        counter = _COUNTER.pack(self._counter)
        self._counter = (self._counter + 1) & _U32  # a key would have to last 2.7 years to wrap
        return header + self._encrypt(counter + self._padding, payload, header) + counter


def _cipher(mode: str, key: bytes) -> tuple[Callable[[bytes, bytes, bytes], bytes], bytes]:
    """Return a function of nonce, payload and header, and what fills its nonce up."""
    if len(key) != KEY_BYTES:
        raise ValueError("a transport key has 32 bytes")
    if mode == AES256_GCM:
        return AESGCM(key).encrypt, _AES_NONCE_PADDING
    if mode == XCHACHA20_POLY1305:
        return _xchacha(key), _XCHACHA_NONCE_PADDING
    raise NoCommonModeError("an unknown transport encryption")


def _xchacha(key: bytes) -> Callable[[bytes, bytes, bytes], bytes]:
    def encrypt(nonce: bytes, payload: bytes, header: bytes) -> bytes:
        return crypto_aead_xchacha20poly1305_ietf_encrypt(payload, header, nonce, key)

    return encrypt

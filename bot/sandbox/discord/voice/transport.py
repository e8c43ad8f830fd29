"""Transport encryption between one client and the server: RTP, the two current AEAD modes."""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)
from nacl.exceptions import CryptoError

KEY_BYTES = 32
NONCE_SUFFIX_BYTES = 4
TAG_BYTES = 16
RTP_HEADER_BYTES = 12
RTCP_HEADER_BYTES = 8
VOICE_PAYLOAD_TYPE = 0x78  # Opus, as every Discord client sends it
RECEIVER_REPORT = 201  # RFC 3550, section 6.4.2
_RTCP_TYPES = range(200, 205)  # RFC 3550, section 12.1
_VERSION_2 = 0x80
_EXTENSION_FLAG = 0x10
_CSRC_COUNT = 0x0F
_WORD_BYTES = 4


class Mode(StrEnum):
    """The transport encryption modes Discord still offers."""

    AES256_GCM = "aead_aes256_gcm_rtpsize"
    XCHACHA20_POLY1305 = "aead_xchacha20_poly1305_rtpsize"


class BadPacketError(ValueError):
    """A datagram that is not authentic RTP."""


@dataclass(frozen=True, slots=True)
class RtpHeader:
    """The fixed part of an RTP header."""

    sequence: int
    timestamp: int
    ssrc: int

    def encode(self) -> bytes:
        """Encode a header without extension, the way Discord clients send it."""
        return struct.pack(
            ">BBHII", _VERSION_2, VOICE_PAYLOAD_TYPE, self.sequence, self.timestamp, self.ssrc
        )

    @classmethod
    def parse(cls, packet: bytes) -> RtpHeader:
        """Read the header at the start of `packet`."""
        if len(packet) < RTP_HEADER_BYTES or packet[0] & 0xC0 != _VERSION_2:
            raise BadPacketError("not RTP version 2")
        sequence, timestamp, ssrc = struct.unpack_from(">HII", packet, 2)
        return cls(sequence, timestamp, ssrc)


def is_rtcp(packet: bytes) -> bool:
    """Whether a datagram is RTCP rather than RTP."""
    return len(packet) >= RTCP_HEADER_BYTES and packet[1] in _RTCP_TYPES


class Cipher(ABC):
    """One direction-independent key; every packet names its nonce in its last four bytes."""

    @abstractmethod
    def seal(self, header: bytes, payload: bytes, nonce: int) -> bytes:
        """Encrypt `payload`, authenticate `header`, and append the nonce."""

    @abstractmethod
    def unseal(self, header: bytes, sealed: bytes, suffix: bytes) -> bytes:
        """Decrypt what stands between header and nonce; raise BadPacketError."""

    def open_rtp(self, packet: bytes) -> bytes:
        """Return the payload of an RTP packet.

        Of a header extension, the first four bytes are authenticated in the clear ("rtpsize"); its
        values are encrypted, at the start of the payload.
        """
        size = RTP_HEADER_BYTES + _WORD_BYTES * (packet[0] & _CSRC_COUNT)
        extension_bytes = 0
        if packet[0] & _EXTENSION_FLAG:
            size += _WORD_BYTES
            extension_bytes = _WORD_BYTES * int.from_bytes(packet[size - 2 : size], "big")
        if len(packet) < size + extension_bytes + TAG_BYTES + NONCE_SUFFIX_BYTES:
            raise BadPacketError("too short")
        sealed, suffix = packet[size:-NONCE_SUFFIX_BYTES], packet[-NONCE_SUFFIX_BYTES:]
        return self.unseal(packet[:size], sealed, suffix)[extension_bytes:]


class AesGcmCipher(Cipher):
    """`aead_aes256_gcm_rtpsize`."""

    _PADDING = bytes(8)

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)

    def seal(self, header: bytes, payload: bytes, nonce: int) -> bytes:
        """Encrypt `payload`, authenticate `header`, and append the nonce."""
        suffix = nonce.to_bytes(NONCE_SUFFIX_BYTES, "big")
        return header + self._aead.encrypt(suffix + self._PADDING, payload, header) + suffix

    def unseal(self, header: bytes, sealed: bytes, suffix: bytes) -> bytes:
        """Decrypt what stands between header and nonce; raise BadPacketError."""
        try:
            return self._aead.decrypt(suffix + self._PADDING, sealed, header)
        except InvalidTag:
            raise BadPacketError("not authentic") from None


class XChaChaCipher(Cipher):
    """`aead_xchacha20_poly1305_rtpsize`."""

    _PADDING = bytes(20)

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal(self, header: bytes, payload: bytes, nonce: int) -> bytes:
        """Encrypt `payload`, authenticate `header`, and append the nonce."""
        suffix = nonce.to_bytes(NONCE_SUFFIX_BYTES, "big")
        sealed = crypto_aead_xchacha20poly1305_ietf_encrypt(
            payload, header, suffix + self._PADDING, self._key
        )
        return header + sealed + suffix

    def unseal(self, header: bytes, sealed: bytes, suffix: bytes) -> bytes:
        """Decrypt what stands between header and nonce; raise BadPacketError."""
        nonce = suffix + self._PADDING
        try:
            return crypto_aead_xchacha20poly1305_ietf_decrypt(sealed, header, nonce, self._key)
        except CryptoError:
            raise BadPacketError("not authentic") from None


_CIPHERS: dict[Mode, type[AesGcmCipher | XChaChaCipher]] = {
    Mode.AES256_GCM: AesGcmCipher,
    Mode.XCHACHA20_POLY1305: XChaChaCipher,
}


def cipher_for(mode: Mode, key: bytes) -> Cipher:
    """Return the cipher of a mode."""
    return _CIPHERS[mode](key)


def receiver_report(reporter: int, about: RtpHeader) -> tuple[bytes, bytes]:
    """Return header and body of an RTCP report that says: everything of that sender arrived."""
    words = 7  # reporter and one report block of six words, RFC 3550, section 6.4.2
    header = struct.pack(">BBHI", _VERSION_2 | 1, RECEIVER_REPORT, words, reporter)
    return header, struct.pack(">IIIIII", about.ssrc, 0, about.sequence, 0, 0, 0)

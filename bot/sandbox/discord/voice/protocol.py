"""The words of voice gateway version 8: opcodes and close codes."""

from __future__ import annotations

from enum import IntEnum

GATEWAY_VERSION = 8
DAVE_VERSION = 1
NO_SEQUENCE = -1  # what a client acknowledges before it has seen a numbered message
SEQUENCE_MODULUS = 1 << 16


class Op(IntEnum):
    """Discord documentation, "Voice Opcodes"; 18 and 20 are sent but not documented."""

    IDENTIFY = 0
    SELECT_PROTOCOL = 1
    READY = 2
    HEARTBEAT = 3
    SESSION_DESCRIPTION = 4
    SPEAKING = 5
    HEARTBEAT_ACK = 6
    RESUME = 7
    HELLO = 8
    RESUMED = 9
    CLIENTS_CONNECT = 11
    VIDEO = 12
    CLIENT_DISCONNECT = 13
    CLIENT_FLAGS = 18
    CLIENT_PLATFORM = 20
    PREPARE_TRANSITION = 21
    EXECUTE_TRANSITION = 22
    TRANSITION_READY = 23
    PREPARE_EPOCH = 24
    EXTERNAL_SENDER = 25
    KEY_PACKAGE = 26
    PROPOSALS = 27
    COMMIT_WELCOME = 28
    ANNOUNCE_COMMIT = 29
    WELCOME = 30
    INVALID_COMMIT_WELCOME = 31


UNNUMBERED = frozenset({Op.HELLO, Op.READY, Op.HEARTBEAT_ACK, Op.RESUMED, Op.SESSION_DESCRIPTION})
"""Messages that belong to one connection: they have no `seq` and are not replayed."""


class CloseCode(IntEnum):
    """Discord documentation, "Voice Close Event Codes"."""

    UNKNOWN_OPCODE = 4001
    DECODE_ERROR = 4002
    NOT_AUTHENTICATED = 4003
    AUTHENTICATION_FAILED = 4004
    ALREADY_AUTHENTICATED = 4005
    SESSION_INVALID = 4006
    SESSION_TIMEOUT = 4009
    SERVER_NOT_FOUND = 4011
    UNKNOWN_PROTOCOL = 4012
    DISCONNECTED = 4014
    SERVER_CRASHED = 4015
    UNKNOWN_ENCRYPTION_MODE = 4016
    DAVE_REQUIRED = 4017
    BAD_REQUEST = 4020
    RATE_LIMITED = 4021
    CALL_TERMINATED = 4022


ENDING_CLOSE_CODES = frozenset(
    {
        1000,
        1001,
        CloseCode.SESSION_INVALID,
        CloseCode.SESSION_TIMEOUT,
        CloseCode.DISCONNECTED,
        CloseCode.RATE_LIMITED,
        CloseCode.CALL_TERMINATED,
    }
)
"""After these, said by either side, the session is over; after any other it may be resumed."""


class RefusedError(Exception):
    """The server ends a connection with this close code."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason

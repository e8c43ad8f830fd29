"""What a client says to a voice server (Discord documentation, "Voice Connections")."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from time import time

from bot.voice.dave import json_message, max_version


class Op(IntEnum):
    """Discord documentation, "Voice Opcodes"; those of the encrypted group are `DaveOp`."""

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


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the main gateway said about one call: enough to open one connection to it."""

    guild_id: int
    channel_id: int
    user_id: int
    session_id: str
    token: str = field(repr=False)
    endpoint: str


def identify(ticket: Ticket) -> str:
    """Ask for a new session."""
    return json_message(
        Op.IDENTIFY,
        {
            "server_id": str(ticket.guild_id),
            "user_id": str(ticket.user_id),
            "session_id": ticket.session_id,
            "token": ticket.token,
            "max_dave_protocol_version": max_version(),
        },
    )


def resume(ticket: Ticket, sequence: int) -> str:
    """Ask to go on with the session; `sequence` is the number of the last message received."""
    return json_message(
        Op.RESUME,
        {
            "server_id": str(ticket.guild_id),
            "session_id": ticket.session_id,
            "token": ticket.token,
            "seq_ack": sequence,
        },
    )


def select_protocol(address: str, port: int, mode: str) -> str:
    """Name the way back over UDP, and the transport encryption."""
    choice = {"address": address, "port": port, "mode": mode}
    return json_message(Op.SELECT_PROTOCOL, {"protocol": "udp", "data": choice})


def speaking(ssrc: int, *, is_speaking: bool) -> str:
    """Light or darken the ring around the bot."""
    return json_message(Op.SPEAKING, {"speaking": int(is_speaking), "delay": 0, "ssrc": ssrc})


def heartbeat(sequence: int) -> str:
    """Give a sign of life."""
    return json_message(Op.HEARTBEAT, {"t": int(time() * 1000), "seq_ack": sequence})

"""The call's end-to-end encryption: what the bot answers to the server, and how it encrypts.

Nothing here waits or sends: what is to be sent is returned as websocket messages, JSON as `str`,
binary ones as `bytes`.
"""

from __future__ import annotations

import contextlib
import json
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from bot.errors import BotError

with contextlib.suppress(ImportError):  # the start of the bot tells operators what is missing
    import davey

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TRANSITION_BYTES: Final = 2
_AT_ONCE: Final = 0  # the transition nobody has to be ready for
_NEW_GROUP: Final = 1  # an epoch
_APPEND: Final = 0  # proposals; any other number revokes

Message = str | bytes


class DaveOp(IntEnum):
    """Discord documentation, "Voice Opcodes": those about end-to-end encryption."""

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


class MalformedFrameError(BotError):
    """The voice server sent something that cannot be followed."""


def max_version() -> int:
    """Return the newest version of the protocol that davey speaks."""
    return davey.DAVE_PROTOCOL_VERSION


class DaveGroup:
    """The bot's place in the group of one call.

    `encrypt` belongs to the pacer's thread, everything else to the loop's. A message the group
    cannot follow makes the bot leave it and ask to be added anew, with op 31 and a fresh key
    package; where even that is impossible, `MalformedFrameError` is raised.
    """

    def __init__(self, user_id: int, channel_id: int) -> None:
        self._user_id = user_id
        self._channel_id = channel_id
        self._version = max_version()  # nothing leaves in the clear before the server says so
        self._session: davey.DaveSession | None = None
        self._group_version = 0
        self._sender: bytes | None = None
        self._announced: dict[int, int] = {}
        """The protocol version after each transition that is under way."""
        self._commits: set[int] = set()
        """Which of them belong to the present group."""
        self._is_founded = False
        self._last_transition = _AT_ONCE

    @property
    def version(self) -> int:
        """The protocol version of the call; 0 is no end-to-end encryption."""
        return self._version

    @property
    def is_settled(self) -> bool:
        """Whether everyone in the call can hear what is sent now.

        A new group counts only when its first transition is executed: davey encrypts for it as soon
        as it has processed the commit, while others may still wait for their welcome. Later
        transitions do not count: members keep the old keys for 10 s.
        """
        if not self._version:
            return True
        return self._session is not None and self._is_founded and self._session.ready

    def encrypt(self, opus: bytes) -> bytes | None:
        """Encrypt 20 ms of Opus; None while there are no keys: speech never leaves in the clear."""
        if not self._version:
            return opus
        session = self._session
        if session is None:
            return None
        try:
            return session.encrypt_opus(opus)
        except (ValueError, RuntimeError):
            # No keys, or the loop is just changing them.
            return None

    def begin(self, version: int) -> list[Message]:
        """Start at the protocol version of the session description."""
        self._version = version
        return self._start_over(version) if version else []

    def receive(self, op: int, payload: Mapping[str, object]) -> list[Message]:
        """Take a JSON message; those that are not about encryption are ignored."""
        if op == DaveOp.PREPARE_TRANSITION:
            transition_id = _number(payload, "transition_id")
            return self._prepare(transition_id, _number(payload, "protocol_version"))
        if op == DaveOp.EXECUTE_TRANSITION:
            return self._execute(_number(payload, "transition_id"))
        if op == DaveOp.PREPARE_EPOCH and _number(payload, "epoch") == _NEW_GROUP:
            return self._prepare_group(_number(payload, "protocol_version"))
        return []

    def receive_binary(self, op: int, payload: bytes) -> list[Message]:
        """Take a binary message, without its number and op; unknown ones are ignored."""
        if op == DaveOp.EXTERNAL_SENDER:
            return self._take_sender(payload)
        if self._session is None:
            return []
        if op == DaveOp.PROPOSALS:
            return self._commit(self._session, payload)
        if op == DaveOp.ANNOUNCE_COMMIT:
            return self._follow(self._session.process_commit, payload)
        if op == DaveOp.WELCOME:
            return self._follow(self._session.process_welcome, payload)
        return []

    # Versions and transitions

    def _prepare(self, transition_id: int, version: int) -> list[Message]:
        self._announced[transition_id] = version
        if transition_id == _AT_ONCE:
            return self._execute(transition_id)
        return [_ready(transition_id)]

    def _execute(self, transition_id: int) -> list[Message]:
        version = self._announced.pop(transition_id, None)
        if version is None:
            return []  # one of a group that was given up since
        self._version = version
        self._last_transition = transition_id
        if transition_id in self._commits:
            self._commits.discard(transition_id)
            self._is_founded = True
        if not version:
            self._leave_group()
        elif self._session is None:
            return self._start_over(version)
        return []

    def _prepare_group(self, version: int) -> list[Message]:
        """Make a new group; a call without encryption has it only from its transition on."""
        if version:
            return self._start_over(version)
        self._version = 0
        self._leave_group()
        return []

    # The group

    def _leave_group(self) -> None:
        self._session = None
        self._is_founded = False
        for transition_id in self._commits:
            self._announced.pop(transition_id, None)
        self._commits.clear()

    def _start_over(self, version: int) -> list[Message]:
        """Return the key package with which others can add us."""
        self._leave_group()
        try:
            session = davey.DaveSession(version, self._user_id, self._channel_id)
            if self._sender is not None:
                session.set_external_sender(self._sender)
            key_package = session.get_serialized_key_package()
        except (ValueError, OverflowError) as error:
            raise MalformedFrameError(f"no group can be made: {error}") from None
        self._session, self._group_version = session, version
        return [bytes([DaveOp.KEY_PACKAGE]) + key_package]

    def _recover(self, transition_id: int) -> list[Message]:
        payload = {"transition_id": transition_id}
        complaint = json_message(DaveOp.INVALID_COMMIT_WELCOME, payload)
        return [complaint, *self._start_over(self._group_version)]

    def _take_sender(self, payload: bytes) -> list[Message]:
        session, is_known = self._session, payload == self._sender
        self._sender = payload
        if session is None or (is_known and session.ready):
            return []
        try:
            session.set_external_sender(payload)
        except ValueError:
            return self._recover(self._last_transition)
        return []

    def _commit(self, session: davey.DaveSession, payload: bytes) -> list[Message]:
        kinds = davey.ProposalsOperationType
        kind = kinds.append if payload[:1] == bytes([_APPEND]) else kinds.revoke
        try:
            made = session.process_proposals(kind, payload[1:])
        except ValueError:
            return self._recover(self._last_transition)
        if made is None:
            return []
        return [bytes([DaveOp.COMMIT_WELCOME]) + made.commit + (made.welcome or b"")]

    def _follow(self, process: Callable[[bytes], None], payload: bytes) -> list[Message]:
        if len(payload) < _TRANSITION_BYTES:
            raise MalformedFrameError("a commit or welcome without a transition")
        transition_id = int.from_bytes(payload[:_TRANSITION_BYTES], "big")
        try:
            process(payload[_TRANSITION_BYTES:])
        except ValueError:
            return self._recover(transition_id)
        if transition_id == _AT_ONCE:
            self._is_founded = True
            return []
        self._announced[transition_id] = self._group_version
        self._commits.add(transition_id)
        return [_ready(transition_id)]


def json_message(op: int, payload: Mapping[str, object]) -> str:
    """Return a JSON message of the voice gateway."""
    return json.dumps({"op": int(op), "d": payload})


def _ready(transition_id: int) -> str:
    return json_message(DaveOp.TRANSITION_READY, {"transition_id": transition_id})


def _number(payload: Mapping[str, object], name: str) -> int:
    value = payload.get(name)
    if not isinstance(value, int):
        raise MalformedFrameError(f"{name} is not a number")
    return value

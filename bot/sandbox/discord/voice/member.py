"""A real member of a DAVE group, answering the server the way Discord's clients do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import davey

from bot.sandbox.discord.voice.protocol import Op

if TYPE_CHECKING:
    from bot.sandbox.discord.voice.participant import Payload

_TRANSITION_BYTES = 2

Reply = Callable[[Op, "Payload | bytes"], None]


class DaveMember:
    """Holds the keys of one simulated member."""

    def __init__(self, *, user_id: int, channel_id: int, reply: Reply) -> None:
        self._user_id = user_id
        self._channel_id = channel_id
        self._reply = reply
        self._session: davey.DaveSession | None = None
        self._session_version = 0
        self._pending_versions: dict[int, int] = {}
        self.version = 0
        """What the call has agreed on; a group that is still being made does not count."""

    @property
    def can_encrypt(self) -> bool:
        """Whether this member has the keys of the current group."""
        return self._session_version > 0 and self._session is not None and self._session.ready

    def begin(self, version: int) -> None:
        """Start at the protocol version of the session description."""
        self.version = version
        if version:
            self._restart(version)

    def receive(self, op: Op, payload: Payload) -> None:
        """Take a JSON message; those that are not about encryption are ignored."""
        if op is Op.PREPARE_TRANSITION:
            self._prepare(_number(payload, "transition_id"), _number(payload, "protocol_version"))
        if op is Op.EXECUTE_TRANSITION:
            self._execute(_number(payload, "transition_id"))
        if op is Op.PREPARE_EPOCH and payload["epoch"] == 1:
            self._restart(_number(payload, "protocol_version"))

    def receive_binary(self, op: Op, payload: bytes) -> None:
        """Take a binary message."""
        if self._session is None:
            return
        if op is Op.EXTERNAL_SENDER:
            self._session.set_external_sender(payload)
        if op is Op.PROPOSALS:
            self._commit(self._session, payload)
        if op is Op.ANNOUNCE_COMMIT:
            self._follow(self._session.process_commit, payload)
        if op is Op.WELCOME:
            self._follow(self._session.process_welcome, payload)

    def encrypt(self, opus: bytes) -> bytes:
        """Encrypt one Opus packet, or return it as it is while there is no group."""
        if self._session is None or not self.can_encrypt:
            return opus
        return self._session.encrypt_opus(opus)

    def decrypt(self, user_id: int, payload: bytes) -> bytes:
        """Decrypt one packet of somebody; raise ValueError with davey's reason."""
        if self._session is None:
            raise ValueError("no group")
        return self._session.decrypt(user_id, davey.MediaType.audio, payload)

    def _restart(self, version: int) -> None:
        self._session_version = version
        if self._session is None:
            self._session = davey.DaveSession(version, self._user_id, self._channel_id)
        else:
            self._session.reinit(version, self._user_id, self._channel_id)
        self._reply(Op.KEY_PACKAGE, self._session.get_serialized_key_package())

    def _prepare(self, transition_id: int, version: int) -> None:
        self._pending_versions[transition_id] = version
        if not transition_id:
            self._execute(transition_id)
            return
        self._reply(Op.TRANSITION_READY, {"transition_id": transition_id})

    def _execute(self, transition_id: int) -> None:
        if transition_id not in self._pending_versions:
            return  # this member could not follow it
        self.version = self._pending_versions.pop(transition_id)
        if not self.version:
            self._session_version = 0

    def _commit(self, session: davey.DaveSession, payload: bytes) -> None:
        kinds = davey.ProposalsOperationType
        kind = kinds.append if payload[0] == 0 else kinds.revoke
        made = session.process_proposals(kind, payload[1:])
        if made is not None:
            self._reply(Op.COMMIT_WELCOME, made.commit + (made.welcome or b""))

    def _follow(self, process: Callable[[bytes], None], payload: bytes) -> None:
        transition_id = int.from_bytes(payload[:_TRANSITION_BYTES], "big")
        message: Payload = {"transition_id": transition_id}
        try:
            process(payload[_TRANSITION_BYTES:])
        except ValueError:
            self._reply(Op.INVALID_COMMIT_WELCOME, message)
            self._restart(self._session_version)
            return
        if transition_id:
            self._pending_versions[transition_id] = self._session_version
            self._reply(Op.TRANSITION_READY, message)


def _number(payload: Payload, name: str) -> int:
    value = payload[name]
    if not isinstance(value, int):
        raise TypeError(f"{name} is not a number")
    return value

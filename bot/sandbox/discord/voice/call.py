"""One call: who is in it, what they tell each other, where their audio goes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bot.sandbox.discord.voice._presentation import MalformedMessageError
from bot.sandbox.discord.voice._transitions import TRANSITION_TIMEOUT_S, CallLater
from bot.sandbox.discord.voice.dave import DaveGroup
from bot.sandbox.discord.voice.protocol import DAVE_VERSION, Op

if TYPE_CHECKING:
    from bot.sandbox.discord.voice.participant import Frame, Participant, Payload

_NS_PER_S = 1_000_000_000


class Call:
    """Everybody in one voice channel."""

    def __init__(
        self,
        channel_id: int,
        *,
        is_dave_required: bool,
        call_later: CallLater,
        transition_timeout_s: float = TRANSITION_TIMEOUT_S,
    ) -> None:
        self.channel_id = channel_id
        self.is_dave_required = is_dave_required
        self.dave = DaveGroup(
            channel_id,
            call_later=call_later,
            version=DAVE_VERSION if is_dave_required else 0,
            timeout_s=transition_timeout_s,
        )
        self._participants: dict[int, Participant] = {}
        self._speaking: dict[int, int] = {}
        self._last_frame_ns = 0

    @property
    def members(self) -> frozenset[int]:
        """Who is in the call, heard or not."""
        return frozenset(self._participants)

    @property
    def encrypted_members(self) -> frozenset[int]:
        """Who is in the end-to-end encrypted group."""
        return self.dave.members

    @property
    def is_settled(self) -> bool:
        """Whether nobody has to answer the last change of the group's keys."""
        return self.dave.is_settled

    @property
    def epoch(self) -> int:
        """How often the group has changed its keys since it was made; 0 is no group."""
        return self.dave.epoch

    @property
    def protocol_version(self) -> int:
        """The DAVE protocol version of the call; 0 is a call without end-to-end encryption."""
        return self.dave.version

    def __contains__(self, user_id: int) -> bool:
        return user_id in self._participants

    def is_talked_in(self, *, within_s: float) -> bool:
        """Whether audio came in during the last `within_s` seconds."""
        return time.monotonic_ns() - self._last_frame_ns < within_s * _NS_PER_S

    def join(self, participant: Participant) -> None:
        """Take in somebody and introduce everybody to each other."""
        others = list(self._participants.values())
        self._participants[participant.user_id] = participant
        for other in others:
            _introduce(other, to=participant)
            _introduce(participant, to=other)
        for user_id, flags in self._speaking.items():
            self._tell_speaking(self._participants[user_id], flags, to=participant)
        self.dave.join(participant)

    def rejoin(self, user_id: int) -> None:
        """Let somebody in the call begin anew with encryption; nobody is introduced again."""
        self.dave.rejoin(user_id)

    def lose(self, user_id: int) -> None:
        """Wait for no answer of somebody whose connection is gone; they may come back to it."""
        self.dave.stop_awaiting(user_id)

    def leave(self, user_id: int) -> None:
        """Let somebody go and tell the others."""
        if self._participants.pop(user_id, None) is None:
            return
        self._speaking.pop(user_id, None)
        for other in self._participants.values():
            other.send(Op.CLIENT_DISCONNECT, {"user_id": str(user_id)})
        self.dave.leave(user_id)

    def announce_speaking(self, user_id: int, flags: int) -> None:
        """Tell the others that somebody starts (flags above 0) or stops speaking."""
        speaker = self._participants.get(user_id)
        if speaker is None:
            return
        self._speaking[user_id] = flags
        for other in self._others(user_id):
            self._tell_speaking(speaker, flags, to=other)

    def forward(self, frame: Frame) -> None:
        """Pass audio on to everybody else, encrypted audio to those alone who know of it."""
        self._last_frame_ns = time.monotonic_ns()
        for other in self._others(frame.user_id):
            if self._is_fit_for(other, frame):
                other.hear(frame)

    def receive_dave(self, user_id: int, op: Op, payload: Payload | bytes) -> None:
        """Take a message about end-to-end encryption; raise MalformedMessageError."""
        if isinstance(payload, bytes):
            self._receive_dave_binary(user_id, op, payload)
            return
        transition_id = payload.get("transition_id")
        if not isinstance(transition_id, int):
            raise MalformedMessageError("a transition has no number")
        if op is Op.TRANSITION_READY:
            self.dave.receive_ready(user_id, transition_id)
        if op is Op.INVALID_COMMIT_WELCOME:
            self.dave.receive_invalid(user_id, transition_id)

    def _receive_dave_binary(self, user_id: int, op: Op, payload: bytes) -> None:
        if op is Op.KEY_PACKAGE:
            self.dave.receive_key_package(user_id, payload)
        if op is Op.COMMIT_WELCOME:
            self.dave.receive_commit(user_id, payload)

    def _is_fit_for(self, hearer: Participant, frame: Frame) -> bool:
        """Whether a frame cannot be one that its hearer has no decoder for.

        DAVE protocol whitepaper, "Magic Marker": such frames are refused during transitions. A
        frame can be on its way longer than that, so here they always are, but in calls that never
        are encrypted.
        """
        return not (self.is_dave_required and frame.is_marked and not hearer.max_dave_version)

    def _others(self, user_id: int) -> list[Participant]:
        return [each for key, each in self._participants.items() if key != user_id]

    @staticmethod
    def _tell_speaking(speaker: Participant, flags: int, *, to: Participant) -> None:
        payload = {"user_id": str(speaker.user_id), "ssrc": speaker.ssrc, "speaking": flags}
        to.send(Op.SPEAKING, payload)


def _introduce(participant: Participant, *, to: Participant) -> None:
    user_id = str(participant.user_id)
    to.send(Op.CLIENTS_CONNECT, {"user_ids": [user_id]})
    to.send(Op.CLIENT_FLAGS, {"user_id": user_id, "flags": 0})
    to.send(Op.CLIENT_PLATFORM, {"user_id": user_id, "platform": 0})

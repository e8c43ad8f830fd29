"""Take back what somebody has said, wherever it waits or sounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.voice.ledger import DropReason

if TYPE_CHECKING:
    from bot.voice.registry import SessionRegistry


def take_back(sessions: SessionRegistry, member_id: int, guild_id: int | None = None) -> None:
    """Drop all words of a member, in one guild or in all of them where that is `None`."""
    for session in sessions.sessions:
        if guild_id not in (None, session.guild_id):
            continue
        own = [turn for turn in session.turns if turn.utterance.speaker_id == member_id]
        # The last first: else the next would begin to sound before it is its turn to be cut.
        for turn in reversed(own):
            session.drop(turn, DropReason.TAKEN_BACK)

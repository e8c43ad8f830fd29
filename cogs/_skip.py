"""Cut off what someone may cut off, and let the call vote on the rest."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import aiohttp
import discord

from bot.i18n import _
from bot.permit import moderates
from bot.policy.skip import Ruling, judge_skip
from bot.tasks import Tasks
from bot.voice.ledger import Ending
from cogs._call import outside
from cogs.views.vote import VoteView, question

if TYPE_CHECKING:
    from bot.client import Bot
    from bot.voice.queue import Turn
    from bot.voice.session import VoiceSession

log = logging.getLogger(__name__)


def skip(interaction: discord.Interaction[Bot], session: VoiceSession, turn: Turn) -> Ruling:
    """Cut `turn` off at once if the caller may, else count their vote.

    Raises:
        UserError: They have no vote.
    """
    ruling = judge_skip(
        by=interaction.user.id,
        speaker_id=turn.utterance.speaker_id,
        is_moderator=moderates(interaction.user, session),
        listeners=session.listeners,
        votes=frozenset(turn.votes),
    )
    if ruling.may_vote:
        turn.votes.add(interaction.user.id)
    elif not ruling.is_granted:
        raise outside(session)
    if ruling.is_granted:
        session.skip(turn, by=interaction.user.id)
    return ruling


class Ballots:
    """The messages that count votes: one for each turn somebody wants to skip."""

    def __init__(self, process: str) -> None:
        self._process = process
        self._answers: dict[int, discord.Interaction[Bot]] = {}
        self._tasks = Tasks()

    async def close(self) -> None:
        """Count no more."""
        await self._tasks.close()

    async def ask(self, interaction: discord.Interaction[Bot], turn: Turn, ruling: Ruling) -> None:
        """Answer a vote that is not enough yet: ask the others, or add to what asks them."""
        if (asked := self._answers.get(turn.id)) is not None:
            counted = _("{votes} of {needed} votes to skip.").format(
                votes=ruling.votes, needed=ruling.needed
            )
            await interaction.response.send_message(counted, ephemeral=True)
            await _amend(asked, question(turn, ruling), VoteView(turn, self._process))
            return
        self._answers[turn.id] = interaction
        try:
            view = VoteView(turn, self._process)
            await interaction.response.send_message(question(turn, ruling), view=view)
        except BaseException:
            del self._answers[turn.id]
            raise
        self._tasks.start(self._finish(turn, interaction), name=f"votes on turn {turn.id}")

    async def count(
        self, interaction: discord.Interaction[Bot], turn: Turn, ruling: Ruling
    ) -> None:
        """Answer a press on the message that counts."""
        if not ruling.is_granted:
            await interaction.response.edit_message(content=question(turn, ruling))
            return
        self._answers.pop(turn.id, None)
        await interaction.response.edit_message(content=_("Skipped."), view=None)

    async def _finish(self, turn: Turn, asked: discord.Interaction[Bot]) -> None:
        outcome = await turn.wait_until_ended()
        if self._answers.pop(turn.id, None) is None:
            return
        if outcome.ending is Ending.SKIPPED:
            await _amend(asked, _("Skipped."), None)
            return
        try:
            await asked.delete_original_response()
        except (discord.HTTPException, aiohttp.ClientError) as error:
            log.info("a vote stays where it is: %s", type(error).__name__)


async def _amend(asked: discord.Interaction[Bot], content: str, view: VoteView | None) -> None:
    # Somebody may have deleted the message: the votes count all the same.
    try:
        await asked.edit_original_response(content=content, view=view)
    except (discord.HTTPException, aiohttp.ClientError) as error:
        log.info("a vote is not shown: %s", type(error).__name__)

"""People vote on polls, and polls end."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.sandbox.discord.errors import RestError
from bot.sandbox.discord.world import system_messages
from bot.sandbox.discord.world.messages import POLL_RESULT
from bot.sandbox.discord.world.telling import announce

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.messages import Message
    from bot.sandbox.discord.world.polls import Poll
    from bot.sandbox.discord.world.users import User


def vote(message: Message, user: User, answer: int) -> None:
    """Choose an answer; where only one may be chosen, the one before is given up."""
    poll = open_poll(message)
    if not 1 <= answer <= len(poll.answers):
        raise RestError(400, 10102, "Unknown Poll Answer")
    if user in poll.votes.get(answer, []):
        return
    for other in [a for a, voters in poll.votes.items() if user in voters]:
        if not poll.takes_several:
            take_back(message, user, other)
    poll.votes.setdefault(answer, []).append(user)
    _tell("MESSAGE_POLL_VOTE_ADD", message, user, answer)


def take_back(message: Message, user: User, answer: int) -> None:
    """Give an answer up again."""
    voters = open_poll(message).votes.get(answer, [])
    if user in voters:
        voters.remove(user)
        _tell("MESSAGE_POLL_VOTE_REMOVE", message, user, answer)


def end(message: Message) -> Message:
    """End a poll: it is counted, and a message tells the result."""
    poll = open_poll(message)
    poll.ends_at = datetime.now(UTC)
    poll.is_finalized = True
    announce("MESSAGE_UPDATE", message)
    place = {"type": 0, "channel_id": str(message.channel.id), "message_id": str(message.id)}
    embeds, author = [_result(poll)], message.author
    return system_messages.post(
        message.channel, author, POLL_RESULT, embeds=embeds, mentions=[author], reference=place
    )


def open_poll(message: Message) -> Poll:
    """Return the poll in a message, while people may vote."""
    if message.poll is None:
        raise RestError(400, 50024, "Cannot execute action on this channel type")
    if message.poll.is_finalized:
        raise RestError(400, 520001, "Poll expired")
    return message.poll


def _result(poll: Poll) -> Json:
    """Return the `poll_result` embed; a draw has no victor."""
    winners = poll.winners
    votes = len(poll.votes[winners[0]]) if winners else 0
    told: dict[str, object] = {
        "poll_question_text": poll.question,
        "victor_answer_votes": votes,
        "total_votes": poll.total,
    }
    if len(winners) == 1:
        media = poll.answers[winners[0] - 1]
        told |= {"victor_answer_id": winners[0], "victor_answer_text": media.get("text")}
    fields = [{"name": n, "value": str(v), "inline": False} for n, v in told.items()]
    return {"type": "poll_result", "fields": fields, "content_scan_version": 0}


def _tell(event: str, message: Message, user: User, answer: int) -> None:
    place: Json = {
        "user_id": str(user.id),
        "channel_id": str(message.channel.id),
        "message_id": str(message.id),
        "answer_id": answer,
    }
    if message.guild is not None:
        place["guild_id"] = str(message.guild.id)
    message.channel.world.tell(event, place, guild=message.guild, channel=message.channel)

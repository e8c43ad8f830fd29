"""Polls: a question, answers, and who voted for which."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from bot.sandbox.discord.world.snowflakes import iso

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import FormErrors, Json
    from bot.sandbox.discord.world.users import User

# "Poll Media Object" and "Poll Create Request Object"
MAX_QUESTION: Final = 300
MAX_ANSWER: Final = 55
MAX_ANSWERS: Final = 10
MAX_HOURS: Final = 32 * 24
DEFAULT_HOURS: Final = 24
DEFAULT_LAYOUT: Final = 1


@dataclass(eq=False)
class Poll:
    """A question with answers to choose from."""

    question: str
    answers: list[Json]  # poll media objects
    ends_at: datetime
    takes_several: bool = False
    votes: dict[int, list[User]] = field(default_factory=dict)  # by answer, from 1
    is_finalized: bool = False

    @classmethod
    def asked(cls, request: Json) -> Poll:
        """Read a poll create request that was checked."""
        hours = int(request.get("duration") or DEFAULT_HOURS)
        return cls(
            str(request["question"]["text"]),
            [dict(answer["poll_media"]) for answer in request["answers"]],
            datetime.now(UTC) + timedelta(hours=hours),
            bool(request.get("allow_multiselect")),
        )

    @property
    def total(self) -> int:
        """Return how many votes there are."""
        return sum(len(voters) for voters in self.votes.values())

    @property
    def winners(self) -> list[int]:
        """Return the answers with the most votes, none while nobody voted."""
        most = max((len(voters) for voters in self.votes.values()), default=0)
        return [answer for answer, voters in self.votes.items() if voters and len(voters) == most]

    def payload(self) -> Json:
        """Return the poll object."""
        counts = [
            {"id": answer, "count": len(voters), "me_voted": False}
            for answer, voters in self.votes.items()
            if voters
        ]
        return {
            "question": {"text": self.question},
            "answers": [
                {"answer_id": number, "poll_media": media}
                for number, media in enumerate(self.answers, start=1)
            ],
            "expiry": iso(self.ends_at),
            "allow_multiselect": self.takes_several,
            "layout_type": DEFAULT_LAYOUT,
            "results": {"is_finalized": self.is_finalized, "answer_counts": counts},
        }


def check_poll(request: Json, errors: FormErrors) -> None:
    """Note what is wrong with a poll create request."""
    question = str((request.get("question") or {}).get("text") or "")
    errors.length("poll.question.text", minimum=1, maximum=MAX_QUESTION, actual=len(question))
    answers = request.get("answers") or []
    errors.length("poll.answers", minimum=1, maximum=MAX_ANSWERS, actual=len(answers))
    for index, answer in enumerate(answers):
        text = str((answer.get("poll_media") or {}).get("text") or "")
        path = f"poll.answers.{index}.poll_media.text"
        errors.length(path, minimum=1, maximum=MAX_ANSWER, actual=len(text))
    hours = int(request.get("duration") or DEFAULT_HOURS)
    if not 1 <= hours <= MAX_HOURS:
        text = f"int value should be between 1 and {MAX_HOURS}."
        errors.add("poll.duration", "NUMBER_TYPE_RANGE", text)


def poll_request(question: str, answers: list[str], *, hours: int, takes_several: bool) -> Json:
    """Return the poll create request that a client sends."""
    return {
        "question": {"text": question},
        "answers": [{"poll_media": {"text": answer}} for answer in answers],
        "duration": hours,
        "allow_multiselect": takes_several,
        "layout_type": DEFAULT_LAYOUT,
    }

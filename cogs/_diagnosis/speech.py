"""From words to sound: who speaks, what that may cost, how the last texts ended, what is read."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from discord.utils import format_dt

from bot.errors import ProviderFault
from bot.i18n import N_, _, ngettext
from bot.policy.budget import WARNING_SHARE, Excess, OverBudgetError, Scope
from bot.report import ending_sentence, provider_sentence, sentence_for, switch_sentence
from bot.voice.ledger import DropReason, Ending
from cogs._checklist import content, lacking
from cogs._diagnosis.facts import Keeping
from cogs._diagnosis.finding import Finding, Link

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.policy.budget import Allowance
    from bot.tts.condition import Condition, Rest
    from bot.voice.ledger import Entry
    from cogs._diagnosis.facts import Facts, Reading, Service

SLOW_FIRST_SOUND_S: Final = 5.0
"""More than listeners take for a pause."""

STOOD_IN_S: Final = 600.0
"""After that nobody remembers that another voice spoke."""

LATELY_S: Final = 600.0
"""What failed before that says nothing of the next text."""

MAX_CHANNELS: Final = 5

_OF_BUDGET: Final[Mapping[Scope, str]] = {
    Scope.GUILD: N_("{left} of {limit} are left here."),
    Scope.MEMBER: N_("You have {left} of {limit}."),
}
"""What all servers together have left is nobody's business in one of them."""

_WANTED: Final = frozenset(
    {
        DropReason.SENT_AWAY,
        DropReason.CALLED_ELSEWHERE,
        DropReason.KICKED,
        DropReason.CHANNEL_GONE,
        DropReason.REMOVED,
        DropReason.ALONE,
        DropReason.IDLE,
        DropReason.TAKEN_BACK,
        DropReason.EDITED,
        DropReason.SHUTDOWN,
    }
)
"""Why texts are dropped although nothing is out of order."""

_OF_ONE_TEXT: Final = frozenset(
    {
        DropReason.TOO_LONG,
        DropReason.OVERFLOW,
        ProviderFault.REFUSED_CONTENT,
        ProviderFault.INVALID_REQUEST,
        ProviderFault.STALE,
        ProviderFault.OVER_BUDGET,
        ProviderFault.MUTED,
    }
)
"""What is between the bot and one author: no fault of the server, and no news for the others."""


def service_link(facts: Facts) -> Finding:
    """Say whether a text would become sound, and who would say it."""
    service = facts.service
    if service is None:
        return Finding.unknown(Link.SERVICE, _("I cannot read who speaks here."))
    if service.trouble:
        advice = _("Moderators choose another voice with /server voice.")
        return Finding.broken(Link.SERVICE, service.trouble, advice)
    condition = service.condition
    if condition.is_muted:
        return Finding.broken(Link.SERVICE, provider_sentence(ProviderFault.MUTED))
    if condition.rest is not None:
        return _resting(condition, condition.rest, facts.now)
    if condition.stood_in_s is not None and condition.stood_in_s < STOOD_IN_S:
        return Finding.limited(Link.SERVICE, switch_sentence(is_back=False))
    return _speaker(service, facts.call.first_sound_s if facts.call else None)


def budget_link(
    allowances: Mapping[Scope, Allowance] | None, refilled_at: datetime | None
) -> Finding:
    """Say how many characters are left today."""
    if allowances is None or refilled_at is None:
        return Finding.unknown(Link.BUDGET, _("I cannot count them right now."))
    for scope, allowance in allowances.items():
        if not allowance.left:
            error = OverBudgetError(Excess(scope, 0), refilled_at)
            return Finding.broken(Link.BUDGET, sentence_for(error) or "")
    own = [(_(_OF_BUDGET[scope]), allowances[scope]) for scope in _OF_BUDGET if scope in allowances]
    if not allowances:
        return Finding.fine(Link.BUDGET, _("There is no daily limit."))
    if not own:
        return Finding.fine(Link.BUDGET, _("There is no daily limit for this server alone."))
    sentence = " ".join(
        said.format(left=f"{each.left:,}", limit=f"{each.limit:,}") for said, each in own
    )
    if all(each.limit - each.left < WARNING_SHARE * each.limit for _said, each in own):
        return Finding.fine(Link.BUDGET, sentence)
    advice = _("There are new ones {when}.").format(when=format_dt(refilled_at, "R"))
    return Finding.limited(Link.BUDGET, sentence, advice)


def lately_link(last: Sequence[Entry], now_s: float) -> Finding:
    """Say what became of the last texts; how the very last one ended counts most.

    Args:
        last: How they ended, the last first.
        now_s: The time by the clock of their `at`.
    """
    if not last:
        return Finding.unknown(Link.LATELY, _("None since my start."))
    endings = Counter(entry.ending for entry in last)
    sentence = _("{spoken} spoken, {skipped} skipped, {dropped} dropped.").format(
        spoken=endings[Ending.SPOKEN],
        skipped=endings[Ending.SKIPPED],
        dropped=endings[Ending.DROPPED],
    )
    lately = [entry for entry in last if now_s - entry.at < LATELY_S]
    if lately and _is_trouble(lately[0]):
        why = _("The last was dropped: {reason}").format(reason=_why_dropped(lately[0]))
        return Finding.broken(Link.LATELY, f"{sentence} {why}")
    if reason := _most_frequent(lately):
        sentence += " " + _("Most often lately: {reason}").format(reason=reason)
    if any(map(_is_trouble, lately)):
        return Finding.limited(Link.LATELY, sentence)
    return Finding.fine(Link.LATELY, sentence)


def settings_link(keeping: Keeping) -> Finding:
    """Say whether what somebody changes now is kept."""
    match keeping:
        case Keeping.KEPT:
            return Finding.fine(Link.SETTINGS, _("What is changed now is saved."))
        case Keeping.REFUSED:
            sentence = _("The database takes no changes right now.")
        case Keeping.SLOW:
            sentence = _("The database takes long to save a change.")
    advice = _("I go on speaking; change settings in a few minutes.")
    return Finding.limited(Link.SETTINGS, sentence, advice)


def reading_link(reading: Reading | None) -> Finding:
    """Say what is read aloud in the call without a command."""
    if reading is None:
        return Finding.unknown(Link.READING, _("I cannot see which channels I am to read."))
    if not reading.shows_content:
        check = content(is_shown=False)
        return Finding.limited(Link.READING, check.sentence, check.advice)
    if not reading.channels:
        return Finding.limited(
            Link.READING,
            _("I read no channel that you can see."),
            _("Use /say, or ask moderators to let me read one with /read add."),
        )
    sentence = _read(reading.channels)
    if reading.quiet_hours:
        now = _("Not now: the quiet hours are {hours}.").format(hours=reading.quiet_hours)
        return Finding.limited(
            Link.READING,
            f"{sentence} {now}",
            _("Use /say, or ask moderators to change them under Limits in /server panel."),
        )
    if reading.unseen:
        check = lacking(reading.unseen[0], [_("View Channel")])
        return Finding.limited(Link.READING, f"{sentence} {check.sentence}", check.advice)
    return Finding.fine(Link.READING, sentence)


def _resting(condition: Condition, rest: Rest, now: datetime) -> Finding:
    if rest.fault is ProviderFault.INVALID_REQUEST:
        state = Finding.limited if condition.has_stand_in else Finding.broken
        return state(
            Link.SERVICE,
            _("The model of this server is not offered any more."),
            _("Moderators choose another with /server voice."),
        )
    advice = _("The next text tries whether it is back.")
    if rest.left_s > 0:
        back_at = format_dt(now + timedelta(seconds=rest.left_s), "R")
        advice = _("I leave it alone and try it again {when}.").format(when=back_at)
    if condition.has_stand_in:
        return Finding.limited(Link.SERVICE, switch_sentence(is_back=False), advice)
    return Finding.broken(Link.SERVICE, provider_sentence(rest.fault), advice)


def _speaker(service: Service, first_sound_s: float | None) -> Finding:
    sentence = _("I speak as **{voice}**, with the model {model}.").format(
        voice=service.voice, model=service.model
    )
    if first_sound_s is None:
        return Finding.fine(Link.SERVICE, sentence)
    sentence += " " + _("Lately I began after {seconds:.1f} s.").format(seconds=first_sound_s)
    if first_sound_s < SLOW_FIRST_SOUND_S:
        return Finding.fine(Link.SERVICE, sentence)
    return Finding.limited(
        Link.SERVICE, sentence, _("That is slow. If it stays so, tell the operator of the bot.")
    )


def _is_trouble(entry: Entry) -> bool:
    return entry.ending is Ending.DROPPED and entry.reason not in _WANTED | _OF_ONE_TEXT


def _why_dropped(entry: Entry) -> str:
    """Return what everybody in the server may read of it."""
    if entry.reason in _OF_ONE_TEXT:
        return _("It concerned that text alone.")
    return ending_sentence(entry.reason)


def _most_frequent(entries: Sequence[Entry]) -> str | None:
    dropped = Counter(_why_dropped(entry) for entry in entries if entry.ending is Ending.DROPPED)
    return next((reason for reason, _count in dropped.most_common(1)), None)


def _read(channels: Sequence[str]) -> str:
    shown, more = ", ".join(channels[:MAX_CHANNELS]), len(channels[MAX_CHANNELS:])
    if not more:
        return _("I read {channels}.").format(channels=shown)
    return ngettext(
        "I read {channels} and {count} more channel.",
        "I read {channels} and {count} more channels.",
        more,
    ).format(channels=shown, count=more)

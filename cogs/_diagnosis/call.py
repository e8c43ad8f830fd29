"""From Discord to the ears of whoever asks: the connection, the call, who may be heard in it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from discord.utils import format_dt

from bot.i18n import _, ngettext
from bot.voice.access import rate_limited
from cogs._checklist import lacking, speaking
from cogs._diagnosis.facts import Deafness
from cogs._diagnosis.finding import Finding, Link

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bot.voice.condition import Condition
    from cogs._diagnosis.facts import Call, Facts

SLOW_GATEWAY_S: Final = 1.0
"""Discord usually answers within a fifth of that."""

LOST_SHARE: Final = 0.01
"""Of the packets; less is heard by nobody."""


def discord_link(facts: Facts) -> Finding:
    """Say whether Discord tells the bot what happens in this server."""
    if not facts.is_connected:
        return Finding.broken(
            Link.DISCORD,
            _("My connection for this server is lost."),
            _("I am getting it back: press **Check again** in a minute."),
        )
    if facts.gateway_s is None:
        return Finding.fine(Link.DISCORD, _("I am connected."))
    sentence = _("It answers me in {time}.").format(time=_milliseconds(facts.gateway_s))
    if facts.gateway_s < SLOW_GATEWAY_S:
        return Finding.fine(Link.DISCORD, sentence)
    return Finding.limited(
        Link.DISCORD,
        sentence,
        _("That is slow, and messages reach me late: try again in a few minutes."),
    )


def call_link(facts: Facts) -> Finding:
    """Say whether the bot is in a call, and how its connection fares."""
    call = facts.call
    if call is None:
        advice = _("Join one, then call me with /join.")
        if facts.own_channel:
            advice = _("Call me into {channel} with /join.").format(channel=facts.own_channel)
        return Finding.broken(Link.CALL, _("I am in none."), advice)
    if trouble := _connection_trouble(call):
        return Finding.broken(Link.CALL, trouble.format(channel=call.channel), _come_anew())
    if not call.is_live:
        return Finding.broken(Link.CALL, str(rate_limited(call.rate_limited_s)))
    sentence = _connected(call, facts.now)
    if (lost := _lost_share(call.condition)) < LOST_SHARE:
        return Finding.fine(Link.CALL, sentence)
    sentence += " " + _("{percent} % of my sound did not get out.").format(
        percent=round(100 * lost)
    )
    return Finding.limited(Link.CALL, sentence, _come_anew())


def speaking_link(facts: Facts) -> Iterator[Finding]:
    """Say whether the bot may be heard in its call, or else in that of whoever asks."""
    call, missing = facts.call, facts.missing_permissions
    channel = call.channel if call else facts.own_channel
    if channel is None:
        return
    if call and call.is_muted:
        yield Finding.broken(
            Link.SPEAKING,
            _("A moderator has muted me in {channel}.").format(channel=channel),
            _("Ask one to right-click or long-press me there and take back **Server Mute**."),
        )
    elif call and call.is_silenced and call.is_stage:
        sentence = _("I am in the audience of {channel}, where only speakers are heard.")
        yield Finding.broken(
            Link.SPEAKING,
            sentence.format(channel=channel),
            _("Ask a moderator to invite me to speak."),
        )
    elif missing:
        check = lacking(channel, missing)
        yield Finding.broken(Link.SPEAKING, check.sentence, check.advice)
    elif call and call.is_silenced:
        sentence = _("Discord lets nobody hear me in {channel}.")
        yield Finding.broken(Link.SPEAKING, sentence.format(channel=channel), _come_anew())
    else:
        yield Finding.fine(Link.SPEAKING, speaking(channel, ()).sentence)


def queue_link(call: Call | None) -> Iterator[Finding]:
    """Say whether what is to be said is held up by anything but the links before."""
    if call is None:
        return
    sentence = _waiting(call.waiting)
    if call.is_paused:
        yield Finding.broken(Link.QUEUE, sentence, call.hold or "")
    elif call.is_live and not call.is_silenced:
        is_held = call.hold is not None
        yield (Finding.limited if is_held else Finding.fine)(Link.QUEUE, call.hold or sentence)
    elif call.waiting:
        yield Finding.limited(Link.QUEUE, sentence)


def ears_link(facts: Facts) -> Iterator[Finding]:
    """Say whether whoever asks would hear what is sent into the call."""
    call, own = facts.call, facts.own_channel
    if own is None:
        if call is not None:
            yield Finding.broken(
                Link.EARS,
                _("You are in no voice channel."),
                _("Join {channel} to hear me.").format(channel=call.channel),
            )
    elif call is not None and not facts.shares_call:
        yield Finding.broken(
            Link.EARS,
            _("You are in {own}, and I am in {channel}.").format(own=own, channel=call.channel),
            _("Come to me, or call me over with /join."),
        )
    elif facts.deafness is Deafness.OWN:
        yield Finding.broken(
            Link.EARS,
            _("You have deafened yourself."),
            _("Press the headphones in Discord to hear again."),
        )
    elif facts.deafness is Deafness.DECREED:
        yield Finding.broken(
            Link.EARS,
            _("A moderator has deafened you."),
            _("Ask one to right-click or long-press you and take back **Server Deafen**."),
        )
    else:
        sentence = _("You are in {channel}, and not deafened.")
        yield Finding.fine(Link.EARS, sentence.format(channel=own))


def _connection_trouble(call: Call) -> str | None:
    """Return why nothing reaches the call although the bot tries, if that is so."""
    condition = call.condition
    if call.is_live:
        is_waiting = condition is not None and not condition.is_settled and not call.is_alone
        return _("The end-to-end encryption of {channel} is not there yet.") if is_waiting else None
    if call.rate_limited_s:
        return None
    if call.has_been_live:
        return _("I lost the connection to {channel}, and am getting it back.")
    return _("I am on my way into {channel}, and not connected yet.")


def _come_anew() -> str:
    return _("If that takes longer than a minute, send me away with /leave, then use /join.")


def _connected(call: Call, now: datetime) -> str:
    parts = [_("I am in {channel}").format(channel=call.channel)]
    if condition := call.condition:
        if condition.is_encrypted:
            parts.append(_("encrypted end to end"))
        elif condition.is_settled:
            parts.append(_("not encrypted end to end"))
        if condition.open_s is not None:
            since = format_dt(now - timedelta(seconds=condition.open_s), "R")
            parts.append(_("connected {when}").format(when=since))
        if condition.latency_s is not None:
            answer = _("its server answers in {time}")
            parts.append(answer.format(time=_milliseconds(condition.latency_s)))
    return ", ".join(parts) + "."


def _lost_share(condition: Condition | None) -> float:
    if condition is None:
        return 0.0
    return condition.unsent / max(1, condition.sent + condition.unsent)


def _waiting(count: int) -> str:
    if not count:
        return _("Nothing.")
    return ngettext(
        "{count} text is being said or waits.", "{count} texts are being said or wait.", count
    ).format(count=count)


def _milliseconds(seconds: float) -> str:
    return _("{count} ms").format(count=f"{1000 * seconds:,.0f}")

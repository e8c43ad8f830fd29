"""Say in words who speaks for a member, who has decided so, and how to change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.i18n import _
from bot.own_voice import Obstacle
from bot.plain import plain
from bot.tts.wishes import Level
from cogs._arguments import label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.consent import Consent
    from bot.own_name import OwnName
    from bot.own_voice import Explanation, Unheard
    from bot.tts.speaker import Speaker


def summary(speaker: Speaker) -> str:
    """Say on one line who speaks, and how."""
    parts = [
        plain(label(speaker.voice)),
        _("language: {language}").format(language=_(speaker.language.value)),
        _("speed: {speed:g}").format(speed=speaker.speed),
    ]
    if speaker.style:
        parts.append(_("style: {style}").format(style=plain(speaker.style)))
    return " · ".join(parts)


def values(speaker: Speaker) -> Iterator[str]:
    """Say of each value that members choose what it is, whose choice that was, what to do."""
    levels = speaker.levels
    yield _("**Voice:** {voice}. {origin}").format(
        voice=plain(label(speaker.voice)), origin=_origin(levels["voice"])
    )
    yield _("**Language:** {language}. {origin}").format(
        language=_(speaker.language.value), origin=_origin(levels["language"])
    )
    if not speaker.model.accepts_style:
        yield _(
            "**Style:** none. {model} follows none; a moderator can choose a model that does."
        ).format(model=speaker.model.id)
    elif speaker.style is None:
        yield _("**Style:** none. Describe one with /voice set.")
    else:
        yield _("**Style:** {style}. {origin}").format(
            style=plain(speaker.style), origin=_origin(levels["style"])
        )
    yield _("**Speed:** {speed:g}. {origin}").format(
        speed=speaker.speed, origin=_origin(levels["speed"])
    )
    yield _("**Model, volume and pause:** {model}, {volume} percent, {pause} ms.").format(
        model=speaker.model.id, volume=round(speaker.volume * 100), pause=speaker.pause_ms
    )


def how_i_call_you(name: OwnName | None) -> str:
    """Say by which name a member is called, and how to choose another."""
    if name is None:
        return _("I call you by the name others see. Choose another with /nickname.")
    sentence = _("I call you “{name}” in this server. /nickname alone lets go of it.")
    if name.level is Level.EVERYWHERE:
        sentence = _("I call you “{name}”. /nickname everywhere: True alone lets go of it.")
    return sentence.format(name=plain(name.spoken))


def whether_i_read_you(consent: Consent) -> str:
    """Say whether what a member writes is read, and how to change that."""
    if consent.is_here:
        return _("I may read what you write here. Stop that with /optout.")
    return _("I never read what you write here. Change that with /optin.")


def ruled(speaker: Speaker) -> str:
    """Say that there is no choice here, if moderators have left none."""
    match speaker.levels["voice"]:
        case Level.LOCKED:
            sentence = _("Moderators chose {voice} for you in this server.")
        case Level.FORCED:
            sentence = _("Everyone speaks as {voice} in this server.")
        case _:
            return ""
    return sentence.format(voice=plain(speaker.voice.short_name))


def obstacles(explanation: Explanation) -> Iterator[str]:
    """Say of each choice of a member that does not hold why it does not."""
    for unheard in explanation.unheard:
        yield _why(unheard, explanation.speaker)


def _origin(level: Level) -> str:
    match level:
        case Level.LOCKED:
            return _("Moderators chose it for you. Ask one of them for another.")
        case Level.FORCED:
            return _("It speaks for everyone in this server. Only moderators can change that.")
        case Level.HERE:
            return _("You chose it for this server. Let go of it with /voice reset.")
        case Level.EVERYWHERE:
            return _("You chose it for all servers. Choose again with /voice set.")
        case Level.MESSAGE:
            return _("It is the language of the message.")
        case Level.CHANNEL:
            return _("It is the one of this channel. Choose your own with /voice set.")
        case Level.GIVEN:
            return _("Everyone here gets one of their own. Choose another with /voice set.")
        case Level.SERVER_LANGUAGE:
            return _(
                "It is the one of this server for that language. Choose your own with /voice set."
            )
        case Level.SERVER:
            return _("It is the one of this server. Choose your own with /voice set.")
        case Level.VOICE:
            return _("The voice was made for it. Choose another with /voice set.")
        case Level.COMMAND | Level.OPERATOR_LANGUAGE | Level.OPERATOR:
            return _("It is the usual one. Choose your own with /voice set.")


def _why(unheard: Unheard, speaker: Speaker) -> str:
    value, model = plain(unheard.value), speaker.model.id
    match unheard.name, unheard.obstacle:
        case "language", _obstacle:
            sentence = _("Your language {value} is not used here: {model} does not speak it.")
        case "style", _obstacle:
            sentence = _("Your style is not followed here: {model} follows none.")
        case _name, Obstacle.LOCKED:
            sentence = _("Your voice {value} is not heard here: moderators chose {voice} for you.")
        case _name, Obstacle.FORCED:
            sentence = _("Your voice {value} is not heard here: everyone speaks as {voice}.")
        case _name, Obstacle.NOT_PERMITTED:
            sentence = _("Your voice {value} is not heard here: moderators do not allow it.")
        case _:
            sentence = _("Your voice {value} is not heard here: it does not speak with {model}.")
    return sentence.format(value=value, model=model, voice=plain(speaker.voice.short_name))

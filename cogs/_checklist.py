"""What the bot needs in a server, point by point: what is there, what is not, what to do next."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

import discord

from bot.i18n import _, ngettext
from bot.permit import permission_name
from bot.plain import plain
from bot.settings.channel import ChannelSettings
from bot.settings.guild import GuildSettings
from bot.voice.client import CallChannel
from cogs._read_channels import no_content

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bot.tts.speaker import Speaker

# By the names of discord.py.
TO_SPEAK: Final = ("view_channel", "connect", "speak")
TO_SPEAK_ON_STAGE: Final = (*TO_SPEAK, "mute_members")
TO_GET_IN: Final = ("move_members",)
"""Where there is no room left."""

TO_READ: Final = ("view_channel", "send_messages")
TO_ANSWER: Final = ("view_channel", "send_messages", "attach_files")

MAX_CHANNELS: Final = 8
"""Of a kind, that are named; those where something is missing come first."""

Place = discord.abc.GuildChannel | discord.Thread


class Mark(Enum):
    """Whether a point is settled."""

    DONE = auto()
    MISSING = auto()
    OPEN = auto()
    """Nobody can tell yet."""


@dataclass(frozen=True, slots=True)
class Check:
    """One point, in words; `advice` says what to do where it is not settled."""

    mark: Mark
    sentence: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """All that a checklist asks for.

    Args:
        guild: The server.
        here: Where the checklist is shown, as far as the bot knows that place.
        call: The voice channel its reader is in.
        bot_call: The voice channel the bot is in.
        settings: What is decided for the server.
        channels: What is decided for its channels.
        reads_content: Whether Discord shows the bot what people write.
        speaker: Who speaks for those who have chosen nobody.
        trouble: Why nobody can.
        is_heard: Whether a test sentence was just spoken.
    """

    guild: discord.Guild
    here: Place | None = None
    call: CallChannel | None = None
    bot_call: CallChannel | None = None
    settings: GuildSettings = field(default_factory=GuildSettings)
    channels: Mapping[int, ChannelSettings] = field(default_factory=dict)
    reads_content: bool = True
    speaker: Speaker | None = None
    trouble: str = ""
    is_heard: bool = False


def checklist(now: Circumstances) -> list[Check]:
    """Return every point, in the order in which somebody would see to them."""
    return [
        *_calls(now),
        *_reading(now),
        *_here(now),
        content(is_shown=now.reads_content),
        _voice(now),
    ]


def next_step(now: Circumstances, checks: Iterable[Check]) -> str:
    """Return the one thing to do next."""
    missing = (check.advice for check in checks if check.mark is Mark.MISSING)
    if advice := next(filter(None, missing), None):
        return advice
    if now.call is None:
        return _("Join a voice channel, then press **Say a test sentence**.")
    if not now.is_heard:
        return _("Everything is ready. Press **Say a test sentence**.")
    place = next(where_to_write(now), None)
    if place is None:
        return _("I read no channel where you are. Choose one in the menu below.")
    return _("Write something in {channel}: I read it aloud.").format(channel=place.mention)


def _calls(now: Circumstances) -> Iterator[Check]:
    places = list(_voice_channels(now))
    if not places:
        yield Check(
            Mark.OPEN,
            _("Join a voice channel and press **Check again**: I look at what I may do there."),
        )
    yield from _shortened(_call(place) for place in places)


def _voice_channels(now: Circumstances) -> Iterator[CallChannel]:
    """Yield the channels where the bot is wanted to speak, each once."""
    wanted: list[Place | None] = [now.call, now.bot_call]
    for channel_id, settings in now.channels.items():
        if settings.is_read:
            wanted += [_place(now, settings.voice_channel_id), _place(now, channel_id)]
    yield from dict.fromkeys(each for each in wanted if isinstance(each, CallChannel))


def _call(channel: CallChannel) -> Check:
    return speaking(channel.mention, missing_permissions(channel, needed_to_speak(channel)))


def needed_to_speak(channel: CallChannel) -> tuple[str, ...]:
    """Return the permissions without which the bot does not get in and speak."""
    is_stage = isinstance(channel, discord.StageChannel)
    needed = TO_SPEAK_ON_STAGE if is_stage else TO_SPEAK
    return (*needed, *TO_GET_IN) if _is_full(channel) else needed


def speaking(channel: str, missing: Sequence[str]) -> Check:
    """Say whether the bot may speak in the channel of a mention."""
    if missing:
        return lacking(channel, missing)
    return Check(Mark.DONE, _("{channel}: I may come and speak.").format(channel=channel))


def _is_full(channel: CallChannel) -> bool:
    is_inside = channel.guild.me.id in channel.voice_states
    return bool(channel.user_limit) and len(channel.voice_states) >= channel.user_limit + is_inside


def _reading(now: Circumstances) -> Iterator[Check]:
    places = [_place(now, id_) for id_, settings in now.channels.items() if settings.is_read]
    known = [place for place in places if place is not None]
    yield from _shortened(_read(place) for place in known)
    if now.settings.reads_voice_chat:
        yield Check(Mark.DONE, _("I read the chat of the voice channel I am in."))
    elif not known:
        yield Check(
            Mark.MISSING,
            _("I read no channel aloud."),
            _("Choose a text channel in the menu below."),
        )


def where_to_write(now: Circumstances) -> Iterator[Place]:
    """Yield the places whose messages would be read in the call of who asks."""
    for channel_id, settings in now.channels.items():
        is_elsewhere = now.call and settings.voice_channel_id not in (None, now.call.id)
        if settings.is_read and not is_elsewhere and (place := _place(now, channel_id)):
            yield place
    if now.call is None or not now.settings.reads_voice_chat:
        return
    if now.channels.get(now.call.id, ChannelSettings()).is_read is None:  # else it is among those
        yield now.call


def _read(place: Place) -> Check:
    if missing := missing_permissions(place, TO_READ):
        return lacking(place.mention, missing)
    return Check(Mark.DONE, _("{channel}: I read it aloud.").format(channel=place.mention))


def _here(now: Circumstances) -> Iterator[Check]:
    if now.here is None:
        return
    if missing := missing_permissions(now.here, TO_ANSWER):
        yield lacking(now.here.mention, missing)
    else:
        sentence = _("{channel}: I may write and post audio here.")
        yield Check(Mark.DONE, sentence.format(channel=now.here.mention))


def content(*, is_shown: bool) -> Check:
    """Say whether Discord shows the bot what people write."""
    if is_shown:
        return Check(Mark.DONE, _("Discord shows me what people write."))
    advice = _(
        "Ask the operator of the bot for the Message Content Intent; until then, people speak "
        "with /say and the menu **Read aloud**."
    )
    return Check(Mark.MISSING, no_content(), advice)


def _voice(now: Circumstances) -> Check:
    if now.speaker is None:
        return Check(Mark.MISSING, now.trouble, _("Choose another voice with the button below."))
    sentence = _("I speak as **{voice}**, with the model {model}.")
    voice = plain(now.speaker.voice.short_name)
    return Check(Mark.DONE, sentence.format(voice=voice, model=now.speaker.model.id))


def _place(now: Circumstances, channel_id: int | None) -> Place | None:
    return now.guild.get_channel_or_thread(channel_id) if channel_id else None


def missing_permissions(place: Place, names: Sequence[str]) -> list[str]:
    """Return what is not granted; without the first, Discord grants none of those after it."""
    allowed = place.permissions_for(place.guild.me)
    is_thread = isinstance(place, discord.Thread)
    if is_thread:
        names = ["send_messages_in_threads" if each == "send_messages" else each for each in names]
    return [permission_name(each) for each in names if not getattr(allowed, each)]


def lacking(channel: str, missing: Sequence[str]) -> Check:
    """Say which permissions are missing in the channel of a mention."""
    permissions = ", ".join(missing)
    sentence = ngettext(
        "{channel}: I need the permission {permissions}.",
        "{channel}: I need the permissions {permissions}.",
        len(missing),
    )
    advice = _(
        "Give me {permissions} in {channel}: in its settings, under Permissions. Then press "
        "**Check again**."
    )
    return Check(
        Mark.MISSING,
        sentence.format(channel=channel, permissions=permissions),
        advice.format(channel=channel, permissions=permissions),
    )


def _shortened(checks: Iterable[Check]) -> Iterator[Check]:
    """Yield as many as can be shown, what is missing first, and say how many more there are."""
    ordered = sorted(checks, key=lambda check: check.mark is not Mark.MISSING)
    yield from ordered[:MAX_CHANNELS]
    if more := len(ordered[MAX_CHANNELS:]):
        is_fine = all(check.mark is Mark.DONE for check in ordered[MAX_CHANNELS:])
        sentence = ngettext("and {count} more channel", "and {count} more channels", more)
        yield Check(Mark.DONE if is_fine else Mark.MISSING, sentence.format(count=more))

"""What moderators decide on the page of reading: what is read, when the bot comes, what it adds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

from bot.i18n import N_
from bot.settings.choices import EditReading, NameReading, NameSource
from bot.settings.declare import Page, setting
from bot.settings.kinds import Choice, Flag, Id, Mentionable, Number, Text, Unit
from bot.settings.pages.unset import BY_OPERATOR, NOWHERE

MAX_TEMPLATE_CHARACTERS: Final = 60
NAME_READINGS: Final = Choice(
    {
        NameReading.OFF: N_("Never"),
        NameReading.SMART: N_("When somebody else speaks, or after a minute"),
        NameReading.ALWAYS: N_("Before every message"),
    }
)

_channels = partial(setting, page=Page.READING, part=N_("Channels"))
_call = partial(setting, page=Page.READING, part=N_("The call"))
_names = partial(setting, page=Page.READING, part=N_("Names"))
_text = partial(setting, page=Page.READING, part=N_("Edits and captions"))


@dataclass(frozen=True)
class ReadingPage:
    """The settings of one page; `GuildSettings` has the room for their values."""

    __slots__ = ()

    reads_voice_chat: bool = _channels(
        True,
        Flag(),
        N_("Chat of the voice channel"),
        N_("While I am in a voice channel, I read the chat of that channel aloud."),
    )
    joins_by_itself: bool = _call(
        False,
        Flag(),
        N_("Join by myself"),
        N_("I come when somebody in a voice channel writes where I read, or enters a paired one."),
    )
    follows: bool = _call(
        False,
        Flag(),
        N_("Follow"),
        N_("I move along when everyone I read for goes to another voice channel."),
    )
    leave_when_alone_s: int | None = _call(
        None,
        Number(0, 7 * 24 * 3600, Unit.SECONDS, zero=N_("never")),
        N_("Leave when alone"),
        N_("How long I stay in a call where nobody listens; 0 is for ever."),
        unset=BY_OPERATOR,
    )
    leave_when_idle_s: int | None = _call(
        None,
        Number(0, 7 * 24 * 3600, Unit.SECONDS, zero=N_("never")),
        N_("Leave when idle"),
        N_("How long I stay in a call where nothing is said; 0 is for ever."),
        unset=BY_OPERATOR,
    )
    name_reading: NameReading = _names(
        NameReading.SMART,
        NAME_READINGS,
        N_("Say who wrote"),
        N_("When I say the name of who wrote before what they wrote."),
    )
    name_template: str | None = _names(
        None,
        Text(MAX_TEMPLATE_CHARACTERS, fields=("name",)),
        N_("Words for who wrote"),
        N_("What I say before a message, such as: {name} says."),
        unset=N_("the usual ones"),
    )
    name_source: NameSource = _names(
        NameSource.DISPLAY,
        Choice(
            {
                NameSource.DISPLAY: N_("Name in this server"),
                NameSource.USERNAME: N_("Name of the account"),
            }
        ),
        N_("Which name"),
        N_("Which name I say for members who have not chosen how theirs is spoken."),
    )
    announces_arrivals: bool = _names(
        False, Flag(), N_("Say who comes"), N_("I say who enters the voice channel.")
    )
    announces_departures: bool = _names(
        False, Flag(), N_("Say who leaves"), N_("I say who leaves the voice channel.")
    )
    captions_channel_id: int | None = _text(
        None,
        Id(Mentionable.TEXT_CHANNEL),
        N_("Captions"),
        N_("Where I write what is being spoken, for those who cannot hear it."),
        unset=NOWHERE,
    )
    on_edit: EditReading = _text(
        EditReading.REPLACE,
        Choice(
            {
                EditReading.REPLACE: N_("Read the new text instead"),
                EditReading.REQUEUE: N_("Read the new text after the others"),
                EditReading.DROP: N_("Do not read it"),
            }
        ),
        N_("Edited messages"),
        N_("What I do with a message that is edited before I have read it to its end."),
    )

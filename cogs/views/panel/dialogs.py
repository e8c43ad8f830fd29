"""The dialogs of the panel: what cannot be chosen from a menu is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ui

from bot.errors import UserError
from bot.i18n import _
from bot.plain import plain
from bot.settings.kinds import InvalidValueError, Text
from bot.text.lexicon import MAX_READING_CHARACTERS, MAX_WORD_CHARACTERS
from cogs._settings_typed import as_typed, hint, invalid
from cogs._settings_words import cut
from cogs.views.forms import Form
from cogs.views.panel.spot import Action

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.settings.declare import Setting
    from bot.settings.kinds import WordPerKey
    from cogs.views.panel.spot import Spot

MAX_TITLE_CHARACTERS: Final = 45
MAX_HINT_CHARACTERS: Final = 100
MAX_TYPED_CHARACTERS: Final = 4_000
"""All three are Discord's limits."""

LONG_TEXT: Final = 200
"""Characters from which on a text gets a field of several lines."""

VALUE: Final = "value"
KEY: Final = "key"
ADDED: Final = "added"
REMOVED: Final = "removed"


def value_dialog(spot: Spot, setting: Setting, value: Any) -> Form:
    """Return a dialog with one field, in which the value of a setting is typed."""
    most = setting.kind.most if isinstance(setting.kind, Text) else LONG_TEXT - 1
    is_long = isinstance(setting.kind, Text) and most >= LONG_TEXT
    field = ui.TextInput[Any](
        custom_id=VALUE,
        style=discord.TextStyle.paragraph if is_long else discord.TextStyle.short,
        default=as_typed(setting, value),
        placeholder=cut(hint(setting), MAX_HINT_CHARACTERS),
        required=False,
        max_length=most,
    )
    return _form(spot, setting, _field(setting, field))


def voice_dialog(spot: Spot, setting: Setting) -> Form:
    """Return a dialog in which a voice is named."""
    field = ui.TextInput[Any](
        custom_id=VALUE, placeholder=_("Its name, such as Cherry"), max_length=100
    )
    return _form(spot, setting, _field(setting, field))


def voice_per_language_dialog(spot: Spot, setting: Setting, kind: WordPerKey) -> Form:
    """Return a dialog in which a language is chosen and its voice named."""
    languages = [
        discord.SelectOption(label=_(words), value=key.value)
        for key, words in kind.keys.labels.items()
    ]
    voice = ui.TextInput[Any](
        custom_id=VALUE,
        placeholder=_("Its name, such as Cherry. Empty: the voice for everything else."),
        required=False,
        max_length=100,
    )
    return _form(
        spot,
        setting,
        ui.Label(text=_("Language"), component=ui.Select(custom_id=KEY, options=languages)),
        ui.Label(text=_("Voice"), component=voice),
    )


def list_dialog(spot: Spot, setting: Setting) -> Form:
    """Return a dialog in which is typed what comes into a list and what leaves it.

    Never the whole list: it may be longer than Discord takes, and somebody else may change it too.
    """
    return _form(
        spot,
        setting,
        _lines(ADDED, _("Add"), _("One in each line")),
        _lines(REMOVED, _("Take away"), _("One in each line")),
    )


def new_word_dialog(spot: Spot) -> Form:
    """Return a dialog in which a word and how it is said are typed."""
    reading = ui.TextInput[Any](
        custom_id=VALUE,
        placeholder=_("Empty: the word is left out"),
        required=False,
        max_length=MAX_READING_CHARACTERS,
    )
    return Form(
        _("Add a word"),
        spot.custom_id(Action.ASK, ADDED),
        _word_field(),
        ui.Label(text=_("How I say it"), component=reading),
    )


def old_word_dialog(spot: Spot) -> Form:
    """Return a dialog in which a word is typed that is to be forgotten."""
    return Form(_("Remove a word"), spot.custom_id(Action.ASK, REMOVED), _word_field())


def _word_field() -> ui.Label[Any]:
    word = ui.TextInput[Any](custom_id=KEY, max_length=MAX_WORD_CHARACTERS)
    return ui.Label(text=_("The word, as people write it"), component=word)


def lines_of(typed: str) -> list[str]:
    """Return what was typed in each line of a field, each once."""
    return list(
        dict.fromkeys(filter(None, (" ".join(line.split()) for line in typed.splitlines())))
    )


def with_changes(
    setting: Setting, now: Sequence[Any], added: Sequence[Any], removed: Sequence[Any]
) -> Any:
    """Return a list after something came into it and something left it.

    Raises:
        UserError: Something that is to leave is not in it, or it may not hold what is to come.
    """
    by_folded = {_folded(each): each for each in now}
    for each in removed:
        if by_folded.pop(_folded(each), None) is None:
            raise UserError(
                _("{setting}: {entry} is not in that list.").format(
                    setting=_(setting.label),
                    entry=plain(cut(str(each), 50)),
                )
            )
    for each in added:
        by_folded.setdefault(_folded(each), each)
    try:
        return setting.load(setting.dump(tuple(by_folded.values())))
    except InvalidValueError as error:
        raise invalid(setting, error) from error


def _folded(entry: Any) -> str:
    return str(entry).casefold()


def _form(spot: Spot, setting: Setting, *labels: ui.Label[Any]) -> Form:
    title = cut(_(setting.label), MAX_TITLE_CHARACTERS)
    return Form(title, spot.custom_id(Action.ASK, setting.name), *labels)


def _field(setting: Setting, field: ui.TextInput[Any]) -> ui.Label[Any]:
    return ui.Label(
        text=cut(_(setting.label), MAX_TITLE_CHARACTERS),
        description=cut(_(setting.about), MAX_HINT_CHARACTERS),
        component=field,
    )


def _lines(name: str, label: str, placeholder: str) -> ui.Label[Any]:
    field = ui.TextInput[Any](
        custom_id=name,
        style=discord.TextStyle.paragraph,
        placeholder=placeholder,
        required=False,
        max_length=MAX_TYPED_CHARACTERS,
    )
    return ui.Label(text=label, component=field)

"""Dictionaries: whose they are, and what they hold, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import discord
from discord import app_commands

from bot.errors import UserError
from bot.i18n import _
from bot.permit import OWN_OPTION
from bot.plain import plain
from bot.storage.lexicon import LexiconOwner
from bot.text.lexicon import (
    MAX_READING_CHARACTERS,
    MAX_WORD_CHARACTERS,
    LexiconEntry,
    checked_entry,
)
from cogs._arguments import MAX_CHOICE_CHARACTERS, MAX_CHOICES, Choice
from cogs._settings_words import cut

if TYPE_CHECKING:
    from bot.client import Bot
    from bot.settings.change import Change
    from bot.storage.lexicon import LexiconRepository

MAX_SEARCH_CHARACTERS: Final = 25
"""What the id of a button has room for, even if every character counts twice."""


def owner_of(interaction: discord.Interaction[Bot], *, mine: bool) -> LexiconOwner:
    """Return whose dictionary is meant: outside of servers, everyone has only their own."""
    if mine or interaction.guild_id is None:
        return LexiconOwner(member_id=interaction.user.id)
    return LexiconOwner(guild_id=interaction.guild_id)


class WordTransformer(app_commands.Transformer["Bot"]):
    """Takes a word of a dictionary as typed."""

    @property
    def max_value(self) -> int:
        """The characters one may type."""
        return MAX_WORD_CHARACTERS

    async def transform(self, interaction: discord.Interaction[Bot], value: str, /) -> str:
        """Return the word without the spaces around it."""
        return " ".join(value.split())

    async def autocomplete(
        self, interaction: discord.Interaction[Bot], value: float | str, /
    ) -> list[Choice]:
        """Suggest the words of the dictionary that is meant in which the typed ones occur."""
        mine = getattr(interaction.namespace, OWN_OPTION, None) is True
        owner = owner_of(interaction, mine=mine)
        entries = await interaction.client.lexicons.find(owner, str(value).strip())
        return [
            Choice(name=cut(in_plain_words(entry), MAX_CHOICE_CHARACTERS), value=entry.word)
            for entry in entries[:MAX_CHOICES]
        ]


WordArg = app_commands.Transform[str, WordTransformer]
NewWordArg = app_commands.Range[str, 1, MAX_WORD_CHARACTERS]
ReadingArg = app_commands.Range[str, 1, MAX_READING_CHARACTERS]
SearchArg = app_commands.Range[str, 1, MAX_SEARCH_CHARACTERS]


def in_plain_words(entry: LexiconEntry) -> str:
    """Return an entry where nothing can be marked up."""
    return f"{entry.word}: {entry.reading or _('(left out)')}"


def in_words(entry: LexiconEntry, *, most: int = MAX_READING_CHARACTERS) -> str:
    """Return an entry for a message, its reading in about `most` characters."""
    reading = plain(cut(entry.reading, most)) if entry.reading else _("*(left out)*")
    return f"**{plain(entry.word)}**: {reading}"


def title_of(owner: LexiconOwner) -> str:
    """Return what a dictionary is called."""
    return _("Dictionary of this server") if owner.guild_id else _("Your dictionary")


async def add(
    lexicons: LexiconRepository, owner: LexiconOwner, word: str, reading: str, *, by: int
) -> str:
    """Add an entry, and say what it does now, and did before.

    Raises:
        UserError: It cannot be one, or there is no room for it; nothing was changed.
    """
    entry = checked_entry(word, reading)
    change = await lexicons.add(owner, [entry], by=by)
    sentences = [_effect(owner, entry)]
    if (before := _find(change, entry)) and before.reading != entry.reading:
        sentences.append(_("Before, it was {entry}.").format(entry=in_words(before)))
    return " ".join(sentences)


async def remove(lexicons: LexiconRepository, owner: LexiconOwner, word: str, *, by: int) -> str:
    """Remove the entry for a word, and say so.

    Raises:
        UserError: There is none, or nothing can be saved.
    """
    change = await lexicons.remove(owner, word, by=by)
    removed = _find(change, LexiconEntry(word, ""))
    if removed is None:
        raise UserError(
            _("The word {word} is not in there. See which are with /dictionary list.").format(
                word=f"**{plain(word)}**"
            )
        )
    return _("Removed: {entry}").format(entry=in_words(removed))


def _find(change: Change[tuple[LexiconEntry, ...]], entry: LexiconEntry) -> LexiconEntry | None:
    return next((each for each in change.before if each.key == entry.key), None)


def _effect(owner: LexiconOwner, entry: LexiconEntry) -> str:
    word, reading = (f"**{plain(each)}**" for each in (entry.word, entry.reading))
    if owner.guild_id:
        sentence = _("I say {word} as {reading} in this server.")
        if not entry.reading:
            sentence = _("I leave {word} out in this server.")
    else:
        sentence = _("I say {word} as {reading} where you write it.")
        if not entry.reading:
            sentence = _("I leave {word} out where you write it.")
    return sentence.format(word=word, reading=reading)

"""What there is to do, topic by topic, with commands to press."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from discord import ButtonStyle, ui

from bot.i18n import N_, _

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.tree import Tree

# A later version reads the ids of messages that this one has posted: new meaning, new number.
TEMPLATE: Final = r"help1:(?P<topic>speak|voice|reading|moderators)"


class Topic(StrEnum):
    """What somebody may want to know about."""

    SPEAK = "speak"
    VOICE = "voice"
    READING = "reading"
    MODERATORS = "moderators"


TITLES: Final[Mapping[Topic, str]] = {
    Topic.SPEAK: N_("Speak"),
    Topic.VOICE: N_("My voice"),
    Topic.READING: N_("Reading aloud"),
    Topic.MODERATORS: N_("For moderators"),
}

INTRODUCTIONS: Final[Mapping[Topic, str]] = {
    Topic.SPEAK: N_(
        "Join a voice channel and type: I say it there. In the menu of any message, under Apps, "
        "you find **Read aloud** and **Save as audio**."
    ),
    Topic.VOICE: N_("Everybody may have a voice of their own, here or in all servers."),
    Topic.READING: N_(
        "While I am in a voice channel, I read aloud what people write in its chat and in the "
        "channels that moderators chose. Delete or edit a message, and I do not say it any more. "
        "Send it with @silent, and I do not read it at all."
    ),
    Topic.MODERATORS: N_("These take the permission Manage Server, or Moderate Members."),
}


@dataclass(frozen=True, slots=True)
class Advice:
    """What some commands, named as people type them and parted by commas, are good for."""

    commands: str
    purpose: str

    @property
    def names(self) -> list[str]:
        """The whole name of each command."""
        return self.commands.split(", ")


ADVICE: Final[Mapping[Topic, Sequence[Advice]]] = {
    Topic.SPEAK: (
        Advice("say", N_("Say something in your voice channel; I come if I am not there.")),
        Advice("tts", N_("Post something as an audio file.")),
        Advice("join, leave", N_("Call me, or send me away.")),
        Advice("skip, stop", N_("Cut off what is being said, or everything that waits.")),
        Advice("pause, resume", N_("Make me wait where I am, and go on.")),
        Advice("queue", N_("See what waits, and take back what is yours.")),
        Advice("doctor", N_("Find out why nothing is heard.")),
    ),
    Topic.VOICE: (
        Advice("voice browse", N_("Look through the voices, listen to them and choose one.")),
        Advice("voice set", N_("Choose voice, language, style and speed by name.")),
        Advice("voice preview", N_("Listen to a voice; only you hear it.")),
        Advice("voice show, voice reset", N_("See who speaks for you, or forget your choice.")),
        Advice("nickname", N_("Choose how I say your name.")),
        Advice("dictionary add", N_("Teach me a word, with `mine: True` for you alone.")),
        Advice("dictionary list", N_("See and change words, with `mine: True` your own.")),
        Advice(
            "privacy show, privacy export, privacy delete",
            N_("See, take along or delete what I keep."),
        ),
    ),
    Topic.READING: (
        Advice("join", N_("Call me into your voice channel; then write in its chat.")),
        Advice("leave", N_("Send me away; I do not come by myself for five minutes.")),
        Advice("dictionary test", N_("See how I would read a text, and listen to it.")),
        Advice("read why", N_("Learn why I did not read a message, and what changes that.")),
        Advice("optout, optin", N_("Have nothing read that you write, or have it read again.")),
    ),
    Topic.MODERATORS: (
        Advice("setup", N_("Check what I need here, step by step.")),
        Advice("server panel", N_("Every setting of this server.")),
        Advice("server voice, server show", N_("Choose and see the voice of this server.")),
        Advice(
            "read here, read add, read remove, read list", N_("Choose the channels that I read.")
        ),
        Advice(
            "dictionary add, dictionary remove, dictionary list",
            N_("Teach me words for everyone here."),
        ),
        Advice(
            "dictionary export, dictionary import, server export, server import",
            N_("Save dictionary and settings as files, and load them."),
        ),
        Advice(
            "member mute, member unmute, member voice, member reset",
            N_("Rule how one member is spoken for."),
        ),
        Advice(
            "server customvoice add, server customvoice remove, server customvoice list",
            N_("Give this server voices of its own."),
        ),
        Advice("server log", N_("See who changed what.")),
        Advice("usage", N_("See what was spoken, and what it costs.")),
    ),
}


class HelpView(ui.LayoutView):
    """One topic, and a button for each of the others.

    Its presses are heard by `cogs.help`, so it is stopped from the start.

    Args:
        topic: What it is about.
        tree: Which commands there are, and how they are pressed.
        guide_url: Where the whole guide can be read, if the operator has said so.
    """

    def __init__(self, topic: Topic, tree: Tree, *, guide_url: str | None = None) -> None:
        super().__init__(timeout=None)
        self.add_item(ui.TextDisplay("\n".join(_lines(topic, tree))))
        self.add_item(ui.ActionRow(*(_button(each, topic) for each in Topic)))
        if guide_url:
            guide: ui.Button[HelpView] = ui.Button(label=_("Read the whole guide"), url=guide_url)
            self.add_item(ui.ActionRow(guide))
        self.stop()


def _lines(topic: Topic, tree: Tree) -> Iterable[str]:
    yield "### " + _(TITLES[topic])
    yield _(INTRODUCTIONS[topic])
    for advice in ADVICE[topic]:
        if mentions := [tree.mention(name) for name in advice.names if tree.has(name)]:
            yield f"- {' · '.join(mentions)}: {_(advice.purpose)}"


def _button(topic: Topic, current: Topic) -> ui.Button[HelpView]:
    return ui.Button(
        label=_(TITLES[topic]),
        custom_id=f"help1:{topic}",
        style=ButtonStyle.primary if topic is current else ButtonStyle.secondary,
        disabled=topic is current,
    )

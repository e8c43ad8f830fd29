"""What the panel has to know to show a page: a picture of one moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.settings.guild import GuildSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import discord

    from bot.models import Voice
    from bot.settings.change import AuditEntry
    from bot.settings.member import MemberRules
    from bot.text.lexicon import LexiconEntry
    from bot.tts.offered import Catalog
    from bot.tts.speaker import Speaker


@dataclass(frozen=True, slots=True)
class Facts:
    """The settings of a server, and what there is to choose from.

    Args:
        guild: The server, as far as the bot sees it.
        speaker: Who speaks in it where nobody chose another voice; nobody if there is `trouble`.
        catalog: The models and voices that can be chosen in it.
        mention: Returns a command by its whole name, to be pressed in a message.
        settings: What its moderators have chosen.
        rules: What they have decided about members, by their ids; on the page of members.
        may_moderate: Whether who looks may decide about members.
        words: The dictionary of the server; on its page.
        read_channel_ids: The channels that are read; on the page of reading.
        entries: The newest changes; on the page of the log.
        shows_chosen: Whether menus of members, roles and channels show whom they have chosen.
        notice: What has just happened, to be said first.
    """

    guild: discord.Guild
    catalog: Catalog
    speaker: Speaker | None = None
    trouble: str = ""
    mention: Callable[[str], str] = "/{}".format
    settings: GuildSettings = field(default_factory=GuildSettings)
    rules: Mapping[int, MemberRules] = field(default_factory=dict)
    may_moderate: bool = False
    words: Sequence[LexiconEntry] = ()
    read_channel_ids: Sequence[int] = ()
    entries: Sequence[AuditEntry] = ()
    shows_chosen: bool = True
    notice: str = ""

    @property
    def voices(self) -> Sequence[Voice]:
        """Who speaks with the model of the server."""
        return self.catalog.voices_of(self.speaker.model.id) if self.speaker else ()

    def get_voice(self, id_: str | None) -> Voice | None:
        """Return one of them by its id."""
        return next((voice for voice in self.voices if voice.id == id_), None)

"""What moderators change with the panel, each change with the words that tell of it."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from bot.i18n import _, ngettext
from bot.models import VoiceSettings
from bot.read_channels import ReadChannels
from bot.server_voice import ServerChoice
from bot.settings.declare import changes, settings_of
from bot.storage.lexicon import LexiconOwner
from cogs import _dictionary as dictionary
from cogs._settings_words import difference
from cogs.views.log import fitting
from cogs.views.panel.dialogs import with_changes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from bot.models import Language
    from bot.rulings import Rulings
    from bot.server_voice import ServerVoices
    from bot.settings.declare import Setting
    from bot.settings.guild import GuildSettings
    from bot.storage.lexicon import LexiconRepository
    from bot.storage.settings import SettingsRepository

MAX_NOTICE_CHARACTERS: Final = 500

_TOGETHER: Final = frozenset(each.name for each in fields(VoiceSettings))
"""Settings that have to go together: they are checked before they are saved."""


class Author(NamedTuple):
    """Who changes something, and in which server."""

    guild_id: int
    id: int


class PanelChanges:
    """Changes the settings of servers, one press or one dialog at a time.

    Every method returns what to say of it, and raises `UserError` where nothing was changed.
    """

    def __init__(
        self,
        *,
        settings: SettingsRepository,
        lexicons: LexiconRepository,
        voices: ServerVoices,
        rulings: Rulings,
    ) -> None:
        self._settings = settings
        self._lexicons = lexicons
        self._voices = voices
        self._rulings = rulings
        self._channels = ReadChannels(settings=settings)

    async def save(self, by: Author, values: Mapping[str, Any]) -> str:
        """Give settings of a server new values."""
        if len(values) == 1 and values.keys() <= _TOGETHER and None not in values.values():
            return await self._choose(by, ServerChoice(VoiceSettings(**values)))
        return await self._change(by, lambda now: replace(now, **values))

    async def change_list(
        self, by: Author, setting: Setting, added: Sequence[Any], removed: Sequence[Any]
    ) -> str:
        """Change a list by what somebody saw of it: what is gone already may leave it."""

        def change(now: GuildSettings) -> GuildSettings:
            value = getattr(now, setting.name)
            gone = [each for each in value if str(each) in removed]
            return replace(now, **{setting.name: with_changes(setting, value, added, gone)})

        return await self._change(by, change)

    async def change_typed_list(
        self, by: Author, setting: Setting, added: Sequence[Any], removed: Sequence[str]
    ) -> str:
        """Change a list by what somebody has typed."""

        def change(now: GuildSettings) -> GuildSettings:
            value = getattr(now, setting.name)
            return replace(now, **{setting.name: with_changes(setting, value, added, removed)})

        return await self._change(by, change)

    async def find_voices(self, by: Author, typed: Sequence[str]) -> list[str]:
        """Return the ids of voices by what somebody has typed, instead of words."""
        return [(await self._voices.find_voice(by.guild_id, each)).id for each in typed]

    async def choose_for_language(self, by: Author, language: Language, typed: str) -> str:
        """Choose who speaks one language, or nobody in particular."""
        if typed.strip():
            choice = ServerChoice(VoiceSettings(voice=typed), only_for=language)
            return await self._choose(by, choice)
        before = await self._settings.fetch_guild(by.guild_id)
        await self._voices.leave_language(by.guild_id, language, by=by.id)
        return saved(before, await self._settings.fetch_guild(by.guild_id))

    async def read(
        self, by: Author, came: Sequence[int], went: Sequence[int], read_anyway: Collection[int]
    ) -> str:
        """Read some channels aloud, and others no more, of which some are read without a rule."""
        lines = []
        for channel_id in came:
            await self._channels.change(
                by.guild_id, channel_id, lambda now: replace(now, is_read=True), by=by.id
            )
            lines.append(_("Saved. I read {channel}.").format(channel=f"<#{channel_id}>"))
        for channel_id in went:
            await self._channels.leave(
                by.guild_id, channel_id, is_read_anyway=channel_id in read_anyway, by=by.id
            )
            lines.append(_("Saved. I do not read {channel}.").format(channel=f"<#{channel_id}>"))
        return "\n".join(fitting(lines, MAX_NOTICE_CHARACTERS))

    async def add_word(self, by: Author, word: str, reading: str) -> str:
        """Teach the bot how to say a word."""
        owner = LexiconOwner(guild_id=by.guild_id)
        return await dictionary.add(self._lexicons, owner, word, reading, by=by.id)

    async def remove_word(self, by: Author, word: str) -> str:
        """Let the bot say a word as the voice does by itself."""
        owner = LexiconOwner(guild_id=by.guild_id)
        return await dictionary.remove(self._lexicons, owner, " ".join(word.split()), by=by.id)

    # About members

    async def mute(self, by: Author, member_id: int) -> str:
        """Let nothing of a member be heard."""
        change = await self._rulings.mute(by.guild_id, member_id, by=by.id)
        return saved(change.before, change.after)

    async def unmute(self, by: Author, member_id: int) -> str:
        """Let a member be heard again."""
        change = await self._rulings.unmute(by.guild_id, member_id, by=by.id)
        return saved(change.before, change.after)

    async def lock_voice(self, by: Author, member_id: int, written: str | None) -> str:
        """Let one voice speak for a member, or the one they choose."""
        if written is None:
            change = await self._rulings.unlock_voice(by.guild_id, member_id, by=by.id)
        else:
            _voice, change = await self._rulings.lock_voice(
                by.guild_id, member_id, written, by=by.id
            )
        return saved(change.before, change.after)

    async def forget(self, by: Author, member_id: int) -> str:
        """Forget what was decided about a member."""
        change = await self._rulings.forget(by.guild_id, member_id, by=by.id)
        return saved(change.before, change.after)

    # How it is done

    async def _choose(self, by: Author, choice: ServerChoice) -> str:
        before = await self._settings.fetch_guild(by.guild_id)
        await self._voices.choose(by.guild_id, choice, by=by.id)
        return saved(before, await self._settings.fetch_guild(by.guild_id))

    async def _change(self, by: Author, change: Callable[[GuildSettings], GuildSettings]) -> str:
        made = await self._settings.change_guild(by.guild_id, change, by=by.id)
        return saved(made.before, made.after)


def saved(before: Any, after: Any) -> str:
    """Say what was changed."""
    declared = settings_of(type(before))
    lines = [
        _("Saved. {setting}: {difference}").format(
            setting=f"**{_(declared[name].label)}**", difference=difference(declared[name], *values)
        )
        for name, values in changes(before, after).items()
    ]
    if not lines:
        return _("Nothing to change: it is so already.")
    shown = fitting(lines, MAX_NOTICE_CHARACTERS)
    if more := len(lines) - len(shown):
        shown.append(ngettext("and {count} more", "and {count} more", more).format(count=more))
    return "\n".join(shown)

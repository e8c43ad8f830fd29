"""What presses and dialogs of the panel do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import discord

from bot.errors import UserError
from bot.i18n import _
from bot.models import Language
from bot.permit import require
from bot.settings.declare import settings_of
from bot.settings.guild import GuildSettings
from bot.settings.kinds import Id, Ids, InvalidValueError, Mentionable, WordPerKey, Words
from bot.settings.member import MemberRules
from cogs._panel_changes import Author
from cogs._settings_typed import invalid, read_typed
from cogs.views.panel import dialogs
from cogs.views.panel.controls import LISTS_OF_VOICES, READ_CHANNELS, UNSET
from cogs.views.panel.spot import Action, Spot, Tab
from cogs.views.panel.view import PanelView
from cogs.views.voice_picker import key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.client import Bot
    from bot.settings.declare import Setting
    from bot.storage.settings import SettingsRepository
    from cogs._panel_changes import PanelChanges
    from cogs._panel_facts import PanelFacts
    from cogs.views.dynamic import Pressed
    from cogs.views.forms import Form, Submitted

COMMAND: Final = "server panel"

INVALID_FORM: Final = 50_035  # one of Discord's error codes

OF_MEMBERS: Final = {
    Action.MUTE: "member mute",
    Action.UNMUTE: "member unmute",
    Action.SET: "member voice",
    Action.ASK: "member voice",
    Action.FORGET: "member reset",
}
"""The command that a press on the page of members stands for."""

_OF_GUILD: Final = settings_of(GuildSettings)


class Panel:
    """Shows the settings of servers, and changes what moderators press."""

    def __init__(
        self,
        *,
        settings: SettingsRepository,
        facts: PanelFacts,
        changes: PanelChanges,
    ) -> None:
        self._settings = settings
        self._facts = facts
        self._changes = changes

    async def open(self, interaction: discord.Interaction[Bot]) -> None:
        """Answer a command with the first page."""
        await interaction.response.defer(ephemeral=True)
        facts = await self._facts.fetch(interaction, Spot())
        await interaction.followup.send(view=PanelView(Spot(), facts))

    async def press(self, interaction: discord.Interaction[Bot], pressed: Pressed) -> None:
        """Do what a button or a menu asks for, and show the page as it is then."""
        spot, action = Spot.read(pressed.fields), _action(pressed.fields["action"])
        await _require(interaction, spot, action, pressed.fields["name"])
        if action is Action.ASK:
            dialog = await self._dialog(interaction, spot, pressed.fields["name"])
            await interaction.response.send_modal(dialog)
            return
        await interaction.response.defer()
        if action is Action.PICK:
            spot = replace(spot, member_id=int(pressed.values[0]))
        notice = await self._do(interaction, spot, action, pressed)
        await self._show(interaction, spot, notice)

    async def submit(self, interaction: discord.Interaction[Bot], submitted: Submitted) -> None:
        """Do what was typed in a dialog, and show the page as it is then."""
        spot = Spot.read(submitted.fields)
        await _require(interaction, spot, Action.ASK, submitted.fields["name"])
        await interaction.response.defer()
        notice = await self._typed(_author(interaction), spot, submitted)
        await self._show(interaction, spot, notice)

    # What there is to see

    async def _show(
        self, interaction: discord.Interaction[Bot], spot: Spot, notice: str = ""
    ) -> None:
        facts = replace(await self._facts.fetch(interaction, spot), notice=notice)
        try:
            await interaction.edit_original_response(view=PanelView(spot, facts))
        except discord.HTTPException as error:
            if error.code != INVALID_FORM:
                raise
            # Discord refuses a menu with somebody who has deleted their account.
            facts = replace(facts, shows_chosen=False)
            await interaction.edit_original_response(view=PanelView(spot, facts))

    async def _dialog(self, interaction: discord.Interaction[Bot], spot: Spot, name: str) -> Form:
        if spot.tab is Tab.MEMBERS:
            return dialogs.voice_dialog(spot, settings_of(MemberRules)["voice"])
        if spot.tab is Tab.DICTIONARY:
            is_new = name == dialogs.ADDED
            return dialogs.new_word_dialog(spot) if is_new else dialogs.old_word_dialog(spot)
        setting = _setting(name)
        match setting.kind:
            case WordPerKey() as kind:
                return dialogs.voice_per_language_dialog(spot, setting, kind)
            case Words() | Ids():
                return dialogs.list_dialog(spot, setting)
        if setting.name == "voice":
            return dialogs.voice_dialog(spot, setting)
        now = await self._settings.fetch_guild(interaction.guild_id or 0)
        return dialogs.value_dialog(spot, setting, getattr(now, setting.name))

    # What is pressed

    async def _do(
        self, interaction: discord.Interaction[Bot], spot: Spot, action: Action, pressed: Pressed
    ) -> str:
        """Do what a press asks for; return what to say of it."""
        if spot.tab is Tab.MEMBERS:
            return await self._decide(interaction, spot, action, pressed.values)
        by = _author(interaction)
        match action:
            case Action.ON | Action.OFF:
                setting = _setting(pressed.fields["name"])
                return await self._changes.save(by, {setting.name: action is Action.ON})
            case Action.RESET:
                defaults = {name: _setting(name).default for name in pressed.values}
                return await self._changes.save(by, defaults)
            case Action.SET if pressed.fields["name"] == READ_CHANNELS:
                return await self._set_channels(interaction, pressed)
            case Action.SET:
                return await self._set(interaction, _setting(pressed.fields["name"]), pressed)
        return ""

    async def _set_channels(self, interaction: discord.Interaction[Bot], pressed: Pressed) -> str:
        guild = interaction.guild
        came, went = ([int(each) for each in ids] for ids in (pressed.came, pressed.went))
        # Those are read with the channel they are in, or while the bot is in the call.
        anyway = discord.Thread | discord.VoiceChannel | discord.StageChannel
        read_anyway = {
            each for each in went if guild and isinstance(guild.get_channel_or_thread(each), anyway)
        }
        return await self._changes.read(_author(interaction), came, went, read_anyway)

    async def _set(
        self, interaction: discord.Interaction[Bot], setting: Setting, pressed: Pressed
    ) -> str:
        by = _author(interaction)
        came, went = pressed.came, pressed.went
        if setting.name in LISTS_OF_VOICES:
            voices = await self._voices(interaction)
            came, went = (
                [voices[each] for each in keys if each in voices] for keys in (came, went)
            )
            return await self._changes.change_list(by, setting, came, went)
        if isinstance(setting.kind, Ids):
            added: Sequence[Any] = _load(setting, came)
            return await self._changes.change_list(by, setting, added, went)
        [value] = pressed.values or (UNSET,)
        if value == UNSET:
            return await self._changes.save(by, {setting.name: None})
        if setting.name == "voice":
            value = await self._voice_id(interaction, value)
        loaded = _load(setting, value)
        if isinstance(setting.kind, Id):
            _require_writable(interaction, setting.kind, loaded)
        return await self._changes.save(by, {setting.name: loaded})

    async def _decide(
        self,
        interaction: discord.Interaction[Bot],
        spot: Spot,
        action: Action,
        values: Sequence[str],
    ) -> str:
        by, member_id = _author(interaction), spot.member_id
        match action:
            case Action.MUTE:
                return await self._changes.mute(by, member_id)
            case Action.UNMUTE:
                return await self._changes.unmute(by, member_id)
            case Action.FORGET:
                return await self._changes.forget(by, member_id)
            case Action.SET:
                is_free = tuple(values) == (UNSET,)
                voice = None if is_free else await self._voice_id(interaction, values[0])
                return await self._changes.lock_voice(by, member_id, voice)
        return ""

    async def _voices(self, interaction: discord.Interaction[Bot]) -> Mapping[str, str]:
        """Return the ids of the voices there are to choose by their keys in menus."""
        facts = await self._facts.fetch(interaction, Spot())
        return {key(voice): voice.id for voice in facts.voices}

    async def _voice_id(self, interaction: discord.Interaction[Bot], key_: str) -> str:
        found = (await self._voices(interaction)).get(key_)
        if found is None:
            raise UserError(_("That voice does not speak with this model. Choose another one."))
        return found

    # What is typed

    async def _typed(self, by: Author, spot: Spot, submitted: Submitted) -> str:
        """Do what was typed in a dialog; return what to say of it."""
        typed = submitted.typed.get(dialogs.VALUE, "")
        if spot.tab is Tab.MEMBERS:
            return await self._changes.lock_voice(by, spot.member_id, typed)
        if spot.tab is Tab.DICTIONARY and submitted.fields["name"] == dialogs.ADDED:
            return await self._changes.add_word(by, submitted.typed[dialogs.KEY], typed)
        if spot.tab is Tab.DICTIONARY:
            return await self._changes.remove_word(by, submitted.typed[dialogs.KEY])
        setting = _setting(submitted.fields["name"])
        match setting.kind:
            case WordPerKey():
                [language] = submitted.chosen[dialogs.KEY]
                return await self._changes.choose_for_language(by, Language(language), typed)
            case Words() | Ids():
                return await self._typed_list(by, setting, submitted)
        value = typed.strip() if setting.name == "voice" else read_typed(setting, typed)
        return await self._changes.save(by, {setting.name: value})

    async def _typed_list(self, by: Author, setting: Setting, submitted: Submitted) -> str:
        added, removed = (
            dialogs.lines_of(submitted.typed.get(name, ""))
            for name in (dialogs.ADDED, dialogs.REMOVED)
        )
        new: Sequence[Any] = added
        if setting.name in LISTS_OF_VOICES:
            new = await self._changes.find_voices(by, added)
        else:
            new = _load(setting, added)
        return await self._changes.change_typed_list(by, setting, new, removed)


async def _require(
    interaction: discord.Interaction[Bot], spot: Spot, action: Action, name: str
) -> None:
    await require(interaction, COMMAND)
    if spot.tab is Tab.MEMBERS and action in OF_MEMBERS:
        await require(interaction, OF_MEMBERS[action])
    if spot.tab is Tab.DICTIONARY and action is Action.ASK:
        command = "dictionary add" if name == dialogs.ADDED else "dictionary remove"
        await require(interaction, command, means_own=False)


def _author(interaction: discord.Interaction[Bot]) -> Author:
    return Author(interaction.guild_id or 0, interaction.user.id)


def _action(name: str) -> Action:
    if name not in Action.__members__.values():
        raise _outdated()
    return Action(name)


def _setting(name: str) -> Setting:
    setting = _OF_GUILD.get(name)
    if setting is None:
        raise _outdated()
    return setting


def _outdated() -> UserError:
    return UserError(_("This panel is of an older version. Open a new one with /server panel."))


def _load(setting: Setting, written: str | Iterable[str]) -> Any:
    try:
        return setting.load(written)
    except InvalidValueError as error:
        raise invalid(setting, error) from error


def _require_writable(interaction: discord.Interaction[Bot], kind: Id, id_: int) -> None:
    if kind.of is not Mentionable.TEXT_CHANNEL or interaction.guild is None:
        return
    channel = interaction.guild.get_channel(id_)
    allowed = channel and channel.permissions_for(interaction.guild.me)
    if not allowed or not (allowed.view_channel and allowed.send_messages):
        raise UserError(
            _(
                "I may not write in {channel}. "
                "Give me View Channel and Send Messages there, then choose it again."
            ).format(channel=f"<#{id_}>")
        )

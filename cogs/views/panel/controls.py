"""Settings as something to press: one control for each kind of value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ui

from bot.i18n import N_, _, ngettext
from bot.settings.kinds import Choice, Flag, Id, Ids, Mentionable
from cogs._settings_words import cut, in_plain_words, in_words
from cogs.views.panel.spot import Action
from cogs.views.voice_picker import key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.models import Voice
    from bot.settings.declare import Setting
    from bot.tts.catalog import Model
    from cogs.views.panel.facts import Facts
    from cogs.views.panel.spot import Spot

MAX_OPTIONS: Final = 25
MAX_OPTION_CHARACTERS: Final = 100
MAX_BUTTON_CHARACTERS: Final = 80
"""All three are Discord's limits."""

UNSET: Final = "-"
"""The option that takes a value away."""

READ_CHANNELS: Final = "read_channels"
"""In place of the name of a setting."""

LISTS_OF_VOICES: Final = ("allowed_voices", "banned_voices")

_CHOOSE: Final = {
    Mentionable.ROLE: N_("Choose roles"),
    Mentionable.MEMBER: N_("Choose members"),
    Mentionable.BOT: N_("Choose bots"),
    Mentionable.TEXT_CHANNEL: N_("Choose a channel"),
    Mentionable.VOICE_CHANNEL: N_("Choose a channel"),
}
_READABLE: Final = [
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.forum,
    discord.ChannelType.media,
    discord.ChannelType.voice,
    discord.ChannelType.stage_voice,
    discord.ChannelType.public_thread,
    discord.ChannelType.private_thread,
    discord.ChannelType.news_thread,
]
_TEXT_CHANNELS: Final = [discord.ChannelType.text, discord.ChannelType.news]
_VOICE_CHANNELS: Final = [discord.ChannelType.voice, discord.ChannelType.stage_voice]


def controls(spot: Spot, facts: Facts) -> Iterator[ui.Item[Any]]:
    """Return the controls of all settings at `spot`."""
    if any(setting.name == "reads_voice_chat" for setting in spot.settings):
        yield from _read_channels(spot, facts)
    for setting in spot.settings:
        yield from _control(spot, setting, facts)


def explained(setting: Setting, value: str = "") -> ui.TextDisplay[Any]:
    """Return what a setting is called, its value in words, and what it means."""
    head = _("**{setting}:** {value}") if value else _("**{setting}**")
    head = head.format(setting=_(setting.label), value=value)
    return ui.TextDisplay(f"{head}\n-# {_(setting.about)}")


def sentence(words: str) -> str:
    """Begin with a capital what stands alone."""
    return words[:1].upper() + words[1:]


def _control(spot: Spot, setting: Setting, facts: Facts) -> Iterator[ui.Item[Any]]:
    value = getattr(facts.settings, setting.name)
    unset = "" if value else in_words(setting, value)
    if isinstance(setting.kind, Flag):
        yield ui.Section(
            explained(setting, in_words(setting, value)),
            accessory=_switch(spot, setting, is_on=value),
        )
    elif setting.name == "model":
        yield explained(setting)
        yield ui.ActionRow(_menu(spot, setting, _models(setting, value, facts)))
    elif setting.name == "voice":
        yield explained(setting)
        yield ui.ActionRow(_menu(spot, setting, _voices(setting, value, facts)))
        yield ui.ActionRow(ask_button(spot, setting, _("Another voice…")))
    elif setting.name in LISTS_OF_VOICES:
        yield explained(setting, unset)
        if facts.voices:
            yield ui.ActionRow(_voice_list(spot, setting, value, facts))
        yield ui.ActionRow(ask_button(spot, setting, _("Other voices by name…")))
    elif isinstance(setting.kind, Choice):
        yield explained(setting)
        yield ui.ActionRow(_menu(spot, setting, _choices(setting, setting.kind, value)))
    elif isinstance(setting.kind, Id | Ids) and setting.kind.of is not Mentionable.BOT:
        yield explained(setting, unset)
        yield ui.ActionRow(_picker(spot, setting, setting.kind, facts))
    elif isinstance(setting.kind, Ids):
        yield explained(setting, unset)
        yield ui.ActionRow(_picker(spot, setting, setting.kind, facts))
        yield ui.ActionRow(ask_button(spot, setting, _("Webhooks by id…")))
    else:
        text = explained(setting, in_words(setting, value))
        yield ui.Section(text, accessory=ask_button(spot, setting))


def ask_button(spot: Spot, setting: Setting, label: str = "") -> ui.Button[Any]:
    """Return the button that opens the dialog of a setting."""
    label = label or _("{setting}…").format(setting=_(setting.label))
    return ui.Button(
        label=cut(label, MAX_BUTTON_CHARACTERS), custom_id=spot.custom_id(Action.ASK, setting.name)
    )


def _switch(spot: Spot, setting: Setting, *, is_on: bool) -> ui.Button[Any]:
    label = _("Turn off: {setting}") if is_on else _("Turn on: {setting}")
    # It says what it does, so that two who press it at once want the same.
    action = Action.OFF if is_on else Action.ON
    return ui.Button(
        label=cut(label.format(setting=_(setting.label)), MAX_BUTTON_CHARACTERS),
        custom_id=spot.custom_id(action, setting.name),
    )


def _menu(spot: Spot, setting: Setting, options: Sequence[discord.SelectOption]) -> ui.Select[Any]:
    return ui.Select(
        placeholder=cut(_(setting.label), MAX_OPTION_CHARACTERS),
        custom_id=spot.custom_id(Action.SET, setting.name),
        options=list(options),
    )


def _option(
    label: str, value: str, chosen: str, description: str | None = None
) -> discord.SelectOption:
    return discord.SelectOption(
        label=cut(label, MAX_OPTION_CHARACTERS),
        value=value,
        description=description and cut(description, MAX_OPTION_CHARACTERS),
        default=value == chosen,
    )


def _unset(setting: Setting, value: Any) -> Iterator[discord.SelectOption]:
    if setting.default is None:
        words = sentence(in_plain_words(setting, None))
        yield _option(words, UNSET, UNSET if value is None else "")


def _choices(setting: Setting, kind: Choice, value: Any) -> list[discord.SelectOption]:
    return [
        *_unset(setting, value),
        *(_option(_(words), each.value, value or "") for each, words in kind.labels.items()),
    ]


def _models(setting: Setting, value: str | None, facts: Facts) -> list[discord.SelectOption]:
    offered = [
        _option(model.id, model.id, value or "", _about_model(model, facts))
        for model in facts.catalog.models.values()
    ]
    return [*_unset(setting, value), *offered][:MAX_OPTIONS]


def _about_model(model: Model, facts: Facts) -> str:
    count = len(facts.catalog.voices_of(model.id))
    if model.accepts_custom_voices:
        return _("Voices of your own: see /server customvoice")
    voices = ngettext("{count} voice", "{count} voices", count).format(count=count)
    return _("{voices}, follows a style").format(voices=voices) if model.accepts_style else voices


def _voices(setting: Setting, value: str | None, facts: Facts) -> list[discord.SelectOption]:
    current = facts.get_voice(value)
    shown = dict.fromkeys([*([current] if current else []), *facts.voices])
    chosen = key(current) if current else ""
    offered = [voice_option(each, is_chosen=key(each) == chosen) for each in shown]
    return [*_unset(setting, value), *offered][:MAX_OPTIONS]


def voice_option(voice: Voice, *, is_chosen: bool) -> discord.SelectOption:
    """Return a voice as something to choose."""
    traits = (voice.name, voice.dialect, voice.character)
    about = " · ".join(each for each in traits if each and each != voice.short_name)
    return discord.SelectOption(
        label=cut(voice.short_name, MAX_OPTION_CHARACTERS),
        value=key(voice),
        description=cut(about, MAX_OPTION_CHARACTERS) or None,
        default=is_chosen,
    )


def _voice_list(spot: Spot, setting: Setting, value: Sequence[str], facts: Facts) -> ui.Select[Any]:
    chosen = [each for each in facts.voices if each.id in value]
    shown = list(dict.fromkeys([*chosen, *facts.voices]))[:MAX_OPTIONS]
    return ui.Select(
        placeholder=_("Choose voices"),
        custom_id=spot.custom_id(Action.SET, setting.name),
        min_values=0,
        max_values=len(shown),
        options=[voice_option(each, is_chosen=each in chosen) for each in shown],
    )


def _picker(spot: Spot, setting: Setting, kind: Id | Ids, facts: Facts) -> ui.Item[Any]:
    """Return a menu of what the server has, such as roles."""
    value = getattr(facts.settings, setting.name)
    ids = value if isinstance(kind, Ids) else [value] if value else []
    most = kind.most if isinstance(kind, Ids) else 1
    options: dict[str, Any] = {
        "placeholder": _(_CHOOSE[kind.of] if most > 1 else N_("Choose one")),
        "custom_id": spot.custom_id(Action.SET, setting.name),
        "min_values": 0,
        "max_values": min(most, MAX_OPTIONS),
    }
    match kind.of:
        case Mentionable.ROLE:
            return ui.RoleSelect(default_values=_roles(ids, facts), **options)
        case Mentionable.MEMBER | Mentionable.BOT:
            return ui.UserSelect(default_values=_users(ids, facts), **options)
        case Mentionable.TEXT_CHANNEL:
            types = _TEXT_CHANNELS
        case Mentionable.VOICE_CHANNEL:
            types = _VOICE_CHANNELS
    chosen = _channels(ids, types, facts)
    return ui.ChannelSelect(channel_types=types, default_values=chosen, **options)


def _read_channels(spot: Spot, facts: Facts) -> Iterator[ui.Item[Any]]:
    """Return the menu of channels that are read, which is no setting but those of the channels."""
    yield ui.TextDisplay(
        _(
            "**Channels I read**\n-# What is written there is read aloud. "
            "{add} gives a channel rules of its own, {list} shows them all."
        ).format(add=facts.mention("read add"), list=facts.mention("read list"))
    )
    yield ui.ActionRow(
        ui.ChannelSelect(
            placeholder=_("Choose channels"),
            custom_id=spot.custom_id(Action.SET, READ_CHANNELS),
            channel_types=_READABLE,
            min_values=0,
            max_values=MAX_OPTIONS,
            default_values=_channels(facts.read_channel_ids, _READABLE, facts),
        )
    )


# What a menu has chosen: Discord refuses what the server has not any more


def _roles(ids: Iterable[int], facts: Facts) -> list[discord.SelectDefaultValue]:
    known = [each for each in ids if facts.guild.get_role(each)]
    return _chosen(known, discord.SelectDefaultValueType.role, facts)


def _users(ids: Iterable[int], facts: Facts) -> list[discord.SelectDefaultValue]:
    # The bot does not know who is there; `facts` says whether Discord has refused somebody.
    return _chosen(list(ids), discord.SelectDefaultValueType.user, facts)


def _channels(
    ids: Iterable[int], types: Sequence[discord.ChannelType], facts: Facts
) -> list[discord.SelectDefaultValue]:
    channels = [facts.guild.get_channel_or_thread(each) for each in ids]
    known = [each.id for each in channels if each and each.type in types]
    return _chosen(known, discord.SelectDefaultValueType.channel, facts)


def _chosen(
    ids: Sequence[int], kind: discord.SelectDefaultValueType, facts: Facts
) -> list[discord.SelectDefaultValue]:
    shown = ids[:MAX_OPTIONS] if facts.shows_chosen else ()
    return [discord.SelectDefaultValue(id=each, type=kind) for each in shown]

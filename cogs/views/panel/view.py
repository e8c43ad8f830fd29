"""The panel: one message, one page at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ui

from bot.i18n import _, ngettext
from bot.plain import plain
from bot.settings.declare import settings_of
from bot.settings.member import MemberRules
from bot.text.lexicon import MAX_ENTRIES
from cogs._arguments import label as voice_label
from cogs._dictionary import in_words as word_in_words
from cogs._settings_words import change_in_words, cut, in_plain_words, in_words
from cogs.views.log import fitting
from cogs.views.panel.controls import (
    MAX_OPTION_CHARACTERS,
    MAX_OPTIONS,
    UNSET,
    controls,
    voice_option,
)
from cogs.views.panel.dialogs import ADDED, REMOVED
from cogs.views.panel.spot import TITLES, Action, Spot, Tab, parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cogs.views.panel.facts import Facts

TABS_IN_ROW: Final = 4
MAX_LISTED: Final = 10
MAX_READING: Final = 60
"""Characters of how a word is said, where several are listed."""

MAX_LOG_CHARACTERS: Final = 2_500

_RULES: Final = settings_of(MemberRules)


class PanelView(ui.LayoutView):
    """One page of the panel; a picture of this moment.

    Its presses and dialogs are heard by the cog, so it is stopped from the start.
    """

    def __init__(self, spot: Spot, facts: Facts) -> None:
        super().__init__(timeout=None)
        card: ui.Container[PanelView] = ui.Container(ui.TextDisplay(_title(spot, facts)))
        card.add_item(ui.Separator())
        for item in (*_content(spot, facts), *_of_page(spot, facts), *_of_panel(spot)):
            card.add_item(item)
        self.add_item(card)
        self.stop()


def _title(spot: Spot, facts: Facts) -> str:
    page, part = _(TITLES[spot.tab]), tuple(parts(spot.tab))
    title = f"{page}: {_(part[spot.part])}" if len(part) > 1 else page
    lines = [f"### {title}"]
    if spot.tab is Tab.VOICES:
        lines.append(_speaking(facts))
    if facts.notice:
        lines.append(facts.notice)
    return "\n".join(lines)


def _speaking(facts: Facts) -> str:
    if facts.speaker is None:
        return facts.trouble
    return _("Now I speak as {voice} with {model}.").format(
        voice=plain(voice_label(facts.speaker.voice)),
        model=plain(facts.speaker.model.id),
    )


def _content(spot: Spot, facts: Facts) -> Iterator[ui.Item[Any]]:
    match spot.tab:
        case Tab.DICTIONARY:
            yield from _dictionary(spot, facts)
        case Tab.MEMBERS:
            yield from _members(spot, facts)
        case Tab.LOG:
            yield ui.TextDisplay(_newest(facts))
            yield from controls(spot, facts)
        case _:
            yield from controls(spot, facts)


def _dictionary(spot: Spot, facts: Facts) -> Iterator[ui.Item[Any]]:
    count = len(facts.words)
    lines = [
        _("How I say words that I would say wrong: names, abbreviations, slang."),
        ngettext(
            "**{count} word** of {most} at most", "**{count} words** of {most} at most", count
        ).format(count=f"{count:,}", most=f"{MAX_ENTRIES:,}"),
        *(f"- {word_in_words(each, most=MAX_READING)}" for each in facts.words[:MAX_LISTED]),
    ]
    if (more := count - MAX_LISTED) > 0:
        lines.append(ngettext("and {count} more", "and {count} more", more).format(count=more))
    yield ui.TextDisplay("\n".join(lines))
    yield ui.ActionRow(
        ui.Button(label=_("Add a word…"), custom_id=spot.custom_id(Action.ASK, ADDED)),
        ui.Button(
            label=_("Remove a word…"),
            custom_id=spot.custom_id(Action.ASK, REMOVED),
            disabled=not count,
        ),
    )
    yield ui.TextDisplay(
        _(
            "-# Look through all of them: {list}. Try a sentence: {test}. Many at once: {import_}."
        ).format(
            list=facts.mention("dictionary list"),
            test=facts.mention("dictionary test"),
            import_=facts.mention("dictionary import"),
        )
    )


def _newest(facts: Facts) -> str:
    lines = fitting(map(change_in_words, facts.entries[:MAX_LISTED]), MAX_LOG_CHARACTERS)
    head = _("**Newest changes**")
    if not lines:
        return f"{head}\n" + _("Nobody has changed anything here in the last 90 days.")
    all_of_them = _("-# All of them: {log}").format(log=facts.mention("server log"))
    return "\n".join((head, *lines, all_of_them))


# Members


def _members(spot: Spot, facts: Facts) -> Iterator[ui.Item[Any]]:
    if not facts.may_moderate:
        yield ui.TextDisplay(
            _("Only members with the permission Moderate Members can decide about others.")
        )
        return
    chosen = [
        discord.SelectDefaultValue(id=spot.member_id, type=discord.SelectDefaultValueType.user)
    ]
    yield ui.TextDisplay(_("Choose whose voice you want to mute or to lock.") + _ruled(facts))
    yield ui.ActionRow(
        ui.UserSelect(
            placeholder=_("Choose a member"),
            custom_id=spot.custom_id(Action.PICK),
            default_values=chosen if spot.member_id else [],
        )
    )
    if spot.member_id:
        yield from _member(spot, facts, facts.rules.get(spot.member_id, MemberRules()))


def _ruled(facts: Facts) -> str:
    """Say about whom something was decided, after what is said above the menu."""
    if not facts.rules:
        return ""
    lines = [
        f"<@{id_}>: " + ", ".join(_decided(rules))
        for id_, rules in list(facts.rules.items())[:MAX_LISTED]
    ]
    if more := len(facts.rules) - len(lines):
        lines.append(ngettext("and {count} more", "and {count} more", more).format(count=more))
    return "\n" + "\n".join(lines)


def _decided(rules: MemberRules) -> Iterator[str]:
    for setting in _RULES.values():
        if (value := getattr(rules, setting.name)) != setting.default:
            yield f"{_(setting.label)}: {in_words(setting, value)}"


def _member(spot: Spot, facts: Facts, rules: MemberRules) -> Iterator[ui.Item[Any]]:
    muted, voice = _RULES["is_muted"], _RULES["voice"]
    yield ui.Section(
        ui.TextDisplay(
            f"**{_(muted.label)}:** {in_words(muted, rules.is_muted)}\n-# {_(muted.about)}"
        ),
        accessory=ui.Button(
            label=_("Read again") if rules.is_muted else _("Mute"),
            custom_id=spot.custom_id(Action.UNMUTE if rules.is_muted else Action.MUTE),
        ),
    )
    yield ui.TextDisplay(
        f"**{_(voice.label)}:** {in_words(voice, rules.voice)}\n-# {_(voice.about)}"
    )
    current = facts.get_voice(rules.voice)
    shown = dict.fromkeys([*([current] if current else []), *facts.voices])
    unlocked = discord.SelectOption(
        label=_("The voice they choose"), value=UNSET, default=rules.voice is None
    )
    yield ui.ActionRow(
        ui.Select(
            placeholder=_(voice.label),
            custom_id=spot.custom_id(Action.SET, "voice"),
            options=[
                unlocked,
                *(voice_option(each, is_chosen=each == current) for each in shown),
            ][:MAX_OPTIONS],
        )
    )
    yield ui.ActionRow(
        ui.Button(label=_("Another voice…"), custom_id=spot.custom_id(Action.ASK, "voice")),
        ui.Button(
            label=_("Forget all of this"),
            custom_id=spot.custom_id(Action.FORGET),
            disabled=rules == MemberRules(),
        ),
    )


# What every page has


def _reset(spot: Spot, facts: Facts) -> Iterator[ui.Item[Any]]:
    changed = [
        each for each in spot.settings if getattr(facts.settings, each.name) != each.default
    ][:MAX_OPTIONS]
    if changed:
        yield ui.ActionRow(
            ui.Select(
                placeholder=_("Set back to the default…"),
                custom_id=spot.custom_id(Action.RESET),
                min_values=0,
                max_values=len(changed),
                options=[
                    discord.SelectOption(
                        label=_(each.label),
                        value=each.name,
                        description=cut(
                            _("Default: {value}").format(value=in_plain_words(each, each.default)),
                            MAX_OPTION_CHARACTERS,
                        ),
                    )
                    for each in changed
                ],
            )
        )


def _of_page(spot: Spot, facts: Facts) -> Iterator[ui.Item[Any]]:
    titles = tuple(parts(spot.tab))
    reset = tuple(_reset(spot, facts))
    if reset or len(titles) > 1:
        yield ui.Separator()
    yield from reset
    if len(titles) > 1:
        yield ui.ActionRow(
            *(
                _link(_(title), Spot(spot.tab, nth), "part", is_here=nth == spot.part)
                for nth, title in enumerate(titles)
            )
        )


def _of_panel(spot: Spot) -> Iterator[ui.Item[Any]]:
    yield ui.Separator()
    tabs = [_link(_(TITLES[tab]), Spot(tab), "page", is_here=tab is spot.tab) for tab in Tab]
    yield ui.ActionRow(*tabs[:TABS_IN_ROW])
    yield ui.ActionRow(*tabs[TABS_IN_ROW:])


def _link(label: str, spot: Spot, name: str, *, is_here: bool) -> ui.Button[Any]:
    """Return a button to another page or part; `name` tells two to the same place apart."""
    style = discord.ButtonStyle.primary if is_here else discord.ButtonStyle.secondary
    return ui.Button(label=label, style=style, custom_id=spot.custom_id(Action.SHOW, name))

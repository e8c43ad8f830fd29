"""The checklist of a server, with what mends it below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import discord
from discord import ButtonStyle, ui

from bot.i18n import _
from cogs._checklist import Check, Mark
from cogs.views.panel.spot import Action as PanelAction
from cogs.views.panel.spot import Spot, Tab

if TYPE_CHECKING:
    from collections.abc import Sequence

# A later version reads the ids of messages that this one has posted: new meaning, new number.
TEMPLATE: Final = r"setup1:(?P<action>test|check|read)"

MARKS: Final = {Mark.DONE: "✅", Mark.MISSING: "❌", Mark.OPEN: "➡️"}

GREEN, RED = discord.Colour(0x23A55A), discord.Colour(0xF23F43)

CHANNEL_TYPES: Final = [
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.forum,
    discord.ChannelType.voice,
    discord.ChannelType.stage_voice,
    discord.ChannelType.public_thread,
    discord.ChannelType.private_thread,
    discord.ChannelType.news_thread,
]


class SetupView(ui.LayoutView):
    """What is there and what is not; its presses are heard by `cogs.setup`.

    Args:
        checks: Every point.
        step: What to do next.
        note: What came of the last press.
        guide_url: Where the guide can be read, if the operator has said so.
    """

    def __init__(
        self, checks: Sequence[Check], step: str, note: str = "", *, guide_url: str | None = None
    ) -> None:
        super().__init__(timeout=None)
        head = ["### " + _("First steps"), _("**Next:** {step}").format(step=step)]
        points = [f"{MARKS[check.mark]} {check.sentence}" for check in checks]
        is_done = not any(check.mark is Mark.MISSING for check in checks)
        card: ui.Container[SetupView] = ui.Container(accent_colour=GREEN if is_done else RED)
        if note:
            card.add_item(ui.TextDisplay(note)).add_item(ui.Separator())
        card.add_item(ui.TextDisplay("\n".join(head)))
        card.add_item(ui.Separator()).add_item(ui.TextDisplay("\n".join(points)))
        self.add_item(card)
        self.add_item(ui.ActionRow(_channel_menu()))
        self.add_item(ui.ActionRow(*_buttons(guide_url)))
        self.stop()


def _channel_menu() -> ui.ChannelSelect[SetupView]:
    return ui.ChannelSelect(
        custom_id="setup1:read",
        placeholder=_("Let me read a channel aloud"),
        channel_types=CHANNEL_TYPES,
    )


def _buttons(guide_url: str | None) -> list[ui.Button[SetupView]]:
    # Heard by the panel, which then takes the place of the checklist.
    panel = Spot(Tab.VOICES).custom_id(PanelAction.SHOW, "page")
    buttons: list[ui.Button[SetupView]] = [
        ui.Button(
            label=_("Say a test sentence"), style=ButtonStyle.primary, custom_id="setup1:test"
        ),
        ui.Button(label=_("Check again"), custom_id="setup1:check"),
        ui.Button(label=_("Voice and all settings"), custom_id=panel),
    ]
    if guide_url:
        buttons.append(ui.Button(label=_("Read the whole guide"), url=guide_url))
    return buttons

"""Who changed what, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from discord import ui

from bot.i18n import _
from cogs._settings_words import change_in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.settings.change import AuditEntry
    from bot.storage.audit import AuditRepository

# A later version reads the ids of messages that this one has posted: new meaning, new number.
TEMPLATE: Final = r"log1:(?P<skip>[0-9]{1,9}):(?P<button>newest|newer|older)"

ON_PAGE: Final = 10
MAX_PAGE_CHARACTERS: Final = 3_800
"""Of the 4,000 Discord takes in the texts of a message with components."""


def fitting(lines: Iterable[str], most: int) -> list[str]:
    """Return the first of `lines` that take `most` characters together, one a line."""
    fits: list[str] = []
    for line in lines:
        most -= len(line) + 1
        if most < 0:
            break
        fits.append(line)
    return fits


class LogView(ui.LayoutView):
    """Changes of a server, the newest first; a picture of this moment.

    Its presses are heard by the cog, so it is stopped from the start.
    """

    def __init__(self, entries: Sequence[AuditEntry], skip: int) -> None:
        super().__init__(timeout=None)
        lines = fitting(map(change_in_words, entries[:ON_PAGE]), MAX_PAGE_CHARACTERS)
        title = _("### Who changed what")
        self.add_item(ui.TextDisplay("\n".join((title, *(lines or [_nothing(skip)])))))
        turning = [
            _button(_("Newest changes"), 0, "newest", is_on=skip > 0),
            _button(_("Newer changes"), max(0, skip - ON_PAGE), "newer", is_on=skip > 0),
            _button(
                _("Older changes"), skip + len(lines), "older", is_on=len(entries) > len(lines)
            ),
        ]
        if any(not button.disabled for button in turning):
            self.add_item(ui.ActionRow(*turning))
        self.stop()


def _button(label: str, skip: int, name: str, *, is_on: bool) -> ui.Button[LogView]:
    return ui.Button(label=label, custom_id=f"log1:{skip}:{name}", disabled=not is_on)


def _nothing(skip: int) -> str:
    if skip:
        return _("There is nothing older than that. Go back with the buttons below.")
    return _("Nobody has changed anything here in the last 90 days.")


async def log_view(audit: AuditRepository, guild_id: int, skip: int = 0) -> LogView:
    """Return the changes of a server after the `skip` newest ones.

    Raises:
        UserError: The database does not answer.
    """
    return LogView(await audit.fetch(guild_id, most=ON_PAGE + 1, skip=skip), skip)

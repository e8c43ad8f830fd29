"""What is said and what waits, as a panel for one member."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import discord
from discord import ui

from bot.i18n import _, ngettext
from bot.plain import plain
from cogs.views.press import Action, Press

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.client import Bot
    from bot.voice.queue import Turn
    from bot.voice.session import VoiceSession

log = logging.getLogger(__name__)

MAX_LISTED: Final = 10
MAX_EXCERPT_CHARACTERS: Final = 80
MAX_VOICE_CHARACTERS: Final = 40
MAX_MENU_OPTIONS: Final = 25  # Discord's limit

EDIT_INTERVAL_S: Final = 1.5
LIFETIME_S: Final = 14 * 60
"""A minute less than the answer to a command can be edited."""


def open_turns(session: VoiceSession) -> list[Turn]:
    """Return what is said and what waits, without what was cut a moment ago."""
    return [turn for turn in session.turns if not turn.is_cut]


class QueueView(ui.LayoutView):
    """The queue as `viewer_id` may see and change it; a picture of this moment.

    Its presses are heard by `cogs.views.press`, so it is stopped from the start.
    """

    def __init__(self, session: VoiceSession, *, viewer_id: int, process: str) -> None:
        super().__init__(timeout=None)
        turns = open_turns(session)
        self.add_item(ui.TextDisplay(_text(session, turns)))
        if turns:
            self.add_item(ui.ActionRow(_skip_button(turns[0], process)))
        own = [turn for turn in turns[1:] if turn.utterance.speaker_id == viewer_id]
        if own:
            self.add_item(ui.ActionRow(_take_back_menu(own[:MAX_MENU_OPTIONS], process)))
        self.stop()


class ClosedView(ui.LayoutView):
    """What a panel says when it is kept up to date no longer."""

    def __init__(self, sentence: str) -> None:
        super().__init__(timeout=None)
        self.add_item(ui.TextDisplay(sentence))
        self.stop()


class QueuePanel:
    """Keeps the answer to one command up to date."""

    def __init__(
        self,
        interaction: discord.Interaction[Bot],
        session: VoiceSession,
        *,
        process: str,
        may_look: Callable[[], bool],
    ) -> None:
        self._interaction = interaction
        self._session = session
        self._process = process
        self._may_look = may_look
        self._changed = asyncio.Event()
        self._shown: list[dict[str, Any]] = []

    async def show(self) -> None:
        """Answer with the queue as it is."""
        view = self._view()
        self._shown = _wire(view)
        await self._interaction.response.send_message(view=view, ephemeral=True)

    async def follow(self) -> None:
        """Edit the answer after every change, until the call, the permission or the time is up."""
        unwatch = self._session.watch(self._changed.set)
        self._changed.set()  # for what happened since it was shown
        try:
            async with asyncio.timeout(LIFETIME_S):
                await self._follow()
            await self._edit(ClosedView(self._farewell()))
        except TimeoutError:
            await self._edit(ClosedView(_("This list is old. Ask for a new one with /queue.")))
        except (discord.HTTPException, aiohttp.ClientError) as error:
            log.info("a queue panel ends: %s", type(error).__name__)
        finally:
            unwatch()

    async def _follow(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            if not self._is_live or not self._may_look():
                return
            if await self._edit(self._view()):
                await asyncio.sleep(EDIT_INTERVAL_S)

    @property
    def _is_live(self) -> bool:
        sessions = self._interaction.client.sessions
        return sessions.get(self._session.guild_id) is self._session

    def _farewell(self) -> str:
        if not self._is_live:
            return _("That call is over.")
        return _("You are not in {channel} any more.").format(channel=self._session.channel.mention)

    def _view(self) -> QueueView:
        return QueueView(self._session, viewer_id=self._interaction.user.id, process=self._process)

    async def _edit(self, view: ui.LayoutView) -> bool:
        """Show `view`; return whether that took an edit."""
        wanted = _wire(view)
        if wanted == self._shown:
            return False
        self._shown = wanted
        await self._interaction.edit_original_response(view=view)
        return True


def _wire(view: ui.LayoutView) -> list[dict[str, Any]]:
    components: list[dict[str, Any]] = view.to_components()  # type: ignore[no-untyped-call]
    return components


def _text(session: VoiceSession, turns: Sequence[Turn]) -> str:
    lines = ["### " + _("What I say in {channel}").format(channel=session.channel.mention)]
    if session.is_paused:
        lines.append(_("Paused. Go on with /resume."))
    if not turns:
        lines.append(_("Nothing is being said, and nothing waits."))
        return "\n".join(lines)
    lines.append(_("Now: {message}").format(message=_describe(turns[0])))
    listed = turns[1 : MAX_LISTED + 1]
    lines += [f"{place}. {_describe(turn)}" for place, turn in enumerate(listed, start=1)]
    if more := len(turns) - 1 - len(listed):
        lines.append(ngettext("and {count} more", "and {count} more", more).format(count=more))
    return "\n".join(lines)


def _describe(turn: Turn) -> str:
    return _("{member}, with {voice}: {text}").format(
        member=f"<@{turn.utterance.speaker_id}>",
        voice=plain(turn.utterance.voice.short_name[:MAX_VOICE_CHARACTERS]),
        text=plain(_excerpt(turn)),
    )


def _excerpt(turn: Turn) -> str:
    words = " ".join(" ".join(request.text for request in turn.utterance.requests).split())
    if len(words) <= MAX_EXCERPT_CHARACTERS:
        return words
    return f"{words[: MAX_EXCERPT_CHARACTERS - 1].rstrip()}…"


def _skip_button(turn: Turn, process: str) -> ui.Button[QueueView]:
    return ui.Button(
        label=_("Skip what is said now"),
        custom_id=Press(Action.SKIP, process, turn.id).custom_id,
    )


def _take_back_menu(turns: Sequence[Turn], process: str) -> ui.Select[QueueView]:
    return ui.Select(
        placeholder=_("Take back one of yours"),
        custom_id=Press(Action.TAKE, process).custom_id,
        options=[discord.SelectOption(label=_excerpt(turn), value=str(turn.id)) for turn in turns],
    )

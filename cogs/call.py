"""Bring the bot into a call, and rule what it says there."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.errors import UserError
from bot.i18n import _, ngettext
from bot.permit import moderates, require
from bot.policy.skip import may_clear, may_take_away
from bot.reading.service import ReadingService
from bot.storage.settings import SettingsRepository
from bot.tasks import Tasks
from bot.voice.access import elsewhere
from bot.voice.registry import SessionRegistry
from cogs._call import outside, require_call, require_session
from cogs._skip import Ballots, skip
from cogs.views.press import Action, Press, item_for
from cogs.views.queue import QueuePanel, QueueView, open_turns

if TYPE_CHECKING:
    from bot.client import Bot
    from bot.voice.client import CallChannel
    from bot.voice.session import VoiceSession


class Call(commands.Cog):
    """What everyone in a call may do with the bot."""

    def __init__(
        self, *, sessions: SessionRegistry, settings: SettingsRepository, reading: ReadingService
    ) -> None:
        self._sessions = sessions
        self._settings = settings
        self._reading = reading
        self._process = secrets.token_hex(4)
        self._ballots = Ballots(self._process)
        self._panels: dict[tuple[int, int], asyncio.Task[None]] = {}
        self._tasks = Tasks()
        self.presses = item_for(self._press)

    async def cog_unload(self) -> None:
        """End what is still kept up to date."""
        await self._tasks.close()
        await self._ballots.close()

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.describe(channel="Where to; your own voice channel if you leave this out")
    async def join(
        self,
        interaction: discord.Interaction[Bot],
        channel: discord.VoiceChannel | discord.StageChannel | None = None,
    ) -> None:
        """Call me into a voice channel."""
        await interaction.response.defer(ephemeral=True)
        target = channel or require_call(interaction)
        _require_entry(interaction, target)
        self._require_mine_to_move(interaction, target)
        session = await self._sessions.join(target, may_move=True, home_id=interaction.channel_id)
        server = await self._settings.fetch_guild(session.guild_id)
        if server.reads_voice_chat and self._reading.reads_content:
            sentence = _("I am in {channel}. I read its chat aloud; /say speaks, too.")
        else:
            sentence = _("I am in {channel}. Let me speak with /say.")
        await interaction.followup.send(sentence.format(channel=session.channel.mention))

    @app_commands.command()
    @app_commands.guild_only()
    async def leave(self, interaction: discord.Interaction[Bot]) -> None:
        """Send me out of the voice channel."""
        await interaction.response.defer(ephemeral=True)
        self._require_mine_to_move(interaction)
        if not await self._sessions.leave(interaction.guild_id or 0):
            raise UserError(_("I am in no voice channel. Call me with /join."))
        await interaction.followup.send(_("I left the voice channel."))

    @app_commands.command()
    @app_commands.guild_only()
    async def skip(self, interaction: discord.Interaction[Bot]) -> None:
        """Cut off what is being said now, or vote to."""
        session = require_session(interaction)
        turns = open_turns(session)
        if not turns:
            raise _silence()
        ruling = skip(interaction, session, turns[0])
        if ruling.is_granted:
            await interaction.response.send_message(_("Skipped."), ephemeral=True)
            return
        await self._ballots.ask(interaction, turns[0], ruling)

    @app_commands.command()
    @app_commands.guild_only()
    async def stop(self, interaction: discord.Interaction[Bot]) -> None:
        """Cut off what is being said and forget what waits."""
        session = require_session(interaction)
        by = interaction.user.id
        is_for_all = may_clear(
            by=by,
            is_moderator=moderates(interaction.user, session),
            listeners=session.listeners,
        )
        count = session.clear(by=by) if is_for_all else _take_back_all(session, by)
        if not count:
            raise _nothing_to_stop(session, by)
        stopped = ngettext("Stopped {count} message.", "Stopped {count} messages.", count)
        answer = stopped.format(count=count)
        if not is_for_all and open_turns(session):
            answer += " " + _("What others say stays: only moderators can stop that.")
        await interaction.response.send_message(answer, ephemeral=True)

    @app_commands.command()
    @app_commands.guild_only()
    async def pause(self, interaction: discord.Interaction[Bot]) -> None:
        """Make me wait where I am."""
        if not require_session(interaction).pause():
            raise UserError(_("I am paused already. Let me go on with /resume."))
        await interaction.response.send_message(
            _("Paused. Let me go on with /resume."), ephemeral=True
        )

    @app_commands.command()
    @app_commands.guild_only()
    async def resume(self, interaction: discord.Interaction[Bot]) -> None:
        """Let me go on after a pause."""
        if not require_session(interaction).resume():
            raise UserError(_("I am not paused. Make me wait with /pause."))
        await interaction.response.send_message(_("I go on."), ephemeral=True)

    @app_commands.command()
    @app_commands.guild_only()
    async def queue(self, interaction: discord.Interaction[Bot]) -> None:
        """See what waits to be said, and take back what is yours."""
        session = require_session(interaction)
        watcher = interaction.user.id
        may_moderate = moderates(interaction.user, session)

        def may_look() -> bool:
            return may_moderate or watcher in session.listeners

        panel = QueuePanel(interaction, session, process=self._process, may_look=may_look)
        await panel.show()
        self._follow(panel, (session.guild_id, watcher))

    def _require_mine_to_move(
        self, interaction: discord.Interaction[Bot], target: CallChannel | None = None
    ) -> None:
        """Check that nobody's call is ended from outside by going to `target`, or to none.

        Raises:
            UserError: It would be.
        """
        session = self._sessions.get(interaction.guild_id or 0)
        if session is None or (target and session.desired_channel_id == target.id):
            return
        if not may_take_away(
            by=interaction.user.id,
            is_moderator=moderates(interaction.user, session),
            listeners=session.listeners,
        ):
            raise outside(session) if target is None else elsewhere(session.channel)

    def _follow(self, panel: QueuePanel, key: tuple[int, int]) -> None:
        """Keep a panel up to date instead of the one the member had before."""
        if (previous := self._panels.get(key)) is not None:
            previous.cancel()
        following = self._tasks.start(panel.follow(), name=f"queue panel of guild {key[0]}")
        self._panels[key] = following
        following.add_done_callback(lambda task: self._forget(key, task))

    def _forget(self, key: tuple[int, int], task: asyncio.Task[None]) -> None:
        if self._panels.get(key) is task:
            del self._panels[key]

    async def _press(self, interaction: discord.Interaction[Bot], press: Press) -> None:
        await require(interaction, "skip")  # whatever is pressed, it cuts off a turn
        session = require_session(interaction)
        turn = next((turn for turn in open_turns(session) if turn.id == press.turn_id), None)
        if turn is None or press.process != self._process:
            raise UserError(_("That is over already. See what waits with /queue."))
        if press.action is Action.TAKE and turn.utterance.speaker_id != interaction.user.id:
            raise UserError(_("Only who said that can take it back."))
        ruling = skip(interaction, session, turn)
        if press.action is Action.VOTE:
            await self._ballots.count(interaction, turn, ruling)
        elif not ruling.is_granted:
            await self._ballots.ask(interaction, turn, ruling)
        else:
            view = QueueView(session, viewer_id=interaction.user.id, process=self._process)
            await interaction.response.edit_message(view=view)


def _require_entry(interaction: discord.Interaction[Bot], channel: CallChannel) -> None:
    """Check that whoever calls the bot into a channel may go there themselves.

    Raises:
        UserError: They may not.
    """
    member = interaction.user
    if not isinstance(member, discord.Member) or member in channel.members:
        return
    allowed = channel.permissions_for(member)
    if not (allowed.view_channel and allowed.connect):
        raise UserError(
            _("You may not go into {channel} yourself. Call me into one where you may.").format(
                channel=channel.mention
            )
        )


def _take_back_all(session: VoiceSession, speaker_id: int) -> int:
    own = [turn for turn in open_turns(session) if turn.utterance.speaker_id == speaker_id]
    # The last first: else the next would begin to sound before it is its turn to be cut.
    return sum(session.skip(turn, by=speaker_id) for turn in reversed(own))


def _nothing_to_stop(session: VoiceSession, by: int) -> UserError:
    if not open_turns(session):
        return _silence()
    if by not in session.listeners:
        return outside(session)
    return UserError(
        _("Only moderators can stop what others say. Vote to skip what is said now with /skip.")
    )


def _silence() -> UserError:
    return UserError(_("Nothing is being said right now."))


async def setup(bot: Bot) -> None:
    """Add the commands, and listen to what is pressed."""
    cog = Call(sessions=bot.sessions, settings=bot.settings, reading=bot.reading)
    await bot.add_cog(cog)
    bot.add_dynamic_items(cog.presses)

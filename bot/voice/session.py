"""The bot in one guild's call: where it is, what it says there, and when it goes by itself."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import discord

from bot.i18n import _
from bot.voice.boredom import Boredom
from bot.voice.client import people_in
from bot.voice.gateway import Departure
from bot.voice.ledger import DropReason, NotSpokenError
from bot.voice.narrator import Narrator
from bot.voice.presence import Presence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.models import Utterance
    from bot.tts.recorder import Recorder
    from bot.voice.client import CallChannel, VoiceClient
    from bot.voice.condition import Condition
    from bot.voice.ledger import Ledger
    from bot.voice.pacer import Pacer
    from bot.voice.queue import Room, Turn
    from bot.voice.recovery import Recovery

STAGE_S: Final = 1.5
"""How long Discord may take to let the bot speak on a stage where it may decide that itself."""

REASONS: Final = {
    Departure.WISH: DropReason.SENT_AWAY,
    Departure.KICKED: DropReason.KICKED,
    Departure.CHANNEL_GONE: DropReason.CHANNEL_GONE,
    Departure.REMOVED: DropReason.REMOVED,
    Departure.REFUSED: DropReason.NO_CONNECTION,
    Departure.NO_SERVER: DropReason.NO_CONNECTION,
    Departure.NO_GROUP: DropReason.NOT_ENCRYPTED,
}
UNEXPECTED: Final = frozenset({Departure.REFUSED, Departure.NO_SERVER, Departure.NO_GROUP})
"""Nobody wanted the bot to go."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the bot stays for nothing; 0 is for ever."""

    alone_s: float = 60.0
    idle_s: float = 1800.0


class Host(Protocol):
    """Who opens sessions, and is told what they cannot settle themselves."""

    def on_moved(self, session: VoiceSession) -> None:
        """A moderator has moved the bot."""

    def on_departed(self, session: VoiceSession, departure: Departure) -> None:
        """The call is over."""

    def on_bored(self, session: VoiceSession, reason: DropReason) -> None:
        """Nobody is there, or nothing is said, for longer than the bot is patient."""

    def on_trouble(self, session: VoiceSession, word: Callable[[], str]) -> None:
        """People in the call should know something; `word` says it in their language."""


@dataclass(frozen=True, slots=True)
class Equipment:
    """What all sessions share."""

    recorder: Recorder
    pacer: Pacer
    ledger: Ledger
    recovery: Recovery
    patience: Patience


class VoiceSession:
    """A presence that keeps the bot in the call, and a narrator that speaks in it."""

    def __init__(self, client: VoiceClient, host: Host, equipment: Equipment) -> None:
        self._client = client
        self._host = host
        self._recovery = equipment.recovery
        self.home_id: int | None = None
        """The text channel where people talk with the bot."""
        self._presence = client.presence = Presence(
            client, self, client.channel.id, equipment.recovery
        )
        self._narrator = Narrator(
            self._presence,
            guild_id=client.guild_id,
            recorder=equipment.recorder,
            pacer=equipment.pacer,
            ledger=equipment.ledger,
        )
        self._alone = Boredom(
            equipment.patience.alone_s, lambda: host.on_bored(self, DropReason.ALONE)
        )
        self._idle = Boredom(
            equipment.patience.idle_s, lambda: host.on_bored(self, DropReason.IDLE)
        )
        self._hopeless = Boredom(self._recovery.speech_patience_s, self._give_up_speech)
        self._has_told_silence = False
        self._takes_the_stage = False
        self._narrator.watch(self._on_queue_changed)
        self._on_queue_changed()

    # Where it is

    @property
    def guild_id(self) -> int:
        """The guild of the call."""
        return self._client.guild_id

    @property
    def channel(self) -> CallChannel:
        """The channel where the bot is wanted, or was last."""
        return self._client.channel_of(self._presence.channel_id)

    @property
    def desired_channel_id(self) -> int | None:
        """Where the bot is wanted; None once it is to leave."""
        return self._presence.channel_id

    @property
    def is_live(self) -> bool:
        """Whether there is a connection to the call."""
        return self._presence.is_live

    @property
    def is_silenced(self) -> bool:
        """Whether Discord lets nobody hear the bot."""
        return self._presence.is_silenced

    @property
    def condition(self) -> Condition | None:
        """How the connection to the call fares, once it is open."""
        return self._presence.condition

    @property
    def first_sound_s(self) -> float | None:
        """How many seconds speech lately took to begin; None where none was made lately."""
        return self._narrator.first_sound_s

    @property
    def has_been_live(self) -> bool:
        """Whether there ever was a connection."""
        return self._presence.has_been_live

    @property
    def is_retrying(self) -> bool:
        """Whether a lost connection would be restored."""
        return self._presence.is_retrying

    @property
    def rate_limited_s(self) -> float:
        """For how long Discord wants to be left alone."""
        return self._presence.rate_limited_s

    @property
    def listeners(self) -> frozenset[int]:
        """The people in the channel, bots not among them."""
        return people_in(self.channel)

    @property
    def hold_reason(self) -> str | None:
        """Say why speech waits, if it does for more than the speech before it."""
        if self._narrator.is_paused:
            return _("I am paused. /resume lets me go on.")
        if self._presence.is_silenced and not self._takes_the_stage:
            return self._silence_sentence()
        if not self._presence.is_live:
            return _("I am getting back into the call, then I say it.")
        return None if self.listeners else _("Nobody else is in the voice channel yet.")

    async def wait_until_live(self, channel_id: int) -> None:
        """Wait for the connection to a channel's call.

        Raises:
            DepartedError: There will be none.
        """
        await self._presence.wait_until_live(channel_id)
        if self._takes_the_stage:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STAGE_S):
                    await self._presence.wait_until_heard()

    def go_to(self, channel: CallChannel) -> None:
        """Go to another channel; what was to be said in this one is dropped."""
        self._narrator.drop_all(DropReason.CALLED_ELSEWHERE)
        self._presence.go_to(channel.id)

    def be_patient(self, patience: Patience) -> None:
        """Stay for nothing as long as `patience` says, from now on."""
        self._alone.wait_for(patience.alone_s)
        self._idle.wait_for(patience.idle_s)

    def on_attendance(self) -> None:
        """Take in that somebody came or went."""
        if self.listeners:
            self._alone.stop()
        else:
            self._alone.start()
        self._look_for_hope()

    def on_gateway_reset(self) -> None:
        """Take in that the gateway, or the guild, has begun afresh."""
        self._presence.on_gateway_reset()

    def on_guild_removed(self) -> None:
        """Take in that the bot is in the guild no more."""
        self._presence.on_guild_removed()

    # What it says

    @property
    def turns(self) -> Sequence[Turn]:
        """What is open: the one that sounds first, then those that wait."""
        return self._narrator.turns

    @property
    def is_paused(self) -> bool:
        """Whether somebody told it to wait."""
        return self._narrator.is_paused

    def enqueue(self, utterance: Utterance, *, room: Room | None = None) -> Turn:
        """Accept an utterance; what becomes of it is in the turn.

        `room` is how much may wait.

        Raises:
            QueueFullError: Too much waits already.
        """
        if self._presence.is_silenced:
            self._takes_the_stage = self._client.take_the_stage()
        return self._narrator.enqueue(utterance, room=room)

    def replace(self, turn: Turn, utterance: Utterance) -> Turn:
        """Say `utterance` instead of `turn`: in its place if it waits, else next of all."""
        return self._narrator.replace(turn, utterance)

    def drop(self, turn: Turn, reason: DropReason) -> None:
        """Give up an utterance, mid-word if it sounds."""
        self._narrator.drop(turn, reason)

    def skip(self, turn: Turn, *, by: int) -> bool:
        """Cut an utterance, mid-word if it sounds; return whether it was still open."""
        return self._narrator.skip(turn, by=by)

    def clear(self, *, by: int) -> int:
        """Cut everything said and waiting; return how many utterances that were."""
        return self._narrator.clear(by=by)

    def pause(self) -> bool:
        """Fall silent where it is; return whether that changed anything."""
        return self._narrator.pause()

    def resume(self) -> bool:
        """Go on; return whether that changed anything."""
        return self._narrator.resume()

    def watch(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back whenever the open turns change; return what ends that."""
        return self._narrator.watch(callback)

    # Its end

    async def finish(self, grace_s: float) -> None:
        """Let what sounds end within `grace_s`, fading it out if need be."""
        await self._narrator.finish(grace_s)

    async def close(self, reason: DropReason) -> None:
        """Fall silent and leave; returns when Discord has confirmed it or is too slow to."""
        self._alone.close()
        self._idle.close()
        self._hopeless.close()
        await self._narrator.close(reason)
        await self._client.disconnect(force=True)

    # What the presence reports

    def on_change(self) -> None:
        """Take in that speech may be possible now, or not any more."""
        self._narrator.on_line_changed()
        if self._presence.is_live:
            self.on_attendance()
        is_silenced = self._presence.is_live and self._presence.is_silenced
        if is_silenced and not self._has_told_silence:
            self._takes_the_stage = self._client.take_the_stage()
            if not self._takes_the_stage:
                self._host.on_trouble(self, self._silence_sentence)
        self._has_told_silence = is_silenced
        self._look_for_hope()

    def on_restored(self, *, outage_s: float, unheard_s: float) -> None:
        """Take in that the call is back."""
        in_place = outage_s <= self._recovery.resume_in_place_s
        self._narrator.on_line_restored(unheard_s=unheard_s, in_place=in_place)

    def on_moved(self, channel_id: int) -> None:
        """Take in that a moderator has moved the bot."""
        self._host.on_moved(self)

    def on_waiting_for_server(self) -> None:
        """Take in that Discord has had no voice server for a while."""
        self._host.on_trouble(self, _no_server_sentence)

    def on_departed(self, departure: Departure, close_code: int | None) -> None:
        """Take in that the call is over."""
        self._host.on_departed(self, departure)

    def _silence_sentence(self) -> str:
        if isinstance(self.channel, discord.StageChannel):
            return _(
                "Only speakers are heard in {channel}. I raised my hand: let me speak."
            ).format(channel=self.channel.mention)
        return _("I may not speak in {channel}. Unmute me or allow me to Speak there.").format(
            channel=self.channel.mention
        )

    def _on_queue_changed(self) -> None:
        if self._narrator.turns:
            self._idle.stop()
        else:
            self._idle.start()
        self._look_for_hope()

    def _look_for_hope(self) -> None:
        """Wait no longer than people do for a call in which what is to be said can be heard."""
        presence = self._presence
        is_held = presence.is_silenced or self._narrator.is_paused or not self.listeners
        if self._narrator.turns and not (presence.is_settled or is_held):
            self._hopeless.start()
        else:
            self._hopeless.stop()

    def _give_up_speech(self) -> None:
        """Forget what nobody expects to hear any more, and go on trying to get back."""
        is_unencrypted = self._presence.lacks_group
        reason = DropReason.NOT_ENCRYPTED if is_unencrypted else DropReason.UNREACHABLE
        self._narrator.drop_all(reason)
        self._host.on_trouble(self, NotSpokenError(reason).__str__)


def _no_server_sentence() -> str:
    return _("Discord has no voice server for this call right now. I go on when it has one.")

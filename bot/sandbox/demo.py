"""`python -m bot demo`: a scene in which the real bot is heard, measured and drawn."""

from __future__ import annotations

import asyncio
import io
import tempfile
import time
import wave
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.table import Table

from bot import terminal
from bot.audio import files
from bot.models import AudioFormat
from bot.sandbox.bot_process import BotProcess
from bot.sandbox.discord.voice.heard import HEARD_FORMAT
from bot.sandbox.likeness import envelope, likeness
from bot.sandbox.loopback import Loopback, open_loopback
from bot.sandbox.picture import Moment, Sound, draw
from bot.sandbox.prompt import take_commands
from bot.sandbox.qwen import QwenOptions

if TYPE_CHECKING:
    from rich.console import Console

    from bot.sandbox.discord.interactions.interaction import Interaction
    from bot.sandbox.discord.voice.heard import Heard
    from bot.sandbox.discord.world.messages import Message

SENTENCE: Final = (
    "Good morning, everyone! This sentence is being spoken while its end is still being made."
)
VOICE: Final = "Serena"
ENDPOINT: Final = QwenOptions(first_audio_delay_s=0.35, real_time_factor=0.5, piece_ms=200)
"""As slow as the real endpoint is for a sentence: first audio after 430 to 660 ms (measured by
others in August 2026), then about twice as fast as speech."""

MIN_LIKENESS: Final = 0.9
QUIET_MS: Final = 400
SPEECH_S: Final = 20.0
ANSWER_S: Final = 10.0


@dataclass(slots=True)
class Scene:
    """What happened, on one clock that starts with the first command."""

    console: Console
    started_at: float = field(default_factory=time.monotonic)
    moments: list[Moment] = field(default_factory=list)

    def note(self, who: str, what: str, *, at: float | None = None) -> None:
        """Add a moment (`at` is monotonic seconds, now if left out) and print it."""
        at_ms = self.since_start_ms(time.monotonic() if at is None else at)
        self.moments.append(Moment(at_ms, who, what))
        self.console.print(f"[dim]{at_ms / 1000:7.3f} s[/]  [bold]{who:9}[/] {what}")

    def since_start_ms(self, at: float) -> float:
        """Place a monotonic time in seconds on the scene's clock."""
        return (at - self.started_at) * 1000


async def play(folder: Path, *, keep: bool) -> int:
    """Play the scene; return 0 only if the listener really heard what was written."""
    console = terminal.console()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as data:
        async with open_loopback(ENDPOINT) as loopback, BotProcess(loopback, Path(data)):
            console.print(f"The bot is connected after {time.monotonic() - began:.1f} s.\n")
            exit_code = await _play(loopback, console, folder)
            console.print(f"[dim]All of it took {time.monotonic() - began:.1f} s.[/]")
            if keep:
                await take_commands(loopback, console)
    return exit_code


async def _play(loopback: Loopback, console: Console, folder: Path) -> int:
    scene = Scene(console)
    await _choose_voice(loopback, scene)
    said, heard = await _say(loopback, scene)
    attachment = await _post(loopback, scene)
    alike = likeness(
        envelope(heard.pcm, HEARD_FORMAT.rate), envelope(attachment, AudioFormat().rate)
    )
    figures = (*_figures(loopback, said, heard), ("heard as written", f"{alike:.0%}"))
    await asyncio.to_thread(_keep, folder, scene, heard, attachment, figures)
    _print_figures(console, figures, folder)
    if alike >= MIN_LIKENESS:
        return 0
    console.print("[red]The listener did not hear what was written.[/]")
    return 1


async def _choose_voice(loopback: Loopback, scene: Scene) -> None:
    scene.note(loopback.moderator.name, f"/server voice voice:{VOICE}")
    chosen = await loopback.moderator.slash("server voice", {"voice": VOICE})
    scene.note("Oriole", _first_line(await chosen.wait_for_message()))


async def _say(loopback: Loopback, scene: Scene) -> tuple[Interaction, Heard]:
    await loopback.speaker.join_voice(loopback.voice_channel)
    ear, bot = loopback.ear, loopback.guild.bot
    scene.note(loopback.speaker.name, f"/say {SENTENCE}")
    said = await loopback.speaker.slash("say", {"text": SENTENCE})
    encrypted_at = asyncio.create_task(_time_when_encrypted(loopback))
    await ear.wait_until_hears(bot.id, timeout_s=SPEECH_S)
    await said.wait_for_message(timeout_s=ANSWER_S)
    heard = await ear.wait_until_quiet(bot.id, quiet_ms=QUIET_MS, timeout_s=SPEECH_S)
    _tell_speech(loopback, scene, said, heard, await encrypted_at)
    return said, heard


async def _time_when_encrypted(loopback: Loopback) -> float:
    """Return when the bot and the listener hold the keys of the same group."""
    call = loopback.discord.voice.call(loopback.voice_channel.id)
    assert call is not None
    bot_id = loopback.guild.bot.id
    await loopback.ear.wait_until(
        lambda: bot_id in call.encrypted_members and call.is_settled, timeout_s=ANSWER_S
    )
    return time.monotonic()


def _tell_speech(
    loopback: Loopback, scene: Scene, said: Interaction, heard: Heard, encrypted_at: float
) -> None:
    request = loopback.qwen.requests[0]
    ben = loopback.listener.name
    answered_at = next(step.at for step in said.steps if step.name == "response")
    answer = said.message
    moments = [
        (said.acknowledged_at, "Oriole", "accepts, joins the call"),
        (encrypted_at, ben, "shares the keys of the call with Oriole"),
        (request.first_audio_at, "Qwen-TTS", "sends its first sound"),
        (heard.packets[0].arrived_ns / 1e9, ben, "hears the first packet"),
        (answered_at, "Oriole", _first_line(answer) if answer else "says nothing"),
        (request.finished_at, "Qwen-TTS", "has made the rest"),
        (heard.packets[-1].arrived_ns / 1e9, ben, "has heard it all"),
    ]
    for at, who, what in sorted((at, who, what) for at, who, what in moments if at is not None):
        scene.note(who, what, at=at)


def _figures(loopback: Loopback, said: Interaction, heard: Heard) -> tuple[tuple[str, str], ...]:
    request = loopback.qwen.requests[0]
    first_packet_at = heard.packets[0].arrived_ns / 1e9
    speech = [packet for packet in heard.packets if not packet.is_silence]
    encrypted = sum(packet.was_encrypted for packet in speech)
    after_sound_ms = (first_packet_at - (request.first_audio_at or first_packet_at)) * 1000
    return (
        ("first sound to first packet", f"{after_sound_ms:.1f} ms"),
        ("accepted to first packet", f"{(first_packet_at - said.created_at) * 1000:.0f} ms"),
        ("longest gap between packets", f"{max(heard.gaps_ms()):.0f} ms"),
        ("packets, end-to-end encrypted", f"{encrypted} of {len(speech)}"),
    )


async def _post(loopback: Loopback, scene: Scene) -> bytes:
    scene.note(loopback.speaker.name, f"/tts {SENTENCE}")
    posted = await loopback.speaker.slash("tts", {"text": SENTENCE})
    message = await posted.wait_for_message(timeout_s=SPEECH_S)
    attachment = message.attachments[0]
    scene.note("Oriole", f"posts {attachment.filename}, {len(attachment.content) // 1024} KiB")
    with wave.open(io.BytesIO(attachment.content)) as reader:
        return bytes(reader.readframes(reader.getnframes()))


def _keep(
    folder: Path,
    scene: Scene,
    heard: Heard,
    attachment: bytes,
    figures: tuple[tuple[str, str], ...],
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    files.write(folder / "heard.wav", files.wav(heard.pcm, HEARD_FORMAT))
    files.write(folder / "attachment.wav", files.wav(attachment, AudioFormat()))
    started_ms = scene.since_start_ms((heard.started_ns or 0) / 1e9)
    posted_ms = scene.moments[-1].at_ms
    draw(
        folder / "heard.png",
        title="Spoken while it is still being made",
        subtitle="The real bot on a loopback Discord, with a Qwen-TTS that takes 350 ms to begin",
        sounds=[
            Sound("heard in the call", heard.pcm, HEARD_FORMAT.rate, started_ms),
            Sound("posted as a WAV", attachment, AudioFormat().rate, posted_ms),
        ],
        moments=scene.moments,
        figures=figures,
    )


def _print_figures(console: Console, figures: tuple[tuple[str, str], ...], folder: Path) -> None:
    table = Table(box=None, show_header=False, padding=(0, 2))
    for name, value in figures:
        table.add_row(name, f"[bold]{value}[/]")
    console.print()
    console.print(table)
    console.print(f"\nSee and hear it: {folder}/heard.png, heard.wav, attachment.wav")


def _first_line(message: Message) -> str:
    return message.content.partition("\n")[0]

"""The command line: run the bot, try it on loopback, speak without Discord."""

from __future__ import annotations

import asyncio
import faulthandler
import sqlite3
import sys
import time
from collections.abc import Coroutine, Iterator
from contextlib import aclosing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn, TypeVar

import discord
import typer
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from bot import app as bot_app
from bot import log as bot_log
from bot import offer
from bot.audio import files
from bot.config import Config
from bot.errors import BotError, ConfigError, ProviderError
from bot.models import Language, Source, Usage, Voice, VoiceSettings
from bot.ops import heartbeat
from bot.ops.lock import hold
from bot.report import provider_sentence
from bot.routes import open_routes
from bot.speech import SpeechService
from bot.storage.backups import Aside, Backups, NotABackupError, copy
from bot.storage.backups import restore as put_back
from bot.storage.database import file_of
from bot.terminal import console
from bot.tts.catalog import is_custom_voice_id
from bot.tts.offered import Catalog, CustomVoice
from bot.tts.recorder import Recorder

EXIT_FAILURE: Final = 1
EXIT_USAGE: Final = 64
EXIT_UNAVAILABLE: Final = 69
EXIT_CONFIG: Final = 78
"""From BSD's sysexits; a supervisor must not restart on 78."""

EXIT_INTERRUPTED: Final = 130

T = TypeVar("T")

app = typer.Typer(
    name="oriole",
    help="A Discord bot that speaks text through Qwen-TTS.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
out = console()
err = console(is_for_errors=True)


def main() -> None:
    """Run the command line; every foreseen failure is one line and an exit code."""
    try:
        app()
    except ConfigError as error:
        _fail(error.problems, EXIT_CONFIG)
    except ProviderError as error:
        details = ", ".join(filter(None, (error.fault, error.code, error.request_id)))
        _fail([f"{provider_sentence(error.fault)} ({details})"], EXIT_UNAVAILABLE)
    except BotError as error:
        _fail([str(error)], EXIT_USAGE)


def _fail(lines: tuple[str, ...] | list[str], code: int) -> NoReturn:
    for line in lines:
        err.print(line, style="red", markup=False, soft_wrap=True)
    sys.exit(code)


@app.command()
def run() -> None:
    """Run the bot on Discord."""
    config = Config.from_env(needs=("discord_token", "dashscope_api_key"))
    bot_log.configure(config.log_level, config.log_format, secrets=config.secrets())
    faulthandler.enable()  # a crash of a native library says where it was
    try:
        _finish(bot_app.run(config))
    except (discord.DiscordException, OSError) as error:
        _fail([f"Discord cannot be reached: {type(error).__name__}"], EXIT_UNAVAILABLE)


@app.command()
def health() -> None:
    """Exit 0 if the bot on this machine is connected to Discord, 1 if it is not."""
    age = heartbeat.age_s(Config.from_env().data_dir)
    if age is None:
        _fail(["no sign of life: the bot has not been connected yet"], 1)
    if age > heartbeat.MAX_AGE_S:
        _fail([f"the last sign of life was {age:.0f} s ago"], 1)
    out.print(f"connected {age:.0f} s ago")


@app.command()
def config() -> None:
    """Show every setting and what it is, secrets masked."""
    table = Table("setting", "value", "what it is", box=None, header_style="bold")
    for setting in Config.from_env().describe():
        style = "dim" if setting.is_default else None
        table.add_row(setting.variable, setting.value, setting.description, style=style)
    out.print(table)


@app.command()
def backup(
    file: Annotated[
        Path | None, typer.Argument(help="The file to write; `backups` beside the database if none")
    ] = None,
) -> None:
    """Copy the database, while the bot uses it or not."""
    backups = Backups(_database_file(Config.from_env()))
    with _reporting("no backup was made"):
        made = file or backups.make(datetime.now(UTC)).path
        if file is not None:
            copy(backups.source, file)
    out.print(f"{made}: {made.stat().st_size} bytes, checked", soft_wrap=True)


@app.command()
def restore(
    file: Annotated[
        Path | None, typer.Argument(help="The backup; the newest good one if none is given.")
    ] = None,
) -> None:
    """Put a backup in the place of the database; the bot must be stopped."""
    target = _database_file(Config.from_env())
    with hold(target.parent, variable="DATABASE_URL"), _reporting("nothing was restored"):
        chosen = file or _newest(Backups(target))
        aside = put_back(chosen, target, now=datetime.now(UTC), why=Aside.REPLACED)
    out.print(f"restored {chosen}", soft_wrap=True)
    if aside is not None:
        out.print(f"the database as it was is {aside}, for a week", soft_wrap=True)


def _newest(backups: Backups) -> Path:
    newest = backups.newest_good()
    if newest is None:
        raise NotABackupError(f"there is no good backup in {backups.folder}")
    return newest.path


def _database_file(config: Config) -> Path:
    file = file_of(config.database_url)
    if file is None:
        raise ConfigError(
            ["DATABASE_URL is no file: PostgreSQL is copied with pg_dump, restored with pg_restore"]
        )
    return file


@contextmanager
def _reporting(outcome: str) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error, NotABackupError) as error:
        _fail([f"{outcome}: {error}"], EXIT_FAILURE)


@contextmanager
def _writing(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        _fail([f"{file} cannot be written: {error.strerror or error}"], EXIT_FAILURE)


@app.command()
def voices(
    model: Annotated[str | None, typer.Option(help="The model that is to speak.")] = None,
) -> None:
    """List the voices of a model: what to write, and who that is."""
    config = Config.from_env()
    catalog = asyncio.run(offer.open_catalog(config))
    known = catalog.find_model(model or config.tts_model)
    others = ", ".join(id_ for id_ in catalog.models if id_ != known.id)
    if known.accepts_custom_voices:
        out.print(f"{known.id} speaks with the voices you made yourself: give their ids.")
    else:
        table = Table("voice", "name", "sex", "dialect", "character", box=None, header_style="bold")
        for voice in catalog.voices_of(known.id):
            table.add_row(voice.id, voice.name, voice.sex, voice.dialect or "", voice.character)
        out.print(table)
        out.print(f"\n{len(catalog.voices_of(known.id))} voices of {known.id}.")
    if others:
        out.print(f"Other models: {others}")


@app.command()
def say(
    text: Annotated[str, typer.Argument(help="What to say.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The WAV file to write.")],
    voice: Annotated[str | None, typer.Option(help="Who says it; see `voices`.")] = None,
    language: Annotated[Language | None, typer.Option(help="The language of the text.")] = None,
    style: Annotated[str | None, typer.Option(help="How to say it, for instruct models.")] = None,
    model: Annotated[str | None, typer.Option(help="The model that speaks.")] = None,
) -> None:
    """Speak a text into a WAV file, without Discord."""
    settings = Config.from_env(needs=("dashscope_api_key",))
    with _writing(output):  # speech that nobody can keep is not paid for
        files.require_writable(output)
    bot_log.configure("WARNING", settings.log_format, secrets=settings.secrets())
    choice = VoiceSettings(model, voice, language, style)
    _finish(_say(settings, text, choice, output))


@app.command()
def sandbox(
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
    discord_port: Annotated[int, typer.Option(help="The port of the Discord; 0: any.")] = 0,
    qwen_port: Annotated[int, typer.Option(help="The port of the Qwen-TTS; 0: any.")] = 0,
    first_audio_delay: Annotated[float, typer.Option(help="Seconds until speech begins.")] = 0.0,
    real_time_factor: Annotated[float, typer.Option(help="Seconds to make 1 s of speech.")] = 0.0,
    piece_ms: Annotated[int, typer.Option(help="Milliseconds of speech in an event.")] = 800,
    wav_header: Annotated[bool, typer.Option(help="Begin a stream with a WAV header.")] = True,
    rate_limit: Annotated[bool, typer.Option(help="Count requests as Alibaba does.")] = False,
    heard: Annotated[Path | None, typer.Option(help="A WAV to write of what was heard.")] = None,
) -> None:
    """Run a Discord and a Qwen-TTS on loopback for other programs to talk to, until ended."""
    with _demo_extra():
        from bot.sandbox.command import serve
        from bot.sandbox.discord.server import DiscordOptions
        from bot.sandbox.qwen import QwenOptions, Throttle
    qwen = QwenOptions(
        port=qwen_port,
        first_audio_delay_s=first_audio_delay,
        real_time_factor=real_time_factor,
        piece_ms=piece_ms,
        has_wav_header=wav_header,
        throttle=Throttle() if rate_limit else None,
    )
    _finish(serve(qwen, DiscordOptions(port=discord_port), as_json=as_json, heard=heard))


@app.command()
def demo(
    keep: Annotated[bool, typer.Option(help="Stay up and take commands from a prompt.")] = False,
    folder: Annotated[Path, typer.Option(help="Where the recordings go.")] = Path("demo"),
) -> None:
    """Hear the bot on a Discord and a Qwen-TTS on loopback: no account, no token, no key."""
    with _demo_extra():
        from bot.sandbox.demo import play

    sys.exit(_finish(play(folder, keep=keep)))


@contextmanager
def _demo_extra() -> Iterator[None]:
    """Say which extra brings what the loopback services are made of."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise ConfigError(
            [f"{error.name} is missing: pip install 'oriole-tts[demo]' brings it"]
        ) from None


async def _say(config: Config, text: str, choice: VoiceSettings, output: Path) -> None:
    usages: list[Usage] = []
    began = time.monotonic()
    pcm = bytearray()
    catalog = await offer.open_catalog(config)
    async with open_routes(config, catalog, on_usage=usages.append) as routes:
        synthesizer = routes.synthesizer
        recorder = Recorder(synthesizer)
        speech = SpeechService(
            synthesizer=recorder,
            defaults=offer.default_voice(config, catalog),
            voices=config.tts_voices,
            catalog=_with_own_voice(catalog, config, choice),
        )
        utterance = await speech.prepare(text, Source(), choice)
        with Progress(*_COLUMNS, console=err) as progress:
            task = progress.add_task("waiting", total=None, seconds=0.0)
            async with aclosing(speech.stream(utterance)) as stream:
                async for piece in stream:
                    pcm += piece
                    seconds = len(pcm) / synthesizer.format.bytes_per_second
                    progress.update(task, description="speaking", seconds=seconds)
            progress.update(task, description="done", total=1, completed=1)
    with _writing(output):
        files.write(output, files.wav(bytes(pcm), synthesizer.format))
    billed = sum(usage.characters or 0 for usage in usages)
    out.print(
        f"{output}: {seconds:.1f} s of {utterance.voice.id},"
        f" {billed} characters, in {time.monotonic() - began:.1f} s"
    )


def _with_own_voice(catalog: Catalog, config: Config, choice: VoiceSettings) -> Catalog:
    """Let whoever holds the key speak with any voice made with it."""
    model = catalog.get_model(choice.model or config.tts_model)
    voice_id = (choice.voice or "").strip()
    if model and model.accepts_custom_voices and is_custom_voice_id(voice_id):
        return catalog.with_voices([CustomVoice(model.id, Voice(voice_id))])
    return catalog


_COLUMNS: Final = (
    SpinnerColumn(finished_text="✓"),
    TextColumn("{task.description}"),
    BarColumn(),
    TextColumn("{task.fields[seconds]:.1f} s of speech"),
    TimeElapsedColumn(),
)


def _finish(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end; Ctrl+C is an end like any other."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)

"""A prompt to try the bot's commands from, as a member of the loopback server."""

from __future__ import annotations

import asyncio
import re
import shlex
import sys
from typing import TYPE_CHECKING, Final

from bot.sandbox.discord.errors import SimulationError, UnknownCommandError

if TYPE_CHECKING:
    from rich.console import Console

    from bot.sandbox.loopback import Loopback

_NAMED_OPTION: Final = re.compile(r"(text|voice|language|style):")
ANSWER_TIMEOUT_S: Final = 60.0
HELP: Final = """\
You are a moderator in the call. What you write in its chat is read aloud while the bot is there;
commands work as in Discord. An empty line ends it.
  /join
  Hello there :wave: look at https://example.org
  /say text:"Hello there" voice:Ethan
  /server voice voice:Cherry language:English
  /tts Hello · /skip · /stop · /leave · /read why · /voice show · /voice preview voice:Kiki"""


async def take_commands(loopback: Loopback, console: Console) -> None:
    """Run what is typed until an empty line or the end of input."""
    console.print(f"\n{HELP}\n")
    if loopback.moderator.voice is None:
        await loopback.moderator.join_voice(loopback.voice_channel)
    while line := (await _read_line()).strip():
        try:
            if line.startswith("/"):
                await _run(loopback, console, line.removeprefix("/"))
            else:
                await loopback.moderator.send(loopback.voice_channel, line)
        except UnknownCommandError:
            console.print("[red]There is no such command.[/]")
        except (SimulationError, ValueError) as error:
            console.print(str(error), style="red", markup=False)
        except TimeoutError:
            console.print("[red]There was no answer.[/]")


async def _read_line() -> str:
    sys.stdout.write("> ")
    sys.stdout.flush()
    return await asyncio.to_thread(sys.stdin.readline)


async def _run(loopback: Loopback, console: Console, line: str) -> None:
    name, options = parse(line)
    used = await loopback.moderator.slash(name, options, channel=loopback.text_channel)
    message = await used.wait_for_message(timeout_s=ANSWER_TIMEOUT_S)
    console.print(message.text, markup=False)
    for attachment in message.attachments:
        console.print(f"[{attachment.filename}, {len(attachment.content)} bytes]", markup=False)


def parse(line: str) -> tuple[str, dict[str, str]]:
    """Split a typed command into its name and its options.

    Words before the first `name:value` belong to the command's name; the text of `say` and `tts`
    may be written without its name.
    """
    command, _, rest = line.partition(" ")
    if command in {"say", "tts"} and not _NAMED_OPTION.match(rest):
        return command, {"text": rest.strip()}
    words = shlex.split(line)
    name = [word for word in words if ":" not in word]
    options = dict(word.split(":", 1) for word in words if ":" in word)
    return " ".join(name), options

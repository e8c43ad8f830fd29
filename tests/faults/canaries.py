"""Every secret of a world on loopback, to look for where none may be (invariant I6)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.sandbox.discord.world.members import Member
    from bot.sandbox.loopback import Loopback

TELLING_LENGTH = 8
"""A shorter text may be part of anything."""

_SIGNED = re.compile(r"Signature=(?!\[redacted\])")


def leaks(text: str, loopback: Loopback, bots: Iterable[Member] = ()) -> list[str]:
    """Name the secrets that show in something; `bots` are the bot's members in guilds."""
    secrets = (*_secrets(loopback), *_secrets_of_calls(loopback, bots))
    found = {name for name, secret in secrets if secret in text}
    return sorted(found | ({"signature of an audio URL"} if _SIGNED.search(text) else set()))


def _secrets(loopback: Loopback) -> Iterator[tuple[str, str]]:
    yield "bot token", loopback.discord.token
    yield "API key", loopback.qwen.key
    for token in loopback.discord.world.interactions:
        yield "interaction token", token
    for download in loopback.qwen.downloads:
        yield "query of an audio URL", download.path.partition("?")[2]
    for request in loopback.qwen.requests:
        if len(request.text or "") >= TELLING_LENGTH:
            yield "what somebody said", request.text or ""


def _secrets_of_calls(loopback: Loopback, bots: Iterable[Member]) -> Iterator[tuple[str, str]]:
    for bot in bots:
        if bot.voice is not None:
            yield "voice token", bot.voice.token
        session = loopback.discord.voice._sessions.of(bot.guild.id, bot.id)
        if session is not None:
            yield "key of a call", ", ".join(map(str, session.secret_key))
            yield "key of a call", session.secret_key.hex()
            yield "key of a call", repr(session.secret_key)[2:-1]


def written(loopback: Loopback) -> list[str]:
    """Return what the bot has posted, and answered to whoever asked, everywhere."""
    world = loopback.discord.world
    histories = [
        channel.history.values()
        for guild in world.guilds.values()
        for channel in guild.channels.values()
    ]
    posted = [message for history in histories for message in history if message.author.is_bot]
    answered = [message for used in world.interactions.values() for message in used.messages]
    return [message.content for message in (*posted, *answered)]

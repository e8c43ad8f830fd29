"""What is said for a link."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import regex

from bot.settings.choices import LinkReading
from bot.text.message import AttachmentKind, kind_of
from bot.text.names import spoken_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.text._phrases.phrases import Phrases

MAX_HOST_CHARACTERS: Final = 60
"""Nobody follows a longer one by ear."""

MAX_WRITTEN_CHARACTERS: Final = 253
"""Of the name of a website, as it is written (RFC 1035)."""

_ADDRESS: Final = re.compile(r"(?:[a-z]+://)?(?P<host>[^/?#\\]*)(?P<path>[^?#]*)", re.IGNORECASE)
_DISCORD: Final = frozenset(
    ("discord.com", "ptb.discord.com", "canary.discord.com", "discordapp.com")
)
_DISCORD_FILES: Final = frozenset(("cdn.discordapp.com", "media.discordapp.net"))
_GIFS: Final = (".tenor.com", ".giphy.com", ".klipy.com", ".gph.is")
_CHANNEL: Final = re.compile(
    r"/channels/(?:[0-9]+|@me)/(?P<channel>[0-9]{1,20})(?P<message>/[0-9]+)?"
)
_LABELS: Final = regex.compile(r"[\p{L}\p{N}\p{M}-]+(?:\.[\p{L}\p{N}\p{M}-]+)+")
# Of these scripts one looks like another: a name that mixes them pretends to be one it is not.
_ALIKE: Final = tuple(map(regex.compile, (r"\p{Latin}", r"\p{Cyrillic}", r"\p{Greek}")))


def said_for_link(
    url: str, *, reading: LinkReading, channels: Mapping[int, str], phrases: Phrases
) -> str:
    """Return what is said for a link; "" if nothing is.

    Args:
        url: Where it leads.
        reading: What moderators want to hear.
        channels: The names of channels by their ids.
        phrases: The words of the language.
    """
    if reading is LinkReading.OFF:
        return ""
    if reading is LinkReading.WORD:
        return phrases.link
    address = _ADDRESS.match(url)
    host, path = (_host(address["host"]), address["path"]) if address else ("", "")
    if host in _DISCORD or host == "discord.gg":
        return _on_discord(host, path, channels, phrases)
    if host in _DISCORD_FILES:
        return phrases.files[kind_of(path)][0]
    if path.lower().endswith(".gif") or f".{host}".endswith(_GIFS):
        return phrases.files[AttachmentKind.GIF][0]
    return host if _can_be_said(host) else phrases.link


def _on_discord(host: str, path: str, channels: Mapping[int, str], phrases: Phrases) -> str:
    if host == "discord.gg" or path.startswith("/invite/"):
        return phrases.invite
    channel = _CHANNEL.match(path)
    if channel is None:
        return host
    if channel["message"]:
        return phrases.message_link
    return spoken_name(channels.get(int(channel["channel"]), "")) or phrases.channel


def _host(written: str) -> str:
    """Return the name of a website, without what browsers need and nobody says."""
    if len(written) > MAX_WRITTEN_CHARACTERS:
        return ""
    host = re.sub(r":[0-9]*$", "", written.rpartition("@")[2]).lower().rstrip(".")
    return ".".join(map(_decoded, host.removeprefix("www.").split(".")))


def _decoded(label: str) -> str:
    """Return a part of a host in the letters in which people know it."""
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def _can_be_said(host: str) -> bool:
    is_name = len(host) <= MAX_HOST_CHARACTERS and _LABELS.fullmatch(host) is not None
    is_number = host.rpartition(".")[2].isdigit()
    is_readable = not any(part.startswith("xn--") for part in host.split("."))
    return is_name and not is_number and is_readable and not any(map(_is_mixed, host.split(".")))


def _is_mixed(label: str) -> bool:
    return sum(script.search(label) is not None for script in _ALIKE) > 1

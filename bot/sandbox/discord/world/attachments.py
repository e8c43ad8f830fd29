"""Uploaded files and the content delivery network that hands them out."""

from __future__ import annotations

import hmac
import mimetypes
import re
import secrets
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

from bot.sandbox.discord.world.images import image_size
from bot.sandbox.discord.world.snowflakes import Entity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.sandbox.discord.errors import Json

MEBIBYTE = 1 << 20
# Premium tier -> largest upload ("Uploading Files"; tiers 2 and 3 as in discord.py 2.7.1 guild.py).
UPLOAD_LIMIT_BYTES = {0: 10 * MEBIBYTE, 1: 10 * MEBIBYTE, 2: 50 * MEBIBYTE, 3: 100 * MEBIBYTE}
URL_LIFETIME_S = 24 * 3600  # "Signed Attachment CDN URLs"
OPAQUE = "application/octet-stream"

_UNFIT_FOR_FILENAMES = re.compile(r"[^A-Za-z0-9_.\-]+", re.ASCII)
_SPACES = re.compile(r"\s+")
# The mime database of the machine differs from system to system for these.
_TYPES = {
    ".wav": "audio/x-wav",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".opus": "audio/ogg",
    ".mp3": "audio/mpeg",
    ".flac": "audio/flac",
    ".m4a": "audio/mp4",
    ".csv": "text/csv; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".json": "application/json; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way to Discord."""

    filename: str
    content: bytes
    content_type: str = OPAQUE


@dataclass(eq=False, repr=False)
class Attachment(Entity):
    """A file under a message."""

    id: int
    channel_id: int
    filename: str
    content: bytes
    content_type: str | None
    cdn: Cdn
    description: str | None = None
    title: str | None = None
    duration_s: float | None = None
    waveform: str | None = None
    ephemeral: bool = False
    flags: int = 0

    @property
    def url(self) -> str:
        """Return a fresh signed address of this file."""
        return self.cdn.sign(self)

    def payload(self) -> Json:
        """Return the attachment object."""
        url = self.url
        attachment: Json = {
            "id": str(self.id),
            "filename": self.filename,
            "size": len(self.content),
            "url": url,
            "proxy_url": url,
        }
        optional = {
            "content_type": self.content_type,
            "description": self.description,
            "title": self.title,
            "duration_secs": self.duration_s,
            "waveform": self.waveform,
            "ephemeral": self.ephemeral or None,
            "flags": self.flags or None,
        }
        width, height = image_size(self.content) or (None, None)
        optional |= {"width": width, "height": height}
        return attachment | {key: value for key, value in optional.items() if value is not None}


class Cdn:
    """Signs addresses of files, and finds the file behind an address."""

    def __init__(self) -> None:
        self.origin = ""
        self._key = secrets.token_bytes(32)
        self._files: dict[tuple[str, str, str], Attachment] = {}

    def keep(self, attachment: Attachment) -> None:
        """Hand this file out from now on."""
        self._files[self._place(attachment)] = attachment

    def drop(self, attachment: Attachment) -> None:
        """Hand this file out no more."""
        self._files.pop(self._place(attachment), None)

    def sign(self, attachment: Attachment) -> str:
        """Return an address that works until it expires."""
        now = int(time.time())
        path = self._path(attachment)
        expires, issued = f"{now + URL_LIFETIME_S:x}", f"{now:x}"
        signature = self._signature(path, expires, issued)
        return f"{self.origin}{quote(path)}?ex={expires}&is={issued}&hm={signature}&"

    def find(self, place: tuple[str, str, str], query: Mapping[str, str]) -> Attachment | None:
        """Return the file at `place`, if the address is genuine and still valid."""
        attachment = self._files.get(place)
        if attachment is None or not self._is_genuine(self._path(attachment), query):
            return None
        return attachment

    def _is_genuine(self, path: str, query: Mapping[str, str]) -> bool:
        expires, issued = query.get("ex", ""), query.get("is", "")
        expected = self._signature(path, expires, issued)
        if not hmac.compare_digest(expected, query.get("hm", "")):
            return False
        return int(expires, 16) >= time.time()

    def _signature(self, path: str, expires: str, issued: str) -> str:
        return hmac.new(self._key, f"{path}|{expires}|{issued}".encode(), sha256).hexdigest()

    def _path(self, attachment: Attachment) -> str:
        return "/attachments/" + "/".join(self._place(attachment))

    def _place(self, attachment: Attachment) -> tuple[str, str, str]:
        return str(attachment.channel_id), str(attachment.id), attachment.filename


def sanitize(filename: str) -> tuple[str, str | None]:
    """Return the file name Discord keeps, and the title when the name had to change."""
    plain = _SPACES.sub("_", PurePosixPath(filename.replace("\\", "/")).name)
    kept = _UNFIT_FOR_FILENAMES.sub("", plain)
    stem, dot, suffix = kept.rpartition(".")
    if dot and not stem:
        kept = f"unknown.{suffix}"
    kept = kept or "unknown"
    return kept, (PurePosixPath(filename).stem if kept != plain else None)


def content_type_of(filename: str, declared: str) -> str:
    """Return the type of a file: what the sender declared, else by its name."""
    if declared and declared != OPAQUE:
        return declared
    suffix = PurePosixPath(filename.lower()).suffix
    return _TYPES.get(suffix) or mimetypes.guess_type(filename)[0] or OPAQUE

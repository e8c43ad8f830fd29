"""Name files after what is said in them."""

from __future__ import annotations

import unicodedata

import regex

MAX_CHARS = 60  # with the extension; at 4 bytes each this stays under the 255 of every file system
FALLBACK = "speech"

# Windows keeps these for devices, whatever follows a dot (Microsoft, "Naming Files, Paths, and
# Namespaces").
_DEVICES = frozenset(
    [
        "con",
        "prn",
        "aux",
        "nul",
        *(f"{port}{n}" for port in ("com", "lpt") for n in "0123456789¹²³"),
    ]
)
_WORD = regex.compile(r"[\p{L}\p{N}][\p{L}\p{N}\p{M}]*")
_APOSTROPHE = regex.compile(r"(?<=\p{L})['’](?=\p{L})")
_CLUSTER = regex.compile(r"\X")


def filename_for(text: str, extension: str) -> str:
    """Return a name of the first words of `text` that every system can keep."""
    ending = f".{extension.removeprefix('.')}"
    words = _WORD.findall(_APOSTROPHE.sub("", unicodedata.normalize("NFC", text)))
    name = _fitting(words, MAX_CHARS - len(ending))
    if name.lower() in _DEVICES:
        name = f"{FALLBACK}-{name}"
    return f"{name or FALLBACK}{ending}"


def _fitting(words: list[str], room: int) -> str:
    name = ""
    for word in words:
        longer = f"{name}-{word}" if name else word
        if len(longer) > room:
            break
        name = longer
    return name or _cut(words[0], room) if words else ""


def _cut(word: str, room: int) -> str:
    cut = ""
    for cluster in _CLUSTER.findall(word):
        if len(cut) + len(cluster) > room:
            break
        cut += cluster
    return cut

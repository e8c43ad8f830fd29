"""What the value of a setting must look like; each fault follows the words "VARIABLE is …: it"."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator

from bot.log import Redactor
from bot.models import Language

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECRET_FILE_MAX_BYTES = 4096  # a token or key is under 200; more is the wrong file

# The asynchronous driver that each kind of database is spoken to with.
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}


def one_of(*choices: str, fold: Callable[[str], str]) -> BeforeValidator:
    """Accept any of `choices`, whatever its case."""

    def check(value: object) -> str:
        folded = fold(str(value).strip())
        if folded not in choices:
            raise ValueError(f"must be one of: {', '.join(choices)}")
        return folded

    return BeforeValidator(check)


def whole_number(least: int, most: int) -> BeforeValidator:
    """Accept a whole number from `least` to `most`."""

    def check(value: object) -> int:
        text = str(value).strip()
        # int() also takes "1_0" and other digits than ours.
        if not (text.isascii() and text.isdigit()) or not least <= int(text) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)

    return BeforeValidator(check)


def url(*schemes: str) -> AfterValidator:
    """Accept a URL of one of `schemes`; return it without a slash at the end."""
    starts = " or ".join(f"{scheme}://" for scheme in schemes)

    def check(value: str) -> str:
        if not _is_url(value.strip(), schemes):
            raise ValueError(f"must be a URL that starts with {starts}")
        if "@" in urlsplit(value).netloc:
            raise ValueError("must not contain a user name or password")
        return value.strip().rstrip("/")

    return AfterValidator(check)


def _is_url(value: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 (raises if it is none)
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.hostname) and not any(map(str.isspace, value))


def one_word(value: str) -> str:
    """Accept what can be a part of an HTTP header."""
    word = value.strip()
    if not word or not word.isascii() or not word.isprintable() or " " in word:
        raise ValueError("must be one word of plain letters, digits and signs")
    return word


def one_line(value: str) -> str:
    """Accept a name as the speech service writes it."""
    line = value.strip()
    if not line or not line.isprintable():
        raise ValueError("must be a name on one line")
    return line


def split_list(value: object) -> object:
    """Return the parts of a comma-separated list."""
    if not isinstance(value, str):
        return value
    return tuple(part.strip() for part in value.split(",") if part.strip())


def split_hosts(value: object) -> object:
    """Return the hosts of a comma-separated list."""
    return split_list(value.lower() if isinstance(value, str) else value)


def fallbacks(steps: tuple[str, ...]) -> tuple[str, ...]:
    """Accept what may speak in place of the provider, each once."""
    for step in steps:
        kind, _, model = step.partition(":")
        if step not in ("second", "openai", "espeak") and not (kind == "model" and model.strip()):
            raise ValueError("must list, with commas between: model:<id>, second, openai, espeak")
    if len(set(steps)) < len(steps):
        raise ValueError("must not name the same twice")
    return steps


def voice_of_each_language(value: object) -> object:
    """Return the voices of a list such as `Japanese=Ono Anna,Korean=Sohee`."""
    return {language(name): voice for name, voice in _pairs(value)}


def price_of_each_model(value: object) -> object:
    """Return the prices of a list such as `qwen3-tts-flash=0.1`, in USD for 10,000 characters."""
    return {model: _price(price) for model, price in _pairs(value)}


def _pairs(value: object) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return list(value.items())
    pairs = []
    for part in str(value).split(","):
        name, equals, given = (each.strip() for each in part.partition("="))
        if part.strip() and not (name and equals and given):
            raise ValueError("must be pairs with commas between: name=value,name=value")
        if part.strip():
            pairs.append((name, given))
    return pairs


def _price(value: object) -> float:
    try:
        price = float(str(value))
    except ValueError:
        price = math.nan
    if not 0 <= price < math.inf:
        raise ValueError("must give every model a price in USD, such as 0.1")
    return price


def default_model(settings: dict[str, str]) -> str:
    """Return the model that the provider speaks with if nobody chooses."""
    models = {"qwen": "qwen3-tts-flash", "espeak": "espeak-ng"}
    provider = settings.get("tts_provider", "qwen")
    return models.get(provider) or settings["openai_model"]


def default_voice(settings: dict[str, str]) -> str:
    """Return the voice that the provider speaks with if nobody chooses."""
    voices = {"qwen": "Cherry", "espeak": "Wren"}
    provider = settings.get("tts_provider", "qwen")
    return voices.get(provider) or settings["openai_voice"]


def plain_hosts(hosts: tuple[str, ...]) -> tuple[str, ...]:
    """Accept host names, each with or without a leading dot."""
    if not all(host.replace(".", "").replace("-", "").isalnum() for host in hosts):
        raise ValueError("must be host names with commas between: .aliyuncs.com,cdn.example.com")
    return hosts


def language(value: object) -> Language:
    """Accept the name of a language, whatever its case."""
    name = str(value).strip().capitalize()
    if name not in Language.__members__.values():
        raise ValueError(f"must be one of: {', '.join(Language)}")
    return Language(name)


def database(value: str) -> str:
    """Accept the URL of a database; return it with the driver it is spoken to with."""
    _check_parts(value.strip())
    scheme, _, place = value.strip().partition("://")
    if scheme not in _DRIVERS or not place.strip("/"):
        raise ValueError("must start with sqlite:/// or postgresql:// and name a database")
    return f"{_DRIVERS[scheme]}://{place}"


def _check_parts(url: str) -> None:
    try:
        urlsplit(url).port  # noqa: B018 (raises if it is none)
    except ValueError:
        # From None: what is wrong may be quoted, a password with it.
        raise ValueError("is not a URL: write strange signs in a password as %40") from None


def default_database(settings: dict[str, Path]) -> str:
    """Return the URL of the SQLite file in the folder of everything the bot keeps."""
    return f"sqlite+aiosqlite:///{(settings['data_dir'] / 'oriole.db').as_posix()}"


def folder(value: Path) -> Path:
    """Accept a folder, there or not; `~` is the home of whoever runs the bot."""
    try:
        return value.expanduser()
    except RuntimeError:
        raise ValueError("must not start with ~, which stands for no folder here") from None


def read_secret(path: Path) -> str:
    """Return the content of a secret file, as Docker and systemd mount them."""
    shown = Redactor().text(str(path))  # some set the secret itself where its file is asked for
    try:
        with path.open("rb") as file:
            content = file.read(SECRET_FILE_MAX_BYTES + 1)
    except OSError as error:
        raise ValueError(f"cannot be read from {shown}: {error.strerror}") from None
    if len(content) > SECRET_FILE_MAX_BYTES:
        raise ValueError(f"cannot be in {shown}: it is larger than {SECRET_FILE_MAX_BYTES} bytes")
    if not content.strip():
        raise ValueError(f"cannot be in {shown}: it is empty")
    return content.decode(errors="replace")


def clean_secret(value: str) -> str:
    """Accept what can be sent in an HTTP header."""
    secret = value.strip()
    if not secret:
        raise ValueError("is blank")
    # `docker run --env-file` keeps the quotes that every other reader of `.env` removes.
    if secret[0] in "\"'":
        raise ValueError("starts with a quotation mark: set it without quotes")
    if not secret.isascii() or not secret.isprintable() or " " in secret:
        raise ValueError("contains spaces or stray characters: set the secret alone")
    return secret

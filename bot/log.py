"""One log for this bot and its libraries, as JSON lines or for reading, without secrets."""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Literal, TextIO
from urllib.parse import quote

import structlog

from bot._log_errors import LEFT_OUT, headline, told, without_words, words

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from structlog.typing import EventDict, Processor, WrappedLogger

log = logging.getLogger(__name__)

HANDLER = "oriole"
BLACKED_OUT = LEFT_OUT

# What these write below their floor holds tokens or what people wrote: discord.py 2.7.1 logs
# voice tokens, media keys and interaction tokens (gateway.py:872, gateway.py:984, http.py:660),
# the database drivers log every statement with its values. Alembic only repeats itself.
_FLOORS = {
    "discord": logging.INFO,
    "aiohttp": logging.INFO,
    "aiosqlite": logging.INFO,
    "sqlalchemy": logging.WARNING,
    "alembic": logging.WARNING,
}

_SECRET_FIELD = r"(?:token|secret_key|session_id|authorization|api[_-]?key|password)"  # noqa: S105
_FIELD_VALUE = r"(?:b?\"[^\"]*\"|b?'[^']*'|\[[\d,\s]+\]|(?:(?:Bearer|Bot)\s+)?[^\s,;(){}\[\]\"']+)"
_SECRET_FIELDS = re.compile(rf".*{_SECRET_FIELD}", re.IGNORECASE)

# The last line of defence: what is a secret by its shape, wherever it shows up.
_SHAPES = tuple(
    (re.compile(pattern, re.IGNORECASE), rf"\1{BLACKED_OUT}")
    for pattern in (
        # Fields of gateway payloads, headers and requests; before what may be inside them.
        rf"({_SECRET_FIELD}[\"']?\s*[:=]\s*){_FIELD_VALUE}",
        # Discord bot tokens: a user id in base64, a time, a signature.
        r"()[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}",
        # Keys of Model Studio, also after an escaped line break in a line of source code.
        r"()(?:(?<![a-z0-9])|(?<=\\[nrt]))sk-[\w-]{8,}",
        # Webhook and interaction tokens in paths.
        r"(/(?:webhooks|interactions)/\d+/)[^/\s?\"']+",
        # Signatures of audio and attachment URLs.
        r"([?&](?:signature|expires|ossaccesskeyid|(?:\w+-)*token|x-oss-[\w-]+|ex|is|hm)=)[^&\s\"'<>]+",
        # Passwords in URLs.
        r"(://[^/\s:@\"']*:)[^@/\s\"']+(?=@)",
        # Credentials in headers.
        r"(\b(?:Bearer|Bot)\s+)[\w.~+/=-]{12,}",
    )
)


class Redactor:
    """Blacks out known secrets, and everything that has the shape of one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._spellings: set[str] = set()
        self.add(*secrets)

    def add(self, *secrets: str) -> None:
        """Black out further secrets from now on."""
        self._spellings.update(form for secret in secrets if secret for form in _spellings(secret))
        longest_first = sorted(self._spellings, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def text(self, text: str) -> str:
        """Return `text` without its secrets."""
        text = self.known(text)
        for shape, replacement in _SHAPES:
            text = shape.sub(replacement, text)
        return text

    def known(self, text: str) -> str:
        """Return `text` without the secrets this was made for."""
        return self._known.sub(BLACKED_OUT, text)

    def value(self, value: object) -> object:
        """Return `value` as plain, loggable values without secrets."""
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, BaseException):
            return self.text(headline(value))
        if isinstance(value, Mapping):
            return self.fields(value)
        if isinstance(value, list | tuple | set | frozenset):
            return [self.value(item) for item in value]
        return self.text(value if isinstance(value, str) else repr(value))

    def fields(self, fields: Mapping[str, object]) -> dict[str, object]:
        """Return `fields` without secrets, and without the values of fields that hold one."""
        return {str(name): self._field(str(name), value) for name, value in fields.items()}

    def _field(self, name: str, value: object) -> object:
        if isinstance(value, int) or not _SECRET_FIELDS.fullmatch(name):
            return self.value(value)
        return BLACKED_OUT


def _spellings(secret: str) -> tuple[str, ...]:
    return secret, json.dumps(secret)[1:-1], repr(secret)[1:-1], quote(secret, safe="")


class _RedactedHandler(logging.StreamHandler[TextIO]):
    """Writes to stderr what its redactor lets through."""

    def __init__(self, redactor: Redactor, *, readable: bool) -> None:
        super().__init__(sys.stderr)
        self.set_name(HANDLER)
        self.redactor = redactor
        self.setFormatter(_formatter(redactor, readable=readable))

    def format(self, record: logging.LogRecord) -> str:
        """Return what is written of a record."""
        record = logging.makeLogRecord(record.__dict__)  # others may see the original
        # Other handlers leave there what they have made of it, and it would be taken for an extra.
        record.__dict__.pop("message", None)
        record.args = without_words(record.args)
        if not hasattr(record, "_logger"):  # else it is an event of structlog, with its `exc_info`
            record.msg = without_words(record.msg)
        return super().format(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Tell that a record could not be written; logging's own way shows all that was in it."""
        error = sys.exc_info()[1]
        with suppress(OSError, ValueError):  # there may be nowhere to write to any more
            self.stream.write(f"a record of {record.name} was lost: {type(error).__name__}\n")


def hide(*secrets: str) -> None:
    """Black out secrets that became known after the log was set up."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, _RedactedHandler):
            handler.redactor.add(*secrets)


def configure(
    level: str = "INFO",
    shape: Literal["auto", "json", "console"] = "auto",
    *,
    secrets: Iterable[str] = (),
) -> None:
    """Send every record to stderr; a second call replaces what the first set up."""
    readable = shape == "console" or (shape == "auto" and sys.stderr.isatty())
    handler = _RedactedHandler(Redactor(secrets), readable=readable)
    root = logging.getLogger()
    root.handlers = [*(old for old in root.handlers if old.get_name() != HANDLER), handler]
    root.setLevel(level)
    for name, floor in _FLOORS.items():
        logging.getLogger(name).setLevel(max(floor, root.level))
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread
    sys.unraisablehook = _log_unraisable
    _configure_structlog()


def _log_uncaught(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
        return
    log.critical("the program ends", exc_info=(kind, error, traceback))


def _log_uncaught_in_thread(uncaught: threading.ExceptHookArgs) -> None:
    name = uncaught.thread.name if uncaught.thread else "unknown"
    log.critical("thread %s ended", name, exc_info=uncaught.exc_value)


def _log_unraisable(unraisable: sys.UnraisableHookArgs) -> None:
    log.error("an error could go nowhere", exc_info=unraisable.exc_value)


def _configure_structlog() -> None:
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_enrichment(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def _enrichment() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _formatter(redactor: Redactor, *, readable: bool) -> logging.Formatter:
    def black_out(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return redactor.fields(event)

    def render(logger: WrappedLogger, method: str, event: EventDict) -> str:
        # Once more on the whole line, should one have come together in rendering.
        return redactor.known(str(renderer(logger, method, event)))

    renderer = _console() if readable else structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_enrichment(),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _tell_error,
            black_out,
            render,
        ],
    )


def _tell_error(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Render an error without its words, which may be a member's, and take them out of the event.

    All records come by here, those of libraries included: asyncio writes errors into the event.
    """
    exc_info = event.pop("exc_info", None)
    error = exc_info[1] if isinstance(exc_info, tuple) else exc_info
    if error is True:
        error = sys.exc_info()[1]
    if not isinstance(error, BaseException):
        return event
    text = str(without_words(event.get("event", "")))
    if event.get("logger") == "asyncio":
        # What comes then are tasks and callbacks, with the arguments they were called with.
        text = text.partition("\n")[0].partition("(")[0]
    for said in words(error):
        text = text.replace(said, LEFT_OUT)
    return {**event, "event": text, "exception": told(error)}


def _console() -> structlog.dev.ConsoleRenderer:
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )

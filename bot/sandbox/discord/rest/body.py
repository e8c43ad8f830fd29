"""What comes with a request: its body as JSON or as a form, and a reason."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import unquote

from aiohttp import web

from bot.sandbox.discord.errors import INVALID_FORM_BODY, FormErrors, Json, RestError
from bot.sandbox.discord.world.attachments import OPAQUE, Upload

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_REASON = 512  # "Audit Log Entry Object"
MAX_DEPTH = 100  # of JSON inside JSON; a guess, far above that of any message

_FILE_FIELD = re.compile(r"files?\[?(\d*)\]?")
_NO_NUMBER = ("", "")


def read_reason(request: web.Request) -> str | None:
    """Return why a bot does something, which travels percent-encoded in a header."""
    reason = unquote(request.headers.get("X-Audit-Log-Reason", ""))
    errors = FormErrors()
    errors.length("reason", minimum=0, maximum=MAX_REASON, actual=len(reason))
    errors.raise_if_any()
    return reason or None


async def read_body(request: web.Request) -> tuple[Any, dict[str, Upload]]:
    """Read JSON, or a form with `payload_json` and `files[n]`."""
    if not request.can_read_body:
        return None, {}
    if request.content_type == "multipart/form-data":
        return await _read_form(request)
    raw = await request.read()
    if not raw:
        return None, {}
    if request.content_type != "application/json":
        raise RestError(
            400,
            INVALID_FORM_BODY,
            "Invalid Form Body",
            errors={"_errors": [_wrong_type(request.content_type)]},
        )
    return _parse(raw), {}


def _wrong_type(content_type: str) -> Json:
    expected = "('application/x-www-form-urlencoded', 'application/json')"
    message = f'Expected "Content-Type" header to be one of {expected}, not {content_type}.'
    return {"code": "CONTENT_TYPE_INVALID", "message": message}


async def _read_form(request: web.Request) -> tuple[Any, dict[str, Upload]]:
    content: Any = None
    plain: Json = {}
    uploads: dict[str, Upload] = {}
    try:
        form = await request.post()
    except (ValueError, LookupError):  # aiohttp's words for every kind of broken multipart
        raise RestError(400, INVALID_FORM_BODY, "Invalid Form Body") from None
    for name, value in form.items():
        if isinstance(value, web.FileField):
            index = (_FILE_FIELD.fullmatch(name) or _NO_NUMBER)[1] or str(len(uploads))
            kind = value.content_type or OPAQUE
            uploads[index] = Upload(value.filename, value.file.read(), kind)
        elif name == "payload_json":
            content = _parse(value)
        else:
            plain[name] = value
    return (plain or None) if content is None else content, uploads


def _parse(raw: str | bytes | bytearray) -> Any:
    try:
        parsed = json.loads(raw, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        parsed = _BROKEN
    if parsed is _BROKEN or _is_too_deep(parsed):
        raise RestError(400, 50109, "The request body contains invalid JSON.")
    return parsed


_BROKEN = object()


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _is_too_deep(parsed: Any) -> bool:
    level = [parsed]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()

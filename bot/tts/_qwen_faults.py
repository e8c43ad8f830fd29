"""What the service's error answers mean: one table from its codes to our faults."""

from __future__ import annotations

import math
import re
from email.utils import parsedate_to_datetime
from time import time
from typing import TYPE_CHECKING, Final, NamedTuple

from bot.errors import ProviderError, ProviderFault

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_RETRY_AFTER_S: Final = 60.0
# Alibaba Model Studio documentation, "Rate limits": an allocated quota recovers within a minute.
ALLOCATION_RETRY_S: Final = 60.0


class Rule(NamedTuple):
    """What a code means; the status is the one the service sends with it."""

    status: int
    fault: ProviderFault
    retryable: bool


_KEY: Final = ProviderFault.BAD_KEY
_CREDIT: Final = ProviderFault.OUT_OF_CREDIT
_CONTENT: Final = ProviderFault.REFUSED_CONTENT
_REQUEST: Final = ProviderFault.INVALID_REQUEST
_THROTTLED: Final = ProviderFault.THROTTLED
_TIMEOUT: Final = ProviderFault.TIMEOUT
_DOWN: Final = ProviderFault.UNAVAILABLE
_PROTOCOL: Final = ProviderFault.PROTOCOL

# Alibaba Model Studio documentation, "Error codes". Codes are compared in lower case; one that is
# not here is looked up by its last part, then by its leading parts, then by the HTTP status.
RULES: Final[Mapping[str, Rule]] = {
    "invalidparameter": Rule(400, _REQUEST, False),
    "invalid_value": Rule(400, _REQUEST, False),
    "badrequest": Rule(400, _REQUEST, False),
    "badrequest.emptymodel": Rule(400, _REQUEST, False),
    "badrequest.emptyinput": Rule(400, _REQUEST, False),
    "badrequest.illegalinput": Rule(400, _REQUEST, False),
    "badrequest.toolarge": Rule(413, _REQUEST, False),
    "invalidurl": Rule(400, _REQUEST, False),
    "datainspectionfailed": Rule(400, _CONTENT, False),
    "data_inspection_failed": Rule(400, _CONTENT, False),
    "arrearage": Rule(400, _CREDIT, False),
    "invalidapikey": Rule(401, _KEY, False),
    "invalid_api_key": Rule(401, _KEY, False),
    "not authorized": Rule(401, _KEY, False),
    "accessdenied": Rule(403, _KEY, False),
    "allocationquota.freetieronly": Rule(403, _CREDIT, False),
    "modelnotfound": Rule(404, _REQUEST, False),
    "model_not_found": Rule(404, _REQUEST, False),
    "workspacenotfound": Rule(404, _KEY, False),
    "notfound": Rule(404, _REQUEST, False),
    "requesttimeout": Rule(408, _TIMEOUT, True),
    "throttling": Rule(429, _THROTTLED, True),
    "throttling.ratequota": Rule(429, _THROTTLED, True),
    "limitrequests": Rule(429, _THROTTLED, True),
    "throttling.burstrate": Rule(429, _THROTTLED, True),
    "limit_burst_rate": Rule(429, _THROTTLED, True),
    "throttling.allocationquota": Rule(429, _THROTTLED, True),
    "insufficient_quota": Rule(429, _THROTTLED, True),
    "commoditynotpurchased": Rule(429, _CREDIT, False),
    "prepaidbilloverdue": Rule(429, _CREDIT, False),
    "postpaidbilloverdue": Rule(429, _CREDIT, False),
    "budgetlimitexceeded": Rule(429, _CREDIT, False),
    "internalerror": Rule(500, _DOWN, True),
    "internalerror.algo": Rule(500, _DOWN, True),
    "internalerror.timeout": Rule(500, _DOWN, True),
    "systemerror": Rule(500, _DOWN, True),
    "modelservicefailed": Rule(500, _DOWN, True),
    "modelservingerror": Rule(503, _DOWN, True),
    "modelunavailable": Rule(503, _DOWN, True),
    "serviceunavailable": Rule(503, _DOWN, True),
}
_BY_STATUS: Final[Mapping[int, Rule]] = {
    401: Rule(401, _KEY, False),
    402: Rule(402, _CREDIT, False),
    403: Rule(403, _KEY, False),
    408: Rule(408, _TIMEOUT, True),
    429: Rule(429, _THROTTLED, True),
}
_ALLOCATION: Final = frozenset({"throttling.allocationquota", "insufficient_quota"})
# The service words its messages freely, so they are searched only for what the code leaves open.
_HINTS: Final = (
    ("url error", "the model does not belong to this endpoint"),
    ("model not exist", "the model does not exist"),
    ("voice", "the model does not speak with this voice"),
    ("input length", "the text is too long"),
)
# What may be quoted in a log: nothing in which a text could travel.
_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,63}|NOT AUTHORIZED")
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


def safe_request_id(value: object) -> str | None:
    """Return `value` if it looks like an id and nothing else."""
    return value if isinstance(value, str) and _REQUEST_ID.fullmatch(value) else None


def failure(message: str, fault: ProviderFault, *, status: int | None = None) -> ProviderError:
    """Return the error for a failure of the moment, which may be gone the next time."""
    return ProviderError(message, fault=fault, retryable=True, status=status)


def provider_error(
    *,
    status: int | None,
    code: object = None,
    message: object = None,
    request_id: object = None,
    headers: Mapping[str, str] | None = None,
) -> ProviderError:
    """Return the typed error for an error answer, which it never quotes."""
    known = code if isinstance(code, str) and _CODE.fullmatch(code) else None
    hint = message.casefold() if isinstance(message, str) else ""
    rule = _rule(known, status, hint)
    status = status if status and status >= 400 else rule.status
    return ProviderError(
        _sentence(status, known, hint if rule.fault is _REQUEST else ""),
        fault=rule.fault,
        retryable=rule.retryable,
        status=status or None,
        code=known,
        request_id=safe_request_id(request_id),
        retry_after_s=_pause(known, rule, headers or {}),
    )


def _sentence(status: int, code: str | None, message: str) -> str:
    answer = " ".join(str(part) for part in (status or None, code) if part) or "an unknown error"
    hint = next((f": {hint}" for needle, hint in _HINTS if needle in message), "")
    return f"the speech service answered {answer}{hint}"


def _rule(code: str | None, status: int | None, message: str) -> Rule:
    rule = _rule_of_code(code.casefold()) if code else None
    if rule is None:
        return _rule_of_status(status)
    # One code for two states of the account; only the free one never comes back by waiting.
    if code and code.casefold() in _ALLOCATION and "free" in message:
        return Rule(rule.status, _CREDIT, False)
    return rule


def _rule_of_code(code: str) -> Rule | None:
    parts = code.split(".")
    leading = (".".join(parts[:end]) for end in range(len(parts) - 1, 0, -1))
    return next((RULES[name] for name in (code, parts[-1], *leading) if name in RULES), None)


def _rule_of_status(status: int | None) -> Rule:
    if not status or status < 400:
        return Rule(0, _PROTOCOL, True)
    if status >= 500:
        return Rule(status, _DOWN, True)
    return _BY_STATUS.get(status, Rule(status, _REQUEST, False))


def _pause(code: str | None, rule: Rule, headers: Mapping[str, str]) -> float | None:
    if not rule.retryable:
        return None
    asked = retry_after_s(headers)
    if code and code.casefold() in _ALLOCATION:
        return max(asked or 0, ALLOCATION_RETRY_S)
    return asked


def retry_after_s(headers: Mapping[str, str], *, now: float | None = None) -> float | None:
    """Return how long the answer's headers ask to wait, within reason; `None` if they do not."""
    if (millis := _seconds(headers.get("retry-after-ms", ""))) is not None:
        return min(millis / 1000, MAX_RETRY_AFTER_S)
    value = headers.get("Retry-After", "")
    pause = _seconds(value)
    if pause is None:
        pause = _until(value, time() if now is None else now)
    return None if pause is None else min(pause, MAX_RETRY_AFTER_S)


def _seconds(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _until(value: str, now: float) -> float | None:
    try:
        moment = parsedate_to_datetime(value).timestamp()
    except (ValueError, TypeError, OverflowError, OSError):
        return None
    return max(moment - now, 0.0)

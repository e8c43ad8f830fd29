from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.errors import ProviderFault
from bot.tts._qwen_faults import RULES, provider_error, retry_after_s

KEY = ProviderFault.BAD_KEY
CREDIT = ProviderFault.OUT_OF_CREDIT
CONTENT = ProviderFault.REFUSED_CONTENT
REQUEST = ProviderFault.INVALID_REQUEST
THROTTLED = ProviderFault.THROTTLED
TIMEOUT = ProviderFault.TIMEOUT
DOWN = ProviderFault.UNAVAILABLE

# Alibaba Model Studio documentation, "Error codes", and what users reported besides.
TABLE = [
    (400, "InvalidParameter", REQUEST, False),
    (400, "invalid_value", REQUEST, False),
    (400, "BadRequest.EmptyModel", REQUEST, False),
    (400, "BadRequest.EmptyInput", REQUEST, False),
    (400, "BadRequest.IllegalInput", REQUEST, False),
    (400, "InvalidURL", REQUEST, False),
    (400, "DataInspectionFailed", CONTENT, False),
    (400, "DataInspectionFailed.Input", CONTENT, False),
    (400, "DataInspectionFailed.Output", CONTENT, False),
    (400, "data_inspection_failed", CONTENT, False),
    (400, "Arrearage", CREDIT, False),
    (401, "InvalidApiKey", KEY, False),
    (401, "NOT AUTHORIZED", KEY, False),
    (403, "AccessDenied", KEY, False),
    (403, "AccessDenied.Unpurchased", KEY, False),
    (403, "Model.AccessDenied", KEY, False),
    (403, "Workspace.AccessDenied", KEY, False),
    (403, "AllocationQuota.FreeTierOnly", CREDIT, False),
    (404, "ModelNotFound", REQUEST, False),
    (404, "model_not_found", REQUEST, False),
    (404, "WorkSpaceNotFound", KEY, False),
    (404, "NotFound", REQUEST, False),
    (408, "RequestTimeOut", TIMEOUT, True),
    (500, "RequestTimeOut", TIMEOUT, True),
    (413, "BadRequest.TooLarge", REQUEST, False),
    (429, "Throttling", THROTTLED, True),
    (429, "Throttling.RateQuota", THROTTLED, True),
    (429, "LimitRequests", THROTTLED, True),
    (429, "Throttling.BurstRate", THROTTLED, True),
    (429, "limit_burst_rate", THROTTLED, True),
    (429, "Throttling.AllocationQuota", THROTTLED, True),
    (429, "insufficient_quota", THROTTLED, True),
    (429, "CommodityNotPurchased", CREDIT, False),
    (429, "PrepaidBillOverdue", CREDIT, False),
    (429, "PostpaidBillOverdue", CREDIT, False),
    (429, "BudgetLimitExceeded", CREDIT, False),
    (500, "InternalError", DOWN, True),
    (500, "InternalError.Algo", DOWN, True),
    (500, "InternalError.Timeout", DOWN, True),
    (500, "SystemError", DOWN, True),
    (500, "ModelServiceFailed", DOWN, True),
    (500, "ModelServingError", DOWN, True),
    (503, "ModelServingError", DOWN, True),
    (503, "ModelUnavailable", DOWN, True),
    (503, "ServiceUnavailable", DOWN, True),
    (400, "InternalError.Algo.InvalidParameter", REQUEST, False),
    (400, "InternalError.Algo.DataInspectionFailed", CONTENT, False),
    (429, "Throttling.SomethingNew", THROTTLED, True),
]


@pytest.mark.parametrize(("status", "code", "fault", "retryable"), TABLE)
def test_every_documented_code_is_understood(
    status: int, code: str, fault: ProviderFault, *, retryable: bool
) -> None:
    error = provider_error(status=status, code=code, request_id="r-1")
    assert (error.fault, error.retryable, error.status) == (fault, retryable, status)
    assert (error.code, error.request_id) == (code, "r-1")


@pytest.mark.parametrize("code", RULES)
def test_a_code_without_a_status_is_enough(code: str) -> None:
    error = provider_error(status=None, code="NOT AUTHORIZED" if " " in code else code)
    assert (error.status, error.fault, error.retryable) == RULES[code]


@pytest.mark.parametrize(
    ("status", "fault", "retryable"),
    [
        (400, REQUEST, False),
        (401, KEY, False),
        (402, CREDIT, False),
        (403, KEY, False),
        (404, REQUEST, False),
        (405, REQUEST, False),
        (408, TIMEOUT, True),
        (413, REQUEST, False),
        (418, REQUEST, False),
        (429, THROTTLED, True),
        (500, DOWN, True),
        (502, DOWN, True),
        (503, DOWN, True),
        (504, DOWN, True),
        (599, DOWN, True),
        (None, ProviderFault.PROTOCOL, True),
    ],
)
@pytest.mark.parametrize("code", [None, "", "SomethingNew", 17, ["x"]])
def test_a_status_without_a_known_code_is_enough(
    status: int | None, code: object, fault: ProviderFault, *, retryable: bool
) -> None:
    error = provider_error(status=status, code=code)
    assert (error.status, error.fault, error.retryable) == (status, fault, retryable)


@pytest.mark.parametrize("code", ["Throttling.AllocationQuota", "insufficient_quota"])
def test_a_spent_free_quota_never_comes_back_by_waiting(code: str) -> None:
    error = provider_error(status=429, code=code, message="Free allocated quota exceeded.")
    assert (error.fault, error.retryable, error.retry_after_s) == (CREDIT, False, None)


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "1"}])
def test_an_allocated_quota_is_given_a_minute(headers: dict[str, str]) -> None:
    error = provider_error(
        status=429,
        code="Throttling.AllocationQuota",
        message="Allocated quota exceeded, please increase your quota limit.",
        headers=headers,
    )
    assert (error.fault, error.retryable, error.retry_after_s) == (THROTTLED, True, 60)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "3"}, 3),
        ({"Retry-After": "0.5"}, 0.5),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": "1000000000"}, 60),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "Fri, 02 Jan 2026 00:00:10 GMT"}, 10),
        ({"Retry-After": "Fri, 02 Jan 2099 00:00:00 GMT"}, 60),
        ({"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0),
        ({"Retry-After": "Fri, 99 Jan 2026 00:00:00 GMT"}, None),
        ({"retry-after-ms": "250", "Retry-After": "9"}, 0.25),
    ],
)
def test_a_wish_to_be_left_alone_is_granted_within_reason(
    headers: dict[str, str], seconds: float | None
) -> None:
    now = datetime(2026, 1, 2, tzinfo=UTC).timestamp()
    assert retry_after_s(headers, now=now) == seconds


def test_a_final_refusal_asks_for_no_retry() -> None:
    error = provider_error(status=401, code="InvalidApiKey", headers={"Retry-After": "3"})
    assert error.retry_after_s is None


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        (
            "url error, please check url！",
            (
                "the speech service answered 400 InvalidParameter: "
                "the model does not belong to this endpoint"
            ),
        ),
        (
            "Invalid voice specified: longanfengyue",
            (
                "the speech service answered 400 InvalidParameter: "
                "the model does not speak with this voice"
            ),
        ),
        (
            "<400> InternalError.Algo.InvalidParameter: Range of input length should be [0, 600]",
            "the speech service answered 400 InvalidParameter: the text is too long",
        ),
        ("CANARY", "the speech service answered 400 InvalidParameter"),
        (None, "the speech service answered 400 InvalidParameter"),
        ({"x": 1}, "the speech service answered 400 InvalidParameter"),
    ],
)
def test_the_operator_reads_what_is_wrong_but_never_what_the_service_wrote(
    message: object, sentence: str
) -> None:
    error = provider_error(status=400, code="InvalidParameter", message=message)
    assert str(error) == sentence


@pytest.mark.parametrize("value", ["two words", "a" * 65, "x\ny", "", 5, None, "<@1>"])
def test_a_code_or_id_in_which_a_text_could_travel_is_dropped(value: object) -> None:
    error = provider_error(status=400, code=value, request_id=value)
    assert (error.code, error.request_id) == (None, None)
    assert str(error) == "the speech service answered 400"

"""The errors this service answers with (Alibaba Model Studio documentation, "Error codes")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ServiceError:
    """One row of the error table."""

    status: int
    code: str
    message: str


class RefusalError(Exception):
    """The request is answered with an error.

    `is_by_gateway` errors come before the model is asked: they keep their HTTP status even where
    a stream was wanted.
    """

    def __init__(self, error: ServiceError, *, is_by_gateway: bool = False) -> None:
        super().__init__(error.code)
        self.error = error
        self.is_by_gateway = is_by_gateway


EMPTY_MODEL: Final = ServiceError(
    400, "BadRequest.EmptyModel", 'Required parameter "model" missing from request.'
)
EMPTY_INPUT: Final = ServiceError(
    400, "BadRequest.EmptyInput", "Required input parameter missing from request."
)
ILLEGAL_INPUT: Final = ServiceError(
    400, "BadRequest.IllegalInput", "The request body is not a valid JSON object."
)
MISSING_PARAMETER: Final = ServiceError(
    400,
    "InvalidParameter",
    "Required parameter(s) missing or invalid, please check the request parameters.",
)
# The exclamation mark is full-width in the service's own answer.
WRONG_URL: Final = ServiceError(400, "InvalidParameter", "url error, please check url！")
DATA_INSPECTION: Final = ServiceError(
    400, "DataInspectionFailed", "Input or output data may contain inappropriate content."
)
ARREARAGE: Final = ServiceError(
    400, "Arrearage", "Access denied, please make sure your account is in good standing."
)
WRONG_KEY: Final = ServiceError(401, "InvalidApiKey", "Invalid API-key provided.")
NO_KEY: Final = ServiceError(401, "InvalidApiKey", "No API-key provided.")
ACCESS_DENIED: Final = ServiceError(403, "AccessDenied", "Access denied.")
NO_ASYNC: Final = ServiceError(
    403, "AccessDenied", "Current user api does not support asynchronous calls."
)
UNPURCHASED: Final = ServiceError(
    403,
    "AccessDenied.Unpurchased",
    "Access to model denied. Please make sure you are eligible for using the model.",
)
FREE_TIER_ONLY: Final = ServiceError(
    403, "AllocationQuota.FreeTierOnly", "The free tier of the model has been exhausted."
)
MODEL_NOT_FOUND: Final = ServiceError(404, "ModelNotFound", "Model can not be found.")
NOT_FOUND: Final = ServiceError(404, "NotFound", "Not found.")
METHOD_NOT_ALLOWED: Final = ServiceError(405, "MethodNotAllowed", "Method not allowed.")
REQUEST_TIMEOUT: Final = ServiceError(
    408, "RequestTimeOut", "Request timed out, please try again later."
)
TOO_LARGE: Final = ServiceError(413, "BadRequest.TooLarge", "Payload too large.")
THROTTLING: Final = ServiceError(429, "Throttling", "Requests throttling triggered.")
RATE_QUOTA: Final = ServiceError(
    429, "Throttling.RateQuota", "Requests rate limit exceeded, please try again later."
)
BURST_RATE: Final = ServiceError(
    429, "Throttling.BurstRate", "Request rate increased too quickly. Please slow down."
)
ALLOCATION_QUOTA: Final = ServiceError(
    429,
    "Throttling.AllocationQuota",
    "Allocated quota exceeded, please increase your quota limit.",
)
FREE_QUOTA: Final = ServiceError(
    429, "Throttling.AllocationQuota", "Free allocated quota exceeded."
)
BILL_OVERDUE: Final = ServiceError(429, "PostpaidBillOverdue", "The postpaid bill is overdue.")
# "occured" is the service's own spelling.
INTERNAL_ERROR: Final = ServiceError(
    500,
    "InternalError",
    "An internal error has occured, try again later or contact service support.",
)
ALGORITHM_ERROR: Final = ServiceError(500, "InternalError.Algo", "inference internal error")
MODEL_SERVING: Final = ServiceError(
    503,
    "ModelServingError",
    "Too many requests. Your requests are being throttled due to system capacity limits. "
    "Please try again later.",
)
MODEL_UNAVAILABLE: Final = ServiceError(
    503, "ModelUnavailable", "Model is unavailable, please try again later."
)


def input_too_long(limit: int) -> ServiceError:
    """Word the refusal of a text beyond `limit`."""
    prefix = "<400> InternalError.Algo.InvalidParameter"
    message = f"{prefix}: Range of input length should be [0, {limit}]"
    return ServiceError(400, "InvalidParameter", message)


def invalid_voice(voice_id: str) -> ServiceError:
    """Word the refusal of a voice the model does not have."""
    return ServiceError(400, "InvalidParameter", f"Invalid voice specified: {voice_id}")


def foreign_voice(voice_id: str) -> ServiceError:
    """Word the refusal of a custom voice made for another model."""
    message = f"The requested voice '{voice_id}' is not supported."
    return ServiceError(400, "invalid_value", message)

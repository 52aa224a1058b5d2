"""The one place where the error tree becomes HTTP: status, message and stable code for every error."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from domain.errors import (
    BadVendorData,
    Conflict,
    InvalidInput,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    NotSent,
    NotSupported,
    OpenAlgoError,
    OutcomeUnknown,
    Refused,
    SessionDead,
    Throttled,
    Unavailable,
    UnknownInstrument,
    UnmappedValue,
)

# Looked up along the error's own line of ancestors, so the nearest class wins.
STATUS: dict[type[OpenAlgoError], int] = {
    InvalidInput: 400,
    NotAuthenticated: 401,
    NotAllowed: 403,
    NotFound: 404,
    Conflict: 409,
    NotSupported: 501,
    Refused: 400,
    NotSent: 502,
    Throttled: 429,
    SessionDead: 503,
    OutcomeUnknown: 502,
    Unavailable: 502,
    BadVendorData: 502,
}
# Where the code says more than the class.
STATUS_BY_CODE: dict[str, int] = {
    "NO_BROKER_SESSION": 403,
    "JOURNAL_UNAVAILABLE": 503,
    "STORE_BUSY": 503,
    "RECONCILING": 503,
    "BUSY": 503,
    "SIGNATURE_UNREADABLE": 503,
    "CONTRACTS_NOT_READY": 503,
    "RISK_ORDERS_PER_SECOND": 429,
    "RISK_ORDERS_PER_MINUTE": 429,
}


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """An error as the edge answers it: status, members of the envelope beside `status`, extra headers."""

    status: int
    members: dict[str, Any]
    headers: dict[str, str]


def status_of(error: OpenAlgoError) -> int:
    """HTTP status of an error."""
    by_code = STATUS_BY_CODE.get(error.code)
    if by_code is not None:
        return by_code
    if isinstance(error, UnmappedValue) and error.direction != "vendor":
        return 502
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def describe(error: OpenAlgoError) -> Problem:
    """The error as an envelope. Unexpected errors are not described: they are 500 with a generic text."""
    members: dict[str, Any] = {"message": error.message, "code": error.code}
    headers: dict[str, str] = {}
    if isinstance(error, InvalidInput) and error.errors:
        members["errors"] = error.errors
    if isinstance(error, UnknownInstrument) and error.candidates:
        members["candidates"] = list(error.candidates)
    retry_after = getattr(error, "retry_after", None)
    if retry_after is not None:
        seconds = max(1, math.ceil(retry_after))
        members["retry_after"] = seconds
        headers["Retry-After"] = str(seconds)
    members |= getattr(error, "details", {})
    tag = getattr(error, "tag", None)
    if isinstance(error, OutcomeUnknown) and isinstance(tag, str):
        members["tag"] = tag
    return Problem(status=status_of(error), members=members, headers=headers)


INTERNAL = Problem(
    status=500,
    members={"message": "An internal error occurred; it has been logged", "code": "INTERNAL"},
    headers={},
)

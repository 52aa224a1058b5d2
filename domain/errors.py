"""The one error tree. Everything a use case can raise on purpose hangs here; the edges turn it into answers.

OpenAlgoError
├── InvalidInput            the caller's request is wrong (400)
│   ├── UnknownInstrument   no such (exchange, symbol); carries the nearest candidates (400)
│   └── UnmappedValue       a value outside a two-way vendor table, in either direction (400/502)
├── NotAuthenticated        no or wrong credentials (401/403)
├── NotAllowed              authenticated, but not permitted here (403)
├── NotFound                the named order, account or record does not exist (404)
├── Conflict                the state does not admit the operation (409; order state conflicts are 400)
├── NotSupported            the broker lacks the operation (501)
├── Refused                 trunk 1: certainly not live at the broker (400)
│   ├── NotSent             the request never left this machine (502)
│   ├── Throttled           refused by a rate limit, ours or the vendor's (429)
│   └── SessionDead         the broker session is missing, expired or revoked (403/503)
├── OutcomeUnknown          trunk 2: bytes left, no trustworthy answer; the order may be live (502)
├── Unavailable             a read failed; nothing was at stake (502)
└── BadVendorData           the vendor answered something that cannot be read (502)
"""

from __future__ import annotations


class OpenAlgoError(Exception):
    """Base of every deliberate error. `code` is a stable machine word, `message` is safe to show to a user."""

    code = "ERROR"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class InvalidInput(OpenAlgoError):
    """The request is wrong. `errors` maps a field name to its list of complaints."""

    code = "INVALID_INPUT"

    def __init__(
        self, message: str, *, errors: dict[str, list[str]] | None = None, code: str | None = None
    ) -> None:
        super().__init__(message, code=code)
        self.errors = errors or {}


class UnknownInstrument(InvalidInput):
    """No instrument under this (exchange, symbol). `candidates` holds up to five near symbols."""

    code = "UNKNOWN_SYMBOL"

    def __init__(self, exchange: str, symbol: str, candidates: tuple[str, ...] = ()) -> None:
        near = f". Did you mean {', '.join(candidates)}?" if candidates else ""
        super().__init__(f"Symbol {symbol} not found on {exchange}{near}")
        self.exchange = exchange
        self.symbol = symbol
        self.candidates = candidates


class UnmappedValue(InvalidInput):
    """A value that the two-way table `table` does not hold; never replaced by a default."""

    code = "UNMAPPED_VALUE"

    def __init__(self, table: str, value: object, direction: str) -> None:
        super().__init__(f"{table}: no {direction} value for {value!r}")
        self.table = table
        self.value = value
        self.direction = direction


class NotAuthenticated(OpenAlgoError):
    """No credentials, or wrong ones."""

    code = "NOT_AUTHENTICATED"


class NotAllowed(OpenAlgoError):
    """Known caller, forbidden operation."""

    code = "NOT_ALLOWED"


class NotFound(OpenAlgoError):
    """The named thing does not exist."""

    code = "NOT_FOUND"


class Conflict(OpenAlgoError):
    """The current state does not admit the operation."""

    code = "CONFLICT"


class NotSupported(OpenAlgoError):
    """The broker's manifest declares the operation absent."""

    code = "NOT_SUPPORTED"


class Refused(OpenAlgoError):
    """Certainly not live: the broker (or we, before sending) said no."""

    code = "REFUSED"

    def __init__(self, message: str, *, code: str | None = None, vendor_code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.vendor_code = vendor_code


class NotSent(Refused):
    """No byte of the request left this machine."""

    code = "NOT_SENT"


class Throttled(Refused):
    """A rate limit refused the call. `retry_after` is in seconds."""

    code = "THROTTLED"

    def __init__(self, message: str, *, retry_after: float = 1.0, vendor_code: str | None = None) -> None:
        super().__init__(message, vendor_code=vendor_code)
        self.retry_after = retry_after


class SessionDead(Refused):
    """The broker session is missing, expired or revoked; a new login is needed."""

    code = "BROKER_SESSION_EXPIRED"


class OutcomeUnknown(OpenAlgoError):
    """Bytes left and no trustworthy answer came: the order may be live. Only evidence resolves it."""

    code = "OUTCOME_UNKNOWN"


class Unavailable(OpenAlgoError):
    """A read could not be answered in time; nothing was at stake."""

    code = "UNAVAILABLE"


class BadVendorData(OpenAlgoError):
    """The vendor's answer does not have the documented shape."""

    code = "BAD_VENDOR_DATA"

"""REST as a table: endpoints and error rules are data, one engine sends them and judges the answers.

The table language has no conditionals. A value that depends on more than one field is a named function in `Field`,
with a line that says why. Writes are sent once; only endpoints marked `safe_to_retry` are tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from operator import attrgetter, itemgetter
from string import Formatter
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from broker.core.budget import Budget, Budgets, Priority, effective
from broker.core.http import RESPONSE_LIMIT, Request, Response
from broker.core.roles import PluginContext, Session
from domain.errors import (
    BadVendorData,
    InvalidInput,
    NotSent,
    OpenAlgoError,
    OutcomeUnknown,
    Refused,
    Throttled,
    Unavailable,
    UnmappedValue,
)
from domain.money import plain
from utils import json
from utils.concurrency import sleep
from utils.ids import secret_hex

T = TypeVar("T")

ATTEMPTS = 3
FIRST_PAUSE = 0.15
PATIENCE = 3.0
# The client may be at fault, but the vendor's front did not finish reading or deciding.
_UNDECIDED = frozenset({408, 425, 499})


class Field(msgspec.Struct, frozen=True):
    """One field of a request: the vendor's name and where the value comes from.

    source: dotted attribute path in the subject, or a named function of the subject. encode: usually a table's
    `encode`. A value that is None or listed in `omit` is left out; a list or tuple repeats the field in a query.
    """

    vendor: str
    source: Callable[[Any], Any]
    encode: Callable[[Any], Any] | None = None
    omit: tuple[Any, ...] = ()

    def value(self, subject: Any) -> Any:
        """What goes on the wire, None for nothing. Raises UnmappedValue."""
        value = self.source(subject)
        if value is None or (self.omit and value in self.omit):
            return None
        return value if self.encode is None else self.encode(value)


def field(
    vendor: str,
    source: str | Callable[[Any], Any],
    encode: Callable[[Any], Any] | None = None,
    omit: tuple[Any, ...] = (),
) -> Field:
    """A Field; text `source` is compiled to an attribute path."""
    return Field(vendor, attrgetter(source) if isinstance(source, str) else source, encode, omit)


def always(vendor: str, value: Any) -> Field:
    """A field with a fixed value."""
    return Field(vendor, lambda _subject: value)


def keyed(*names: str) -> tuple[Field, ...]:
    """Fields of a subject that is a mapping under the vendor's own names."""
    return tuple(Field(name, itemgetter(name)) for name in names)


class Endpoint(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One vendor call.

    path: may hold `{name}` placeholders, filled from the fields of that name. body: where the other fields go
    (`json_rows`: an array with one object per item of the subject). rate: classes of the budget. answer: turns the
    unwrapped data (with `raw`, the body's bytes) into our value. signed: send the session's headers.
    """

    name: str
    method: str
    path: str
    rate: tuple[str, ...]
    answer: Callable[[Any], T]
    priority: Priority = Priority.READ
    fields: tuple[Field, ...] = ()
    body: Literal["query", "form", "json", "json_rows"] = "query"
    safe_to_retry: bool = False
    signed: bool = True
    raw: bool = False
    host: str = "rest"
    max_bytes: int = RESPONSE_LIMIT
    timeout: float | None = None


def get(
    name: str, path: str, answer: Callable[[Any], T], rate: str, fields: tuple[Field, ...] = ()
) -> Endpoint[T]:
    """A read: GET, tried again when it fails, its fields in the query."""
    return Endpoint(
        name=name, method="GET", path=path, rate=(rate,), answer=answer, fields=fields, safe_to_retry=True
    )


class VendorError(msgspec.Struct, frozen=True):
    """What the vendor said went wrong; blank when its answer could not be read."""

    code: str
    message: str


class ErrorRule(msgspec.Struct, frozen=True, kw_only=True):
    """Which of our errors an answer means. All given conditions must hold; the first rule that fits wins."""

    error: type[OpenAlgoError]
    statuses: tuple[int, ...] = ()
    codes: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()

    def fits(self, status: int, failure: VendorError) -> bool:
        """Whether the answer is of this kind."""
        if self.statuses and status not in self.statuses:
            return False
        if self.codes and failure.code not in self.codes:
            return False
        return not self.contains or any(part in failure.message.lower() for part in self.contains)


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """How one vendor speaks REST.

    headers: fixed ones plus, for a session, the credentials. unwrap: decoded JSON to its data, or a VendorError.
    """

    headers: Callable[[Session | None], Mapping[str, str]]
    unwrap: Callable[[Any], Any | VendorError]
    errors: tuple[ErrorRule, ...]


def envelope(
    *, flag: str, success: tuple[Any, ...], data: str, code: str, message: str
) -> Callable[[Any], Any | VendorError]:
    """The commonest wrapping: an object whose `flag` tells success, with the payload under `data`."""

    def unwrap(answer: Any) -> Any | VendorError:
        if not isinstance(answer, dict) or flag not in answer:
            raise BadVendorData("the answer is not the documented envelope")
        if answer[flag] in success:
            return answer.get(data)
        return VendorError(str(answer.get(code) or ""), str(answer.get(message) or "no reason given"))

    return unwrap


class Rest:
    """Sends endpoints for one plug-in, under the budget of the session's account."""

    def __init__(
        self, context: PluginContext, dialect: Dialect, pause: Callable[[float], None] = sleep
    ) -> None:
        self._transport = context.transport
        self._clock = context.clock
        self._hosts = context.hosts
        self._limits = context.manifest.limits
        self._budgets = context.budgets or Budgets(context.manifest.limits.rates, context.clock)
        self._dialect = dialect
        self._pause = pause

    def call(
        self, session: Session | None, endpoint: Endpoint[T], subject: Any = None, *, account_id: int = 0
    ) -> T:
        """Send one call and answer its value. Without a session (login) `account_id` names the budget.

        A write raises Refused or OutcomeUnknown (and UnmappedValue before anything is sent); a read raises
        Unavailable, Refused or BadVendorData.
        """
        budget = self._budgets.of(account_id if session is None else session.account_id)
        request = self._request(session, endpoint, subject)
        if endpoint.safe_to_retry:
            return self._read(budget, endpoint, request)
        budget.take(endpoint.rate, effective(endpoint.priority), PATIENCE)
        response = self._transport.send(request)
        data = self._judge(response, endpoint, budget)
        return _answer(endpoint, data)

    def _read(self, budget: Budget, endpoint: Endpoint[T], request: Request) -> T:
        deadline = self._clock.monotonic() + request.timeout
        pause = FIRST_PAUSE
        for attempt in range(1, ATTEMPTS + 1):
            left = deadline - self._clock.monotonic()
            budget.take(endpoint.rate, effective(endpoint.priority), min(PATIENCE, left))
            left = max(deadline - self._clock.monotonic(), 0.001)
            try:
                response = self._transport.send(msgspec.structs.replace(request, timeout=left))
                data = self._judge(response, endpoint, budget)
                break
            except (NotSent, OutcomeUnknown, Unavailable) as error:
                wait = pause * (0.5 + int(secret_hex(2), 16) / 0xFFFF)
                if attempt == ATTEMPTS or self._clock.monotonic() + wait >= deadline:
                    raise Unavailable(error.message) from None
                self._pause(wait)
                pause *= 2
        return _answer(endpoint, data)

    def _judge(self, response: Response, endpoint: Endpoint[Any], budget: Budget) -> Any:
        """The data of a success; anything else raises what the vendor's error table says."""
        good = 200 <= response.status < 300
        if good and endpoint.raw:
            return response.body
        failure = VendorError("", "")
        try:
            data = self._dialect.unwrap(json.decode(response.body))
            if isinstance(data, VendorError):
                failure = data
            elif good:
                return data
        except (ValueError, BadVendorData) as error:
            if good:
                raise _unreadable(endpoint, str(error)) from None
        raise self._failure(response, failure, endpoint, budget)

    def _failure(
        self, response: Response, failure: VendorError, endpoint: Endpoint[Any], budget: Budget
    ) -> OpenAlgoError:
        kind = self._kind(response.status, failure, endpoint)
        message = failure.message or f"The broker answered {endpoint.name} with HTTP {response.status}"
        code = failure.code or str(response.status)
        if issubclass(kind, Throttled):
            seconds = _retry_after(response)
            budget.hold(endpoint.rate, seconds)
            return Throttled(message, retry_after=seconds, vendor_code=code)
        if issubclass(kind, Refused):
            return kind(message, vendor_code=code)
        return kind(message)

    def _kind(self, status: int, failure: VendorError, endpoint: Endpoint[Any]) -> type[OpenAlgoError]:
        found: type[OpenAlgoError] | None = next(
            (rule.error for rule in self._dialect.errors if rule.fits(status, failure)), None
        )
        if found is None:
            refused = 400 <= status < 500 and status not in _UNDECIDED
            found = Refused if refused else OutcomeUnknown
        if found is OutcomeUnknown and endpoint.safe_to_retry:
            return Unavailable
        return found

    def _request(self, session: Session | None, endpoint: Endpoint[Any], subject: Any) -> Request:
        headers = dict(self._dialect.headers(session if endpoint.signed else None))
        params: tuple[tuple[str, str], ...] = ()
        body: bytes | None = None
        path = endpoint.path
        if endpoint.body == "json_rows":
            body = json.encode([dict(_values(endpoint.fields, item)) for item in subject])
        else:
            values = _values(endpoint.fields, subject)
            path, values = _fill(path, values)
            if endpoint.body == "json":
                body = json.encode(dict(values))
            elif endpoint.body == "form":
                body = urlencode(_pairs(values)).encode("ascii")
            else:
                params = tuple(_pairs(values))
        if body is not None:
            form = endpoint.body == "form"
            headers["Content-Type"] = "application/x-www-form-urlencoded" if form else "application/json"
        limit = (
            self._limits.read_timeout_seconds
            if endpoint.safe_to_retry
            else self._limits.write_timeout_seconds
        )
        return Request(
            method=endpoint.method,
            url=self._hosts[endpoint.host] + path,
            headers=headers,
            params=params,
            body=body,
            timeout=endpoint.timeout or limit,
            max_bytes=endpoint.max_bytes,
        )


def _answer(endpoint: Endpoint[T], data: Any) -> T:
    try:
        return endpoint.answer(data)
    except BadVendorData as error:
        raise _unreadable(endpoint, error.message) from None
    except UnmappedValue as error:
        if endpoint.safe_to_retry:
            raise
        raise _unreadable(endpoint, error.message) from None
    # A reader that stumbles over an answer must not hide that a write may have been accepted.
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise _unreadable(endpoint, type(error).__name__) from error


def _unreadable(endpoint: Endpoint[Any], reason: str) -> OpenAlgoError:
    if endpoint.safe_to_retry:
        return BadVendorData(f"The answer to {endpoint.name} cannot be read ({reason})")
    return OutcomeUnknown(f"The answer to {endpoint.name} cannot be read ({reason}); it may have acted")


def _values(fields: Iterable[Field], subject: Any) -> list[tuple[str, Any]]:
    pairs = ((item.vendor, item.value(subject)) for item in fields)
    return [(name, value) for name, value in pairs if value is not None]


def _fill(path: str, values: Sequence[tuple[str, Any]]) -> tuple[str, list[tuple[str, Any]]]:
    """The path with its placeholders filled, and the values that are left for elsewhere."""
    names = {name for _, name, _, _ in Formatter().parse(path) if name}
    if not names:
        return path, list(values)
    filling = {name: quote(_text(value), safe="") for name, value in values if name in names}
    if names - filling.keys() or "" in filling.values():
        raise InvalidInput(
            f"{path}: no value for {', '.join(sorted(names - filling.keys())) or 'a placeholder'}"
        )
    return path.format_map(filling), [pair for pair in values if pair[0] not in names]


def _pairs(values: Iterable[tuple[str, Any]]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in values:
        items = value if isinstance(value, (list, tuple)) else (value,)
        pairs.extend((name, _text(item)) for item in items)
    return pairs


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, int):
        return str(value)
    raise TypeError(f"a request field cannot be a {type(value).__name__}")


def _retry_after(response: Response) -> float:
    text = response.headers.get("retry-after", "")
    return min(float(text), 60.0) if text.isdigit() else 1.0

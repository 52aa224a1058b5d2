"""What a vendor's REST interface is made of, as data: request fields, endpoints, error rules, the answer's wrapping.

The table language has no conditionals. A value that depends on more than one field is a named function in `Field`,
with a line that says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter, itemgetter
from typing import Any, Generic, Literal, TypeVar

import msgspec

from broker.core.budget import Priority
from broker.core.http import RESPONSE_LIMIT
from broker.core.roles import Session
from domain.errors import BadVendorData, OpenAlgoError
from utils import json

T = TypeVar("T")
Body = Literal["query", "form", "json", "json_rows", "vendor"]
FILE_BYTES = 128 * 1024 * 1024
FILE_SECONDS = 60.0


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
    vendor: str, source: str | Callable[[Any], Any], encode: Callable[[Any], Any] | None = None,
    omit: tuple[Any, ...] = (),
) -> Field:  # fmt: skip
    """A Field; text `source` is compiled to an attribute path."""
    return Field(vendor, attrgetter(source) if isinstance(source, str) else source, encode, omit)


def always(vendor: str, value: Any) -> Field:
    """A field with a fixed value."""
    return Field(vendor, lambda _subject: value)


def keyed(*names: str) -> tuple[Field, ...]:
    """Fields of a subject that is a mapping under the vendor's own names."""
    return tuple(Field(name, itemgetter(name)) for name in names)


def values_of(fields: Iterable[Field], subject: Any) -> list[tuple[str, Any]]:
    """Name and value of every field that has one."""
    pairs = ((item.vendor, item.value(subject)) for item in fields)
    return [(name, value) for name, value in pairs if value is not None]


def packed(
    vendor: str, fields: tuple[Field, ...], items: Callable[[Any], Iterable[Any]] | None = None
) -> Field:
    """A field that holds JSON text: one object of `fields`, or an array with one for each of the subject's `items`."""

    def source(subject: Any) -> str:
        if items is None:
            return json.encode_text(dict(values_of(fields, subject)))
        return json.encode_text([dict(values_of(fields, item)) for item in items(subject)])

    return Field(vendor, source)


def nested(vendor: str, fields: tuple[Field, ...], items: Callable[[Any], Iterable[Any]]) -> Field:
    """A field of a JSON body that holds a list with one object of `fields` for each of the subject's `items`."""
    return Field(vendor, lambda subject: [dict(values_of(fields, item)) for item in items(subject)])


class Endpoint(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One vendor call.

    path: may hold `{name}` placeholders, filled from the fields of that name. body: where the other fields go
    (`json_rows`: an array with one object per item of the subject; `vendor`: as the dialect packs them). rate: classes
    of the budget. answer: turns the unwrapped data (with `raw`, the body's bytes) into our value. signed: send the
    session's headers. headers: fields of the subject that travel as headers, for a login that is signed before there
    is a session.
    """

    name: str
    method: str
    path: str
    rate: tuple[str, ...]
    answer: Callable[[Any], T]
    priority: Priority = Priority.READ
    fields: tuple[Field, ...] = ()
    headers: tuple[Field, ...] = ()
    body: Body = "query"
    safe_to_retry: bool = False
    signed: bool = True
    raw: bool = False
    host: str = "rest"
    max_bytes: int = RESPONSE_LIMIT
    timeout: float | None = None


def get(
    name: str, path: str, answer: Callable[[Any], T], rate: str, fields: tuple[Field, ...] = ()
) -> Endpoint[T]:
    """A read: tried again when it fails, its fields in the query."""
    return Endpoint(
        name=name, method="GET", path=path, rate=(rate,), answer=answer, fields=fields, safe_to_retry=True
    )


def ask(
    name: str, call: str, answer: Callable[[Any], T], rate: str, fields: tuple[Field, ...],
    body: Body = "json_rows",
) -> Endpoint[T]:  # fmt: skip
    """A read that wants a body, such as a calculator: tried again when it fails. `call`: "POST /margins"."""
    method, path = call.split(" ", 1)
    return Endpoint(
        name=name, method=method, path=path, rate=(rate,), answer=answer, fields=fields, body=body, safe_to_retry=True
    )  # fmt: skip


def write(
    name: str, call: str, answer: Callable[[Any], T], rate: str, fields: tuple[Field, ...], *,
    body: Body = "form", priority: Priority = Priority.ENTRY, signed: bool = True,
    headers: tuple[Field, ...] = (), host: str = "rest",
) -> Endpoint[T]:  # fmt: skip
    """A call that changes something: sent once. `call` is method and path: "POST /orders"."""
    method, path = call.split(" ", 1)
    return Endpoint(
        name=name, method=method, path=path, rate=(rate,), answer=answer, fields=fields, body=body, priority=priority,
        signed=signed, headers=headers, host=host)  # fmt: skip


def withdraw(
    name: str, call: str, answer: Callable[[Any], T], rate: str, fields: tuple[Field, ...],
    body: Body = "query", host: str = "rest",
) -> Endpoint[T]:  # fmt: skip
    """A cancellation: sent once, before everything else that waits for the budget."""
    return write(name, call, answer, rate, fields, body=body, priority=Priority.CANCEL, host=host)


def download(
    name: str, path: str, rate: str, fields: tuple[Field, ...] = (), *, host: str = "rest", signed: bool = True,
) -> Endpoint[bytes]:  # fmt: skip
    """A file as it comes: large, slow, read whole. signed: false for a public file on a host that gets no token."""
    return Endpoint(
        name=name, method="GET", path=path, rate=(rate,), answer=bytes, fields=fields, raw=True, safe_to_retry=True,
        max_bytes=FILE_BYTES, timeout=FILE_SECONDS, host=host, signed=signed)  # fmt: skip


class VendorError(msgspec.Struct, frozen=True):
    """What the vendor said went wrong; blank when its answer could not be read."""

    code: str
    message: str


class ErrorRule(msgspec.Struct, frozen=True, kw_only=True):
    """Which of our errors an answer means. All given conditions must hold; the first rule that fits wins.

    prefixes: how the vendor's code begins. contains: parts of its message, in lower case.
    """

    error: type[OpenAlgoError]
    statuses: tuple[int, ...] = ()
    codes: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()

    def fits(self, status: int, failure: VendorError) -> bool:
        """Whether the answer is of this kind."""
        if self.statuses and status not in self.statuses:
            return False
        if self.codes and failure.code not in self.codes:
            return False
        if self.prefixes and not failure.code.startswith(self.prefixes):
            return False
        return not self.contains or any(part in failure.message.lower() for part in self.contains)


def _unpackable(_values: Mapping[str, Any], _session: Session | None) -> bytes:
    raise TypeError("the dialect does not say how it packs a body of its own")


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """How one vendor speaks REST.

    headers: fixed ones plus, for a session, the credentials. unwrap: decoded JSON to its data, or a VendorError.
    own: fields of every signed call, whose subject is the session (a client's code, say). own_in_queries: not only of
    calls with a body.
    pack: the body of a `vendor` endpoint, from its fields and the session (None when unsigned); the content type of
    such a body is one of the headers.
    """

    headers: Callable[[Session | None], Mapping[str, str]]
    unwrap: Callable[[Any], Any | VendorError]
    errors: tuple[ErrorRule, ...]
    own: tuple[Field, ...] = ()
    own_in_queries: bool = True
    pack: Callable[[Mapping[str, Any], Session | None], bytes] = _unpackable


def session_headers(
    fixed: Mapping[str, str], signed: Mapping[str, str]
) -> Callable[[Session | None], Mapping[str, str]]:
    """Headers of every call, and those of a session: texts with names of credentials, tokens or `user` in braces."""

    def headers(session: Session | None) -> Mapping[str, str]:
        if session is None:
            return fixed
        secrets = {"user": session.broker_user_id, **session.credentials, **session.tokens}
        return {**fixed, **{name: text.format_map(secrets) for name, text in signed.items()}}

    return headers


def envelope(
    *, flag: str, success: tuple[Any, ...], data: str | None, code: str, message: str, order: str = ""
) -> Callable[[Any], Any | VendorError]:
    """The commonest wrapping: an object whose `flag` tells success, with the payload under `data`.

    data: None where the payload lies next to the flag; then the whole object is the answer's data. order: the field
    that names the order in a refusal of one which the vendor keeps as rejected; the message then names it too.
    """

    def unwrap(answer: Any) -> Any | VendorError:
        if not isinstance(answer, dict) or flag not in answer:
            raise BadVendorData("the answer is not the documented envelope")
        if answer[flag] in success:
            if data is None:
                return answer
            if data not in answer:
                raise BadVendorData(f"the answer tells success without {data!r}")
            return answer[data]
        said = str(answer.get(message) or "no reason given")
        named = f" (order {answer[order]})" if order and answer.get(order) else ""
        return VendorError(str(answer.get(code) or ""), said + named)

    return unwrap

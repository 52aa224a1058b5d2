"""REST as a table: endpoints and error rules are data (broker.core.endpoint), one engine sends and judges.

Writes are sent once; only endpoints marked `safe_to_retry` are tried again. Roles that are nothing but endpoints
(TableDesk, TablePortfolio) need no code of the vendor's own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from string import Formatter
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from broker.core.budget import Budget, Budgets, effective
from broker.core.endpoint import Dialect, Endpoint, VendorError, values_of
from broker.core.http import Request, Response
from broker.core.roles import Login, PluginContext, Session
from broker.core.values import require_prices
from domain.errors import (
    BadVendorData,
    InvalidInput,
    NotSent,
    OpenAlgoError,
    OutcomeUnknown,
    Refused,
    SessionDead,
    Throttled,
    Unavailable,
    UnmappedValue,
)
from domain.money import plain
from domain.orders import CancelOrder, ModifyOrder, OrderRow, PlaceOrder, TradeRow
from domain.portfolio import Funds, Holding, Position
from utils import json
from utils.clock import next_daily
from utils.concurrency import sleep
from utils.ids import chance

T = TypeVar("T")

ATTEMPTS = 3
FIRST_PAUSE = 0.15
PATIENCE = 3.0
LONGEST_LINE = 200
# Shorter values (flags, client codes) are words that may stand in any sentence.
SHORTEST_SECRET = 6
# The client may be at fault, but the vendor's front did not finish reading or deciding.
_UNDECIDED = frozenset({408, 425, 499})


class Rest:
    """Sends endpoints for one plug-in, under the budget of the session's account.

    login: for an application whose token dies alone, how to log it in again. A call that finds it dead renews it
    through the host and is sent once more; a second refusal means that somebody else uses the key, not that the
    account's session has ended.
    """

    def __init__(
        self, context: PluginContext, dialect: Dialect, pause: Callable[[float], None] = sleep, *,
        login: Login | None = None,
    ) -> None:  # fmt: skip
        self._transport, self._hosts = context.transport, context.hosts
        self._clock, self._ids, self._limits = context.clock, context.ids, context.manifest.limits
        self._budgets = context.budgets or Budgets(context.manifest.limits.rates, context.clock)
        self._dialect, self._pause, self._login = dialect, pause, login
        self._renew = context.renew or replace_tokens

    def call(
        self, session: Session | None, endpoint: Endpoint[T], subject: Any = None, *, account_id: int = 0
    ) -> T:
        """Send one call and answer its value. Without a session (login) `account_id` names the budget.

        A write raises Refused or OutcomeUnknown (and UnmappedValue before anything is sent); a read raises
        Unavailable, Refused or BadVendorData. What a vendor repeats of the session's secrets is taken out.
        """
        try:
            return self._call(session, endpoint, subject, account_id)
        except SessionDead:
            if session is None or self._login is None:
                raise
        return self.renewed(session, endpoint, subject)[1]

    def renewed(self, session: Session, endpoint: Endpoint[T], subject: Any = None) -> tuple[Session, T]:
        """Send one call under tokens other than those of `session`, which are dead; the session that it was sent under.

        Raises Unavailable when there are none now or they are refused as well, and Refused where the call is a write:
        what a dead token signed is certainly not live.
        """
        assert self._login is not None
        try:
            renewed = self._renew(session, self._login)
        except (OutcomeUnknown, Unavailable, BadVendorData) as error:
            raise _not_done(endpoint, error.message, error.code) from None
        try:
            return renewed, self._call(renewed, endpoint, subject, 0)
        except SessionDead:
            told = f"The broker refuses {endpoint.name} right after a new login: its key is used elsewhere"
            raise _not_done(endpoint, told, "KEY_USED_ELSEWHERE") from None

    def living(self, session: Session, endpoint: Endpoint[Any], subject: Any = None) -> Session:
        """The session if the vendor accepts it for this call, else what it was renewed to. Raises as `call` does.

        For a vendor whose other calls take a dead token and answer nothing.
        """
        try:
            self._call(session, endpoint, subject, 0)
        except SessionDead:
            return self.renewed(session, endpoint, subject)[0]
        return session

    def _call(self, session: Session | None, endpoint: Endpoint[T], subject: Any, account_id: int) -> T:
        try:
            return self._send(session, endpoint, subject, account_id)
        except OpenAlgoError as error:
            hide_secrets(error, session, subject)
            raise

    def _send(self, session: Session | None, endpoint: Endpoint[T], subject: Any, account_id: int) -> T:
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
                wait = pause * (0.5 + chance(self._ids))
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
            failure = VendorError("", "" if isinstance(error, BadVendorData) else _plain_words(response))
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
        if found is None and status == 429:
            return Throttled
        if found is None:
            refused = 400 <= status < 500 and status not in _UNDECIDED
            found = Refused if refused else OutcomeUnknown
        if found is OutcomeUnknown and endpoint.safe_to_retry:
            return Unavailable
        return found

    def _request(self, session: Session | None, endpoint: Endpoint[Any], subject: Any) -> Request:
        signer = session if endpoint.signed else None
        headers = dict(self._dialect.headers(signer))
        headers |= {name: _text(value) for name, value in values_of(endpoint.headers, subject)}
        params: tuple[tuple[str, str], ...] = ()
        body: bytes | None = None
        path = endpoint.path
        if endpoint.body == "json_rows":
            body = json.encode([dict(values_of(endpoint.fields, item)) for item in subject])
        else:
            values = values_of(endpoint.fields, subject)
            if (
                session is not None
                and endpoint.signed
                and (endpoint.body != "query" or self._dialect.own_in_queries)
            ):
                values += values_of(self._dialect.own, session)
            path, values = _fill(path, values)
            if endpoint.body == "json":
                body = json.encode(dict(values))
            elif endpoint.body == "form":
                body = urlencode(_pairs(values)).encode("ascii")
            elif endpoint.body == "vendor":
                body = self._dialect.pack(dict(values), signer)
            else:
                params = tuple(_pairs(values))
        if body is not None and endpoint.body != "vendor":
            form = endpoint.body == "form"
            headers["Content-Type"] = "application/x-www-form-urlencoded" if form else "application/json"
        return Request(
            method=endpoint.method, url=self._hosts[endpoint.host] + path, headers=headers, params=params,
            body=body, timeout=endpoint.timeout or self._timeout(endpoint), max_bytes=endpoint.max_bytes)  # fmt: skip

    def _timeout(self, endpoint: Endpoint[Any]) -> float:
        limits = self._limits
        return limits.read_timeout_seconds if endpoint.safe_to_retry else limits.write_timeout_seconds


def hide_secrets(error: OpenAlgoError, session: Session | None, subject: Any) -> None:
    """Take the session's credentials and tokens, or those of a login's fields, out of an error's message."""
    if session is not None:
        known: Mapping[str, Any] = {**session.credentials, **session.tokens}
    else:
        known = subject if isinstance(subject, Mapping) else {}
    for value in known.values():
        if isinstance(value, str) and len(value) >= SHORTEST_SECRET and value in error.message:
            error.message = error.message.replace(value, "…")
            error.args = (error.message,)


def replace_tokens(session: Session, login: Login) -> Session:
    """Renew without a host: nobody else can know of it."""
    return msgspec.structs.replace(session, tokens={**session.tokens, **login(session)})


def until_rollover(
    context: PluginContext, account_id: int, user: str, credentials: Mapping[str, str],
    tokens: Mapping[str, str],
) -> Session:  # fmt: skip
    """The session of a login that just succeeded; it ends at the manifest's roll-over, or never."""
    now, manifest = context.clock.now(), context.manifest
    rollover = manifest.auth.rollover
    return Session(
        account_id=account_id, broker=manifest.id, broker_user_id=user, credentials=credentials, tokens=tokens,
        issued_at=now, expires_at=None if rollover is None else next_daily(now, dt.time.fromisoformat(rollover)),
    )  # fmt: skip


class TableDesk:
    """An OrderDesk of five endpoints; the subject of each write is the command itself.

    Changes and cancels of a vendor whose answer does not repeat the order's id may answer blank text.
    """

    def __init__(
        self, rest: Rest, *, place: Endpoint[str], modify: Endpoint[str], cancel: Endpoint[str],
        order_book: Endpoint[list[OrderRow]], trade_book: Endpoint[list[TradeRow]],
    ) -> None:  # fmt: skip
        self._rest, self._place, self._modify, self._cancel = rest, place, modify, cancel
        self._order_book, self._trade_book = order_book, trade_book

    def place(self, session: Session, command: PlaceOrder) -> str:
        require_prices(command.terms)
        return self._rest.call(session, self._place, command)

    def modify(self, session: Session, command: ModifyOrder) -> str:
        require_prices(command.terms)
        return self._rest.call(session, self._modify, command) or command.order_id

    def cancel(self, session: Session, command: CancelOrder) -> str:
        return self._rest.call(session, self._cancel, command) or command.order_id

    def order_book(self, session: Session) -> list[OrderRow]:
        return self._rest.call(session, self._order_book)

    def trade_book(self, session: Session) -> list[TradeRow]:
        return self._rest.call(session, self._trade_book)


class TablePortfolio:
    """A Portfolio of endpoints. `funds` are called in order and their values given to `sum_funds`."""

    def __init__(
        self, rest: Rest, *, positions: Endpoint[list[Position]], holdings: Endpoint[list[Holding]],
        funds: tuple[Endpoint[Any], ...], sum_funds: Callable[..., Funds],
    ) -> None:  # fmt: skip
        self._rest, self._positions, self._holdings = rest, positions, holdings
        self._funds, self._sum_funds = funds, sum_funds

    def positions(self, session: Session) -> list[Position]:
        return self._rest.call(session, self._positions)

    def holdings(self, session: Session) -> list[Holding]:
        return self._rest.call(session, self._holdings)

    def funds(self, session: Session) -> Funds:
        return self._sum_funds(*(self._rest.call(session, endpoint) for endpoint in self._funds))


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


def _not_done(endpoint: Endpoint[Any], message: str, code: str) -> OpenAlgoError:
    return (Unavailable if endpoint.safe_to_retry else Refused)(message, code=code)


def _unreadable(endpoint: Endpoint[Any], reason: str) -> OpenAlgoError:
    if endpoint.safe_to_retry:
        return BadVendorData(f"The answer to {endpoint.name} cannot be read ({reason})")
    return OutcomeUnknown(f"The answer to {endpoint.name} cannot be read ({reason}); it may have acted")


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


def _plain_words(response: Response) -> str:
    """A failure that a vendor's front tells in a line of plain text; blank for pages and for anything longer."""
    text = response.body[: LONGEST_LINE + 1].decode("utf-8", "replace").strip()
    return text if len(text) <= LONGEST_LINE and text.isprintable() and "<" not in text else ""


def _retry_after(response: Response) -> float:
    """Seconds the vendor asks to wait; one where it does not say, a minute at most."""
    for name, unit in (("x-retry-after-ms", 1000), ("retry-after", 1)):
        text = response.headers.get(name, "")
        if text.isdecimal():
            return min(int(text) / unit, 60.0)
    return 1.0

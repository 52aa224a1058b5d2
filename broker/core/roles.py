"""The roles a plug-in fills. Synchronous, typed, and with an explicit Session argument on every call."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import msgspec

from domain.gtt import DeleteGtt, GttRow, ModifyGtt, PlaceGtt
from domain.instruments import Instrument, InstrumentKey
from domain.market import Candle, Depth, Interval, Mode, Quote, Tick
from domain.orders import CancelOrder, ModifyOrder, OrderRow, OrderTerms, OrderUpdate, PlaceOrder, TradeRow
from domain.portfolio import Funds, Holding, MarginEstimate, Position

if TYPE_CHECKING:
    from broker.core.budget import Budgets
    from broker.core.http import Transport
    from broker.core.manifest import Manifest
    from utils.clock import Clock
    from utils.ids import IdSource


Alarm = Callable[[str, str], None]
Tokens = Mapping[str, str]


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A broker login of one account. Handed to every call; no plug-in may keep one.

    credentials: what the operator stored (application key and the like). tokens: what the login returned.
    """

    account_id: int
    broker: str
    broker_user_id: str
    credentials: Mapping[str, str]
    tokens: Mapping[str, str]
    issued_at: dt.datetime
    expires_at: dt.datetime | None

    def __repr__(self) -> str:
        return f"Session(account_id={self.account_id}, broker={self.broker!r}, secrets hidden)"


Login = Callable[[Session], Tokens]
"""Logs one application of a session in again and answers its new tokens. Raises Refused or OutcomeUnknown."""

Renew = Callable[[Session, Login], Session]
"""The host's: `renew(session, login)` answers the account's session with other tokens than the dead ones of `session`.

Of all who find a token dead, in whatever process, one logs in; the others are given what it got. Raises Unavailable
when that is not to be had now, SessionDead when the session as a whole has ended, and what `login` raises.
"""


class LoginStep(msgspec.Struct, frozen=True, kw_only=True):
    """How a login goes on: `instant` (nothing to ask), `form` (ask the manifest's login fields) or `redirect`."""

    kind: str
    redirect_url: str | None = None


class InstrumentLookup(Protocol):
    """The contract master of one broker, as a plug-in may use it. Every look-up answers None when absent."""

    def by_key(self, key: InstrumentKey) -> Instrument | None:
        """Common name."""

    def by_token(self, broker_exchange: str, token: str) -> Instrument | None:
        """The vendor's token within the vendor's exchange."""

    def by_broker_symbol(self, broker_exchange: str, broker_symbol: str) -> Instrument | None:
        """The vendor's trading symbol within the vendor's exchange."""


class ContextParts(msgspec.Struct, frozen=True, kw_only=True):
    """What the host gives to build a plug-in.

    hosts: base URLs by name, which override those of the manifest. data_dir: a folder of the plug-in's own.
    settings: the plug-in's own options by lower-case name, text values; they override those of the manifest.
    budgets: rate budgets per account. alarm: told (what, detail) about vendor words nobody knows. renew: how a token
    that died alone is replaced in the stored session; without a host it is replaced for the call at hand only.
    """

    transport: Transport
    instruments: InstrumentLookup
    clock: Clock
    ids: IdSource
    data_dir: Path
    hosts: Mapping[str, str] = {}
    settings: Mapping[str, str] = {}
    budgets: Budgets | None = None
    alarm: Alarm | None = None
    renew: Renew | None = None


class PluginContext(ContextParts, frozen=True, kw_only=True):
    """The same for the plug-in, over its manifest: all hosts, all options, and budgets in any case."""

    manifest: Manifest


class Authenticator(Protocol):
    """Login and logout."""

    def begin(self, credentials: Mapping[str, str], redirect_url: str, state: str) -> LoginStep:
        """First step; `state` must come back on the redirect where the vendor supports it."""

    def complete(
        self, account_id: int, credentials: Mapping[str, str], answers: Mapping[str, str]
    ) -> Session:
        """Trade the answers (callback query or form fields) for a session. Raises Refused or OutcomeUnknown.

        A redirect login also gets `callback_url`, the address that `begin` was given: OAuth wants to hear it again.
        """

    def check(self, session: Session) -> None:
        """Raise SessionDead when the vendor no longer accepts the session."""

    def logout(self, session: Session) -> None:
        """End the session at the vendor."""


class OrderDesk(Protocol):
    """Orders. Writes raise Refused (certainly not live) or OutcomeUnknown (may be live), nothing else."""

    def place(self, session: Session, command: PlaceOrder) -> str:
        """Send a new order; answers the broker's order id. Accepted, not executed."""

    def modify(self, session: Session, command: ModifyOrder) -> str:
        """Change a working order; answers its order id."""

    def cancel(self, session: Session, command: CancelOrder) -> str:
        """Withdraw a working order; answers its order id."""

    def order_book(self, session: Session) -> list[OrderRow]:
        """All orders of the day, oldest first; a complete snapshot or an error, never a part."""

    def trade_book(self, session: Session) -> list[TradeRow]:
        """All fills of the day, oldest first."""


class Gtt(Protocol):
    """Good-till-triggered orders, kept by the broker. Writes raise Refused or OutcomeUnknown, as in OrderDesk."""

    def place(self, session: Session, command: PlaceGtt) -> str:
        """Set up a GTT; answers its trigger id."""

    def modify(self, session: Session, command: ModifyGtt) -> str:
        """Replace an active GTT whole; answers its trigger id."""

    def delete(self, session: Session, command: DeleteGtt) -> str:
        """Withdraw an active GTT; answers its trigger id."""

    def book(self, session: Session) -> list[GttRow]:
        """All GTTs that the broker still shows, in any state."""


class Portfolio(Protocol):
    """What the account holds."""

    def positions(self, session: Session) -> list[Position]:
        """Net positions of the day, flat ones included."""

    def holdings(self, session: Session) -> list[Holding]:
        """Delivery holdings."""

    def funds(self, session: Session) -> Funds:
        """Money."""


class MarketData(Protocol):
    """Snapshots and history."""

    def quotes(self, session: Session, instruments: Sequence[Instrument]) -> dict[InstrumentKey, Quote]:
        """Quotes of up to the manifest's batch size; unknown or silent instruments are simply absent."""

    def depth(self, session: Session, instrument: Instrument) -> Depth:
        """Quote and book of one instrument."""

    def history(
        self, session: Session, instrument: Instrument, interval: Interval, start: dt.datetime,
        end: dt.datetime,
    ) -> list[Candle]:  # fmt: skip
        """Bars that start within [start, end], ascending, unique; one vendor call within the manifest's span."""


@runtime_checkable
class BookSource(Protocol):
    """What a MarketData may be besides: its vendor tells the books of a whole batch along with the quotes."""

    def depths(self, session: Session, instruments: Sequence[Instrument]) -> dict[InstrumentKey, Depth]:
        """Quotes and books of up to the manifest's batch size; unknown or silent instruments are simply absent."""


class Margin(Protocol):
    """Pre-trade margin."""

    def estimate(self, session: Session, legs: Sequence[tuple[Instrument, OrderTerms]]) -> MarginEstimate:
        """Margin of the legs taken together."""


class ContractSource(Protocol):
    """The instrument master."""

    def fetch(self, session: Session) -> Iterable[bytes]:
        """The vendor's file(s) as they come, in chunks."""

    def parse(self, chunks: Iterable[bytes]) -> Iterable[Instrument]:
        """Rows in common form. Rows of segments we do not serve are skipped; an unreadable row raises."""


class Dial(msgspec.Struct, frozen=True, kw_only=True):
    """How to open a stream socket. The URL may carry a token: it must never be logged whole.

    answers_login: False where the vendor says nothing to the opening frames and merely closes on a bad login.
    """

    url: str
    headers: Mapping[str, str] = {}
    subprotocols: tuple[str, ...] = ()
    answers_login: bool = True

    def __repr__(self) -> str:
        return f"Dial({self.url.partition('?')[0]}, details hidden)"


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """A stream event that is neither tick nor order.

    kind: `ready`, `heartbeat`, `ack`, `auth_failed` (the login is refused or was taken over), `closed` (the vendor is
    done with this connection, whether or not it hangs up), `error` (something asked for was not done), `notice`.
    """

    kind: str
    detail: str = ""
    reply: str | bytes | None = None


StreamEvent = Tick | OrderUpdate | Control


class SideCall(msgspec.Struct, frozen=True):
    """What a codec wants done next to its socket, where the vendor takes subscriptions over REST.

    name: for the log. items: what it is about. run: called off the event loop with the session of the connection;
    answers events as if the socket had brought them (a snapshot), and raises what REST raises.
    """

    name: str
    items: tuple[str, ...]
    run: Callable[[Session], list[StreamEvent]]

    def __repr__(self) -> str:
        return f"SideCall({self.name}: {', '.join(self.items)})"


Outgoing = str | bytes | SideCall


class StreamCodec(Protocol):
    """Sans-I/O codec of one stream connection; a fresh one is built per connection, so it may keep wire state."""

    def dial(self, session: Session) -> Dial:
        """Where and how to connect."""

    def opening(self, session: Session) -> list[str | bytes]:
        """Frames to send first (authentication).

        With none, or with a dial that says `answers_login=False`, the open socket itself is the login; otherwise
        `decode` must report Control("ready") in time.
        """

    def subscribe(self, wants: Sequence[tuple[Instrument, Mode]]) -> Sequence[Outgoing]:
        """Frames, or calls beside the socket, that ask for these instruments at these modes (replacing others)."""

    def unsubscribe(self, instruments: Sequence[Instrument]) -> Sequence[Outgoing]:
        """The same to stop these instruments."""

    def heartbeat(self) -> str | bytes | None:
        """Application-level heartbeat to send at the manifest's interval; None when the vendor wants none."""

    def decode(self, frame: str | bytes) -> list[StreamEvent]:
        """Events of one frame. Raises BadVendorData for a frame that breaks the documented layout."""


class LocalTickSource(Protocol):
    """A stream without a socket (the practice exchange): the runtime asks it for what is due."""

    def subscribe(self, wants: Sequence[tuple[Instrument, Mode]]) -> None:
        """Start these instruments at these modes."""

    def unsubscribe(self, instruments: Sequence[Instrument]) -> None:
        """Stop these instruments."""

    def due(self, now: dt.datetime) -> list[Tick]:
        """Ticks since the last call."""


class OrderStream(Protocol):
    """Order updates that reach us inside the app process."""

    def listen(self, session: Session, on_update: Callable[[OrderUpdate], None]) -> Callable[[], None]:
        """Call back for each change of the account's orders; answers a function that stops listening."""


class Plugin(msgspec.Struct, frozen=True, kw_only=True):
    """One loaded broker. `stream` builds a codec per connection; exactly one of stream/local_ticks may be set.

    order_codec: the same for a socket that brings order updates only.

    postback: reads an order change the vendor posted to us, after proving with the session's secrets that the vendor
    wrote it. Raises NotAuthenticated for a forged one and BadVendorData for an unreadable one.
    """

    manifest: Manifest
    auth: Authenticator
    orders: OrderDesk
    portfolio: Portfolio
    market: MarketData
    contracts: ContractSource
    margin: Margin | None = None
    gtt: Gtt | None = None
    stream: Callable[[], StreamCodec] | None = None
    local_ticks: Callable[[], LocalTickSource] | None = None
    order_codec: Callable[[], StreamCodec] | None = None
    order_stream: OrderStream | None = None
    postback: Callable[[Session, bytes], OrderUpdate] | None = None
    close: Callable[[], None] | None = None

"""Positions, holdings, funds and margin of the caller's account, at the desk of the current mode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from domain.errors import InvalidInput, UnknownInstrument
from domain.instruments import Exchange
from domain.orders import OrderTerms, Product
from domain.portfolio import Funds, Holding, MarginEstimate, Position
from services.accounts.principal import Principal
from services.trading import risk
from services.trading.commands import Place
from services.trading.desk import BrokerPlugins, Desk
from services.trading.router import InstrumentIndex, require_account
from services.trading.writes import Account
from utils.clock import Clock, ist
from utils.concurrency import SharedCalls

READ_SECONDS = 30.0
T = TypeVar("T")


class Portfolio:
    """Reads. Identical reads at the same time are one call to the broker."""

    def __init__(
        self, *, desk: Callable[[], Desk], instruments: InstrumentIndex, brokers: BrokerPlugins, clock: Clock,
        writes: Callable[[int], int],
    ) -> None:  # fmt: skip
        """`writes` counts an account's accepted orders, so that nobody shares a read begun before their own."""
        self._desk = desk
        self._instruments = instruments
        self._brokers = brokers
        self._clock = clock
        self._writes = writes
        self._shared = SharedCalls()

    def positions(self, principal: Principal) -> list[Position]:
        """Net positions of today, those closed today included."""
        return self._read("positions", principal, lambda desk, to: desk.positions(to.account_id, to.broker))

    def holdings(self, principal: Principal) -> list[Holding]:
        """Delivery holdings."""
        return self._read("holdings", principal, lambda desk, to: desk.holdings(to.account_id, to.broker))

    def funds(self, principal: Principal) -> Funds:
        """Money."""
        return self._read("funds", principal, lambda desk, to: desk.funds(to.account_id, to.broker))

    def open_quantity(self, principal: Principal, exchange: Exchange, symbol: str, product: Product) -> int:
        """Signed net quantity of one position, 0 when there is none."""
        wanted = (exchange, symbol, product.value)
        return sum(
            row.quantity
            for row in self.positions(principal)
            if (row.exchange, row.symbol, str(row.product)) == wanted
        )

    def lot_sizes(self, principal: Principal, rows: Sequence[Position]) -> list[int | None]:
        """Units a lot of each row's instrument; None for one that the contract master no longer lists."""
        broker = require_account(principal).broker

        def lot(row: Position) -> int | None:
            try:
                return self._instruments.resolve(broker, row.exchange, row.symbol).lot_size
            except UnknownInstrument:
                return None

        return [lot(row) for row in rows]

    def margin(self, principal: Principal, legs: Sequence[Place]) -> MarginEstimate:
        """Margin of the legs taken together. Raises InvalidInput naming the first bad leg, and NotSupported."""
        account = require_account(principal)
        manifest = self._brokers.plugin(account.broker).manifest
        today = ist(self._clock.now()).date()
        priced = []
        for number, leg in enumerate(legs, 1):
            try:
                instrument = self._instruments.resolve(account.broker, leg.exchange, leg.symbol)
                facts = risk.Facts(command=leg, instrument=instrument, manifest=manifest, today=today)
                terms: OrderTerms = risk.approve(facts)
            except InvalidInput as error:
                field = f"positions.{number - 1}"
                raise InvalidInput(
                    f"Position {number}: {error.message}", errors={field: [error.message]}, code=error.code
                ) from None
            priced.append((instrument, terms))
        return self._desk().margin(account.account_id, account.broker, priced)

    def _read(self, name: str, principal: Principal, call: Callable[[Desk, Account], T]) -> T:
        desk, account = self._desk(), require_account(principal)
        return self._shared.run(
            (name, desk.mode, account.account_id, self._writes(account.account_id)),
            lambda: call(desk, account), READ_SECONDS,
        )  # fmt: skip

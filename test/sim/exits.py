"""Protected exits under stress: bands, gaps, thin books, lost answers, restarts, and a limiter of ten a second.

    python -m test.sim.exits --exits 10000 --seed 1 [--market-protection 0|-1]

Runs the product's order room (see exits_gateway) against a twin exchange on a virtual clock. MARKET exits come in
bursts and compete for the rate budget; stops wait until the market runs through them. Every exit must end flat, or
with an alarm, or have been refused to its caller's face; nothing may arrive outside the band, as a barred price type,
as a stop without its trigger, or beyond the limiter; no exit may be sent twice. The same seed gives the same run.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import structlog

from broker.core.budget import Budget, Budgets
from broker.core.manifest import RateClass
from broker.core.registry import PLUGIN_FOLDER, read_manifest
from domain.errors import OutcomeUnknown, Refused
from domain.instruments import Exchange, Instrument, InstrumentType
from domain.orders import OrderStatus, OrderTerms, PriceType, Product, Side
from services.trading.protection.judging import State
from services.trading.writes import UncertainOrder
from test.sim.exits_exchange import STEP_SECONDS, ExitsExchange
from test.sim.exits_gateway import BROKER, Brokers, Bus, Gateway
from test.sim.exits_market import Listing
from test.stores import open_stores
from utils.clock import ManualClock
from utils.ids import SeededIds

START = dt.datetime(2026, 11, 30, 3, 50, tzinfo=dt.UTC)  # 09:20 in India
LISTINGS = 40
BURST_SECONDS = 10.0
LARGEST_BURST = 40
RETRIES = 5
STOP_PATIENCE = 40.0
RESTART_EVERY = 150
TICK = Decimal("0.05")


class Exit(msgspec.Struct):
    """One position that has to be closed, and every tag it was sent under."""

    at: float
    account: int
    terms: OrderTerms
    listing: Listing
    tags: list[str] = []
    refusals: int = 0
    refused: str = ""
    began: float = 0.0
    flat_at: float | None = None


class VirtualBudgets(Budgets):
    """The product's budgets; waiting for a slot moves the clock instead of holding a thread."""

    def __init__(self, rates: Mapping[str, RateClass], clock: ManualClock) -> None:
        super().__init__(rates, clock)
        self._moving = clock
        self._known: dict[int, Budget] = {}

    def of(self, account_id: int) -> Budget:
        """The one budget of this account."""
        if account_id not in self._known:
            self._known[account_id] = Budget(
                self._rates, self._moving, pause=lambda _changed, seconds: self._moving.advance(seconds)
            )
        return self._known[account_id]


class Run:
    """One simulation."""

    def __init__(
        self, folder: Path, exits: int, seed: int, *, faults: float = 0.01, limited: bool = True,
        market_protection: str = "0",
    ) -> None:  # fmt: skip
        """limited: under the product's rate budgets; without them the limiter must be seen to count.

        market_protection: 0 for our limits from the first send, -1 for the broker's own, which the ladder takes over.
        """
        self.dice = random.Random(seed)
        self.clock = ManualClock(START)
        self.stores = open_stores(folder)
        manifest = read_manifest(PLUGIN_FOLDER / BROKER / "plugin.json")
        rate = manifest.limits.rates["order"]
        self.accounts = max(4, exits // 250)
        self.listings = [self._listing(number) for number in range(LISTINGS)]
        self.exchange = ExitsExchange(
            self.clock, self.dice, self.listings, faults=faults, per_second=int(rate.per_second or 0),
            per_minute=int(rate.per_minute or 0), protects=market_protection != "0",
        )  # fmt: skip
        rates = manifest.limits.rates if limited else dict.fromkeys(manifest.limits.rates, RateClass())
        self.budgets = VirtualBudgets(rates, self.clock)
        self.brokers = Brokers(manifest, self.exchange, self.budgets, market_protection)
        self.bus, self.ids = Bus(), SeededIds(seed)
        self.restarts = 0
        self.exits = list(self._plan(exits))
        self.gateway = self._gateway()

    def _gateway(self) -> Gateway:
        self.bus.handlers.clear()
        return Gateway(
            stores=self.stores, clock=self.clock, brokers=self.brokers, exchange=self.exchange, ids=self.ids,
            instruments={item.instrument.key: item.instrument for item in self.listings}, bus=self.bus,
        )  # fmt: skip

    def _listing(self, number: int) -> Listing:
        kind = (InstrumentType.EQ, InstrumentType.FUT, InstrumentType.CE)[number % 3]
        exchange = Exchange.NSE if kind is InstrumentType.EQ else Exchange.NFO
        mid = self.dice.randint(10, 4_000) if kind is InstrumentType.CE else self.dice.randint(2_000, 60_000)
        reach = {InstrumentType.EQ: 0.05, InstrumentType.FUT: 0.1, InstrumentType.CE: 0.6}[kind]
        symbol = f"TWIN{number}" + ("" if kind is InstrumentType.EQ else f"29DEC26{kind.value}")
        instrument = Instrument(
            symbol=symbol, exchange=exchange, broker_symbol=symbol, broker_exchange=exchange.value, token=str(number),
            name=symbol, instrument_type=kind, lot_size=1, tick_size=TICK,
        )  # fmt: skip
        return Listing(
            instrument=instrument, mid=mid, low=max(1, round(mid * (1 - reach))), high=round(mid * (1 + reach)) + 1,
            gap=self.dice.choice((0.001, 0.01, 0.03)), depth=self.dice.choice((4, 15, 60, 200)), last=mid,
        )  # fmt: skip

    def _plan(self, count: int) -> Iterator[Exit]:
        """Bursts of exits, as a square-off of an account makes them; one in five is a stop."""
        at, made = 1.0, 0
        while made < count:
            account = self.dice.randint(1, self.accounts)
            for _ in range(min(self.dice.randint(1, LARGEST_BURST), count - made)):
                listing = self.dice.choice(self.listings)
                kind = PriceType.SL_M if self.dice.random() < 0.2 else PriceType.MARKET
                instrument = listing.instrument
                terms = OrderTerms(
                    symbol=instrument.symbol, exchange=instrument.exchange, side=self.dice.choice(list(Side)),
                    quantity=self.dice.randint(1, 150), price_type=kind,
                    product=Product.MIS if instrument.exchange is Exchange.NSE else Product.NRML,
                )  # fmt: skip
                made += 1
                yield Exit(at=at, account=account, terms=terms, listing=listing)
            at += self.dice.uniform(0.5, 2) * BURST_SECONDS

    def play(self) -> None:
        """Until every exit is settled."""
        waiting = list(self.exits)
        sent: list[Exit] = []
        since = 0
        while waiting or self.gateway.protection.roster.open():
            self.clock.advance(STEP_SECONDS)
            self.exchange.step()
            now = self.clock.monotonic()
            while waiting and waiting[0].at <= now:
                item = waiting.pop(0)
                self._send(item)
                if item.tags:
                    sent.append(item)
                elif not item.refused:
                    waiting.append(item)
                    waiting.sort(key=lambda each: each.at)
                since += 1
            self._run_through_stops(sent)
            self.gateway.protection.following.round()
            self._note_flat(sent)
            if since >= RESTART_EVERY:
                since = 0
                self._restart()
        self.gateway.close()

    def _send(self, item: Exit) -> None:
        """The caller's part: a refusal is repeated a moment later, an unknown outcome never."""
        item.began = item.began or self.clock.monotonic()
        try:
            item.tags.append(self.gateway.exit(item.account, self._priced(item)))
        except UncertainOrder as error:
            item.tags.append(error.tag)
        except (Refused, OutcomeUnknown) as error:
            item.refusals += 1
            item.at = self.clock.monotonic() + getattr(error, "retry_after", 1.0)
            if item.refusals >= RETRIES:
                item.refused = error.message

    def _priced(self, item: Exit) -> OrderTerms:
        """A stop's trigger lies a little behind the market as it is now."""
        listing = item.listing
        if item.terms.price_type is PriceType.SL_M:
            away = max(2, round(listing.mid * self.dice.uniform(0.003, 0.02)))
            ticks = min(max(listing.last + item.terms.side.sign * away, listing.low), listing.high)
            item.terms = msgspec.structs.replace(item.terms, trigger_price=listing.price(ticks))
        return item.terms

    def _run_through_stops(self, sent: list[Exit]) -> None:
        """The market gaps through stops that have waited long enough, often beyond their limits."""
        for item in sent:
            trigger = item.terms.trigger_price
            if trigger is None or item.flat_at is not None:
                continue
            if self.clock.monotonic() - item.began > STOP_PATIENCE and self.dice.random() < 0.02:
                beyond = round(item.listing.mid * self.dice.uniform(0, 0.04)) * item.terms.side.sign
                ticks = int(trigger / TICK) + beyond
                item.listing.mid = min(max(ticks, item.listing.low), item.listing.high)
                item.listing.touched = self.clock.monotonic()

    def _note_flat(self, sent: list[Exit]) -> None:
        ended = self.bus.ended
        for item in list(sent):
            found = ended.get(item.tags[-1])
            if found is not None:
                item.flat_at = self.clock.monotonic() if found.state == State.FILLED.value else None
                sent.remove(item)

    def _restart(self) -> None:
        """The program ends and begins again on the same store; the books of the day are shortened to what works."""
        self.gateway.close()
        self.gateway = self._gateway()
        self.restarts += 1

    # What is counted.

    def report(self) -> dict[str, Any]:
        """The figures. `silent` and every offence must be zero."""
        by_tag: dict[str, list[Any]] = {}
        for order in self.exchange.orders.values():
            by_tag.setdefault(order.tag, []).append(order)
        ends: Counter[str] = Counter()
        duplicates = 0
        for item in self.exits:
            orders = [order for tag in item.tags for order in by_tag.get(tag, ())]
            duplicates += len(orders) > 1 or sum(order.filled for order in orders) > item.terms.quantity
            ends[self._end(item, orders)] += 1
        times = sorted(item.flat_at - item.began for item in self.exits if item.flat_at is not None)
        offences = {
            name: self.exchange.offences[name]
            for name in ("outside the band", "stop without trigger", "limiter", "barred", "off the tick grid")
        }
        return {
            "exits": len(self.exits), **{name: ends[name] for name in ("flat", "alarmed", "refused", "silent")},
            "alarms": sum(event.alarm for event in self.bus.ended.values()),
            **offences, "duplicates": duplicates, "told twice": len(self.bus.twice), "sends": self.exchange.sends,
            "left as asked": self.exchange.asked.total(),
            "re-prices": self.exchange.changes, "lost answers": self.exchange.lost, "restarts": self.restarts,
            "virtual seconds": round(self.clock.monotonic()),
            "seconds to flat, half": round(times[len(times) // 2], 2) if times else None,
            "seconds to flat, 95 %": round(times[len(times) * 95 // 100], 2) if times else None,
            "fingerprint": self._fingerprint(),
        }  # fmt: skip

    def _end(self, item: Exit, orders: list[Any]) -> str:
        if any(order.status is OrderStatus.COMPLETE for order in orders):
            return "flat"
        told = [self.bus.ended[tag] for tag in item.tags if tag in self.bus.ended]
        if any(event.alarm for event in told):
            return "alarmed"
        return "refused" if item.refused and not orders else "silent"

    def _fingerprint(self) -> str:
        """One word for everything that the exchange saw."""
        digest = hashlib.sha256()
        for order in self.exchange.orders.values():
            facts = (order.order_id, order.tag, order.terms, order.filled, order.value, order.status)
            digest.update(repr(facts).encode())
        return digest.hexdigest()[:16]

    def close(self) -> None:
        """Give the store back."""
        self.stores.close()


@contextmanager
def run(exits: int, seed: int, **options: Any) -> Iterator[Run]:
    """A run that has been played."""
    with tempfile.TemporaryDirectory() as name:
        made = Run(Path(name), exits, seed, **options)
        try:
            made.play()
            yield made
        finally:
            made.close()


def is_clean(report: dict[str, Any]) -> bool:
    """Whether every figure that must be zero is."""
    zeros = ("silent", "outside the band", "stop without trigger", "limiter", "barred", "off the tick grid")
    return not any(report[name] for name in (*zeros, "duplicates", "told twice"))


def _say_nothing(*_: Any) -> Any:
    raise structlog.DropEvent


def main() -> int:
    """Exit code 0 when nothing went wrong."""
    parser = argparse.ArgumentParser(
        description="Protected exits against a twin exchange on a virtual clock."
    )
    parser.add_argument("--exits", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--market-protection", choices=("0", "-1"), action="append",
        help="BROKER_ZERODHA_MARKET_PROTECTION; may be given twice, default both: our limits, and the broker's own",
    )  # fmt: skip
    wanted = parser.parse_args()
    structlog.configure(processors=[_say_nothing])  # every alarm is a log line; the report counts them
    clean = True
    for option in wanted.market_protection or ("0", "-1"):
        with run(wanted.exits, wanted.seed, market_protection=option) as made:
            report = made.report()
        print(f"BROKER_ZERODHA_MARKET_PROTECTION={option}")
        for name, value in report.items():
            print(f"  {name:24} {value}")
        clean = clean and is_clean(report)
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())

"""Clients as they are in life: some with keys, some without, impatient, and repeating themselves after errors."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from domain.errors import OpenAlgoError
from domain.instruments import Exchange
from domain.orders import PriceType, Product, Side
from services.accounts.principal import Principal
from services.trading.commands import (
    Accepted,
    Basket,
    Cancel,
    CancelAll,
    Close,
    Command,
    Modify,
    Place,
    PlanOutcome,
    Smart,
    Split,
)  # fmt: skip
from test.sim.stage.app import ME
from test.sim.stage.threads import Killed
from test.sim.stage.vendor import SYMBOLS
from test.sim.stage.world import World

# Codes after which a careful client knows nothing or may try again with the same key.
UNKNOWN = "OUTCOME_UNKNOWN"
AGAIN = frozenset(
    {"NOT_SENT", "THROTTLED", "BROKER_SESSION_EXPIRED", "NO_BROKER_SESSION", "JOURNAL_UNAVAILABLE", "RECONCILING",
     "BUSY", "DUPLICATE_KEY", "POSITION_UNCERTAIN", "UNAVAILABLE", "STORE_BUSY"}
)  # fmt: skip
KINDS = {
    "place": 52, "modify": 8, "cancel": 8, "basket": 6, "split": 6, "smart": 6, "close": 3, "cancel_all": 1,
}  # fmt: skip
# How often a client names an order that is somebody else's.
MIX_UP = 0.05
PATIENCE = (0.2, 1.0, 4.0, 9.0, 25.0, 40.0)


@dataclass
class Attempt:
    """One call of a client. outcome: acked, refused, unknown or died (no answer came)."""

    begun: float
    life: int
    outcome: str = "died"
    code: str = ""
    message: str = ""
    ended: float = 0.0
    order_id: str | None = None
    tag: str = ""
    replayed: bool = False
    plan: PlanOutcome | None = None


@dataclass
class Wish:
    """What a client wants once; repeats are attempts of the same wish. orders: broker orders it may become."""

    label: str
    kind: str
    command: Command
    orders: int
    principal: Principal = ME
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def keyed(self) -> bool:
        return self.command.client_order_id is not None

    @property
    def last(self) -> Attempt:
        return self.attempts[-1]

    @property
    def settled(self) -> bool:
        """Whether the client has been told for good."""
        done = [attempt for attempt in self.attempts if attempt.outcome in ("acked", "refused")]
        return bool(done) and done[-1].code not in AGAIN


class Clients:
    """Several clients of each user. `budget` counts broker orders that may still be wished for."""

    def __init__(self, world: World, orders: int, count: int = 4, pause: float = 2.0) -> None:
        self.world = world
        self.wishes: list[Wish] = []
        self.budget = orders
        self.running = 0
        self.pause = pause
        for number in range(count):
            self._start(number)

    def _start(self, number: int) -> None:
        dice = random.Random(f"client-{self.world.seed}-{number}")
        self.running += 1
        self.world.threads.spawn(lambda: self._live(number, dice), f"client-{number}", None)

    def _live(self, number: int, dice: random.Random) -> None:
        threads = self.world.threads
        while self.budget > 0:
            threads.park(dice.expovariate(1 / self.pause))
            principal = self.world.principals[number % len(self.world.principals)]
            wish = self._wish(f"c{number}w{len(self.wishes)}", principal, dice)
            wish.principal = principal
            self.budget -= wish.orders
            self.wishes.append(wish)
            mood = random.Random(f"{self.world.seed}-{wish.label}")
            self._aside("pursuit", lambda wish=wish, mood=mood: self._pursue(wish, mood))
            if wish.keyed and dice.random() < 0.1:
                self._aside("second-click", lambda wish=wish, mood=mood: self._again(wish, mood))
        self.running -= 1

    def _aside(self, name: str, work: Callable[[], None]) -> None:
        """Something that goes on while the client already thinks of the next."""
        self.running += 1

        def body() -> None:
            work()
            self.running -= 1

        self.world.threads.spawn(body, name, None)

    def _again(self, wish: Wish, dice: random.Random) -> None:
        """A second click while the first one is on its way."""
        self.world.threads.park(dice.uniform(0.0, 0.2))
        self.ask(wish)

    def _pursue(self, wish: Wish, dice: random.Random) -> None:
        """Ask, and with a key ask again until told for good; without one an unknown outcome is left alone."""
        self.ask(wish)
        tries = dice.randint(0, 5) if wish.keyed else 0
        for _ in range(tries):
            if wish.settled and dice.random() < 0.9:
                return
            self.world.threads.park(dice.choice(PATIENCE) * dice.uniform(0.5, 1.5))
            self.ask(wish)

    def ask(self, wish: Wish) -> Attempt:
        """One call into the app as it is now."""
        threads = self.world.threads
        while self.world.app is None:
            threads.park(0.3)
        app = self.world.app
        task = threads.current
        assert task is not None
        attempt = Attempt(begun=threads.now, life=app.life.number)
        wish.attempts.append(attempt)
        task.life, task.label = app.life, wish.label
        try:
            _note(attempt, app.router.execute(wish.command, wish.principal))
        except Killed:
            if threads.over:
                raise
        except OpenAlgoError as error:
            attempt.outcome = "unknown" if error.code == UNKNOWN else "refused"
            attempt.code, attempt.message = error.code, error.message
            attempt.tag = getattr(error, "tag", "")
        finally:
            task.life, task.label = None, ""
            attempt.ended = threads.now
        self.world.log(
            "told",
            wish.label,
            wish.kind,
            attempt.outcome,
            attempt.code,
            attempt.order_id,
            attempt.message[:60],
        )
        return attempt

    def _wish(self, label: str, principal: Principal, dice: random.Random) -> Wish:
        kind = dice.choices(list(KINDS), list(KINDS.values()))[0]
        key = f"k-{label}" if dice.random() < 0.75 else None
        common = {"strategy": label, "client_order_id": key}
        known = [
            wish for wish in self.wishes
            if wish.kind == "place" and any(attempt.order_id for attempt in wish.attempts)
            and (wish.principal is principal or dice.random() < MIX_UP)
        ]  # fmt: skip
        if kind in ("modify", "cancel") and not known:
            kind = "place"
        match kind:
            case "modify" | "cancel":
                return self._change(kind, label, dice.choice(known[-8:]), common, dice)
            case "basket":
                orders = tuple(self._place({"strategy": label}, dice) for _ in range(dice.randint(2, 4)))
                return Wish(label, kind, Basket(orders=orders, **common), len(orders))
            case "split":
                order = self._place({"strategy": label}, dice, quantity=dice.randint(5, 14))
                size = dice.choice((4, 5))
                command = Split(order=order, size=size, client_order_id=key)
                return Wish(label, kind, command, -(-int(order.quantity) // size))
            case "smart":
                return Wish(label, kind, self._smart(common, dice), 1)
            case "close":
                symbol = {"symbol": dice.choice(SYMBOLS), "exchange": Exchange.NSE, "product": Product.MIS}
                return Wish(label, kind, Close(**common, **symbol), 1)
            case "cancel_all":
                return Wish(label, kind, CancelAll(**common), 0)
        return Wish(label, kind, self._place(common, dice), 1)

    def _place(self, common: dict[str, Any], dice: random.Random, quantity: int | None = None) -> Place:
        """A market order, a limit near the market or far from it, or a stop; all at prices the exchange takes."""
        symbol, side = dice.choice(SYMBOLS), dice.choice((Side.BUY, Side.BUY, Side.SELL))
        kind = dice.choices(
            (PriceType.MARKET, PriceType.LIMIT, PriceType.SL), (45, 45, 10)
        )[0]  # fmt: skip
        last = self.world.vendor.price(symbol)
        away = Decimal(dice.choice((0, 0, 2, 20, 60, 150))) / 10_000
        away += Decimal("0.002") if kind is PriceType.SL else 0
        sign = side.sign if kind is PriceType.SL else -side.sign
        price = _tick(last * (1 + sign * away)) if kind is not PriceType.MARKET else None
        return Place(
            **common, symbol=symbol, exchange=Exchange.NSE, side=side, price_type=kind, product=Product.MIS,
            quantity=Decimal(quantity or dice.choice((1, 2, 3, 5, 10, 40))), price=price,
            trigger_price=price if kind is PriceType.SL else None,
        )  # fmt: skip

    def _smart(self, common: dict[str, Any], dice: random.Random) -> Smart:
        return Smart(
            **common, symbol=dice.choice(SYMBOLS), exchange=Exchange.NSE, side=Side.BUY, quantity=Decimal(0),
            position_size=Decimal(dice.choice((-10, 0, 10, 25))), price_type=PriceType.MARKET, product=Product.MIS,
        )  # fmt: skip

    def _change(self, kind: str, label: str, of: Wish, common: dict[str, Any], dice: random.Random) -> Wish:
        order_id = next(attempt.order_id for attempt in of.attempts if attempt.order_id)
        if kind == "cancel":
            return Wish(label, kind, Cancel(order_id=order_id, **common), 0)
        placed = of.command
        assert isinstance(placed, Place)
        price = (
            None if placed.price is None else _tick(placed.price * Decimal(dice.choice(("0.999", "1.001"))))
        )
        modify = Modify(
            order_id=order_id, **common, symbol=placed.symbol, exchange=placed.exchange, side=placed.side,
            quantity=placed.quantity + dice.choice((0, 1, 5)), price_type=placed.price_type, product=placed.product,
            price=price, trigger_price=price if placed.trigger_price is not None else None,
        )  # fmt: skip
        return Wish(label, kind, modify, 0)


def _note(attempt: Attempt, answer: Any) -> None:
    """What a client reads in an answer."""
    attempt.replayed = answer.replayed
    if isinstance(answer, Accepted):
        attempt.outcome, attempt.order_id, attempt.tag = "acked", answer.order_id, answer.tag
        return
    assert isinstance(answer, PlanOutcome)
    attempt.outcome, attempt.plan = "acked", answer


def _tick(price: Decimal) -> Decimal:
    """On the grid of five paise."""
    return (price / Decimal("0.05")).to_integral_value() * Decimal("0.05")

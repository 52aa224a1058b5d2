"""The gate that every entry passes: facts, weighing, its turn in the second, and what became of it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from domain.errors import OpenAlgoError, OutcomeUnknown
from domain.instruments import Instrument
from domain.orders import ModifyOrder, OrderTerms
from services.trading import risk
from services.trading.commands import Accepted, Place
from services.trading.gate.facts import FactSources
from services.trading.gate.policy import RiskPolicy
from services.trading.risk import scopes as named
from services.trading.timeline import trace
from services.trading.writes import Mandate
from utils.clock import Clock
from utils.concurrency import sleep

# A second that is full is over within a second: longer than that nobody is kept waiting for a single order.
SINGLE_SECONDS = 1.1
# What an order waited is no longer than this away from what it was weighed by.
FACTS_SECONDS = 2.0
Order = tuple[OrderTerms, Instrument]


class Weighing(msgspec.Struct, frozen=True, kw_only=True):
    """One order at the gate. change: it is new terms of a working order."""

    terms: OrderTerms
    instrument: Instrument
    mandate: Mandate
    change: risk.Change | None = None

    @property
    def account(self) -> tuple[int, str]:
        """Whose counts it uses: live and paper are counted apart."""
        return self.mandate.account.account_id, self.mandate.desk.mode


class Gate:
    """Lets orders through or raises RiskRefused. pause: waits so many seconds."""

    def __init__(
        self, policy: RiskPolicy, facts: FactSources, clock: Clock, pause: Callable[[float], object] = sleep
    ) -> None:
        self.policy = policy
        self.facts = facts
        self._clock = clock
        self._pause = pause
        self._reservations = risk.Reservations(clock)

    def require_open(self, mandate: Mandate) -> None:
        """Raise NotAllowed when a kill switch covers the caller's orders."""
        self.policy.require_open(scopes_of(mandate))

    def pass_in(self, order: Order, mandate: Mandate) -> Admitted:
        """Count the order in, after its turn in the second has come. Raises RiskRefused."""
        weighing = Weighing(terms=order[0], instrument=order[1], mandate=mandate)
        return Admitted(self._reservations, self._admit(weighing))

    def pass_change(self, order: ModifyOrder, mandate: Mandate) -> None:
        """Hold new terms of a working order against the rules of changes; it counts as a send. Raises RiskRefused."""
        row, terms = order.row, order.terms
        change = risk.Change(
            order_id=order.order_id, added=max(terms.quantity - row.quantity, 0),
            left=terms.quantity - (row.filled_quantity or 0),
        )  # fmt: skip
        self._admit(Weighing(terms=terms, instrument=order.instrument, mandate=mandate, change=change))

    def weigh(self, order: Order, mandate: Mandate, *, later: bool = False) -> risk.Exposure:
        """Hold an order that is not sent now against the rules; nothing is counted. Raises RiskRefused.

        later: the broker will send it by itself, so what depends on the moment of sending is not asked.
        """
        weighing = Weighing(terms=order[0], instrument=order[1], mandate=mandate)
        rules = self._rules(weighing)
        if later:
            rules = self.policy.rules(scopes_of(mandate)).later
        book = self._book(weighing, rules)
        outcome = self._reservations.weigh(*weighing.account, weighing.terms, book, rules)
        _concluded(outcome, rules)
        return outcome.exposure

    def forget(self, account_id: int) -> None:
        """Nothing of a removed account is counted any more."""
        self._reservations.forget(account_id)

    def record(self, mandate: Mandate, *, is_order: bool = True) -> None:
        """An exit or a cancel leaves: it uses up a send of its second and is held up by nothing."""
        self._reservations.record_exit(mandate.account.account_id, mandate.desk.mode, is_order=is_order)

    def held(self, command: Place, mandate: Mandate) -> int | None:
        """Signed units of the order's position a moment ago, None when not known."""
        return self.facts.held(mandate.desk, mandate.account, command)

    def _rules(self, weighing: Weighing) -> risk.Ruleset:
        rules = self.policy.rules(scopes_of(weighing.mandate))
        return rules.entry if weighing.change is None else rules.change

    def _book(self, weighing: Weighing, rules: risk.Ruleset) -> risk.Book:
        mandate = weighing.mandate
        return self.facts.book(
            rules.needs, mandate.desk, mandate.account, weighing.terms, weighing.instrument, mandate.strategy
        )

    def _admit(self, weighing: Weighing) -> risk.Reservation:
        rules = self._rules(weighing)
        outcome = self._attempt(weighing, rules, self._book(weighing, rules))
        if outcome.wait is not None:
            by = weighing.mandate.send_by
            if by is not None:
                outcome = self._await(weighing, rules, outcome, by - self._clock.monotonic())
            else:
                with self._reservations.waiting(*weighing.account):
                    outcome = self._await(weighing, rules, outcome, SINGLE_SECONDS)
        _concluded(outcome, rules)
        assert outcome.reservation is not None
        return outcome.reservation

    def _await(
        self, weighing: Weighing, rules: risk.Ruleset, outcome: risk.Outcome, seconds: float
    ) -> risk.Outcome:
        """Try again each time a turn is due, for so many seconds; facts that grew old are asked for anew."""
        begun = read = self._clock.monotonic()
        waited, book = 0.0, self._book(weighing, rules)
        while outcome.wait is not None:
            waited = max(waited, self._clock.monotonic() - begun) + outcome.wait
            if waited > seconds:
                return outcome
            self._pause(outcome.wait)
            if self._clock.monotonic() - read >= FACTS_SECONDS:
                read, book = self._clock.monotonic(), self._book(weighing, rules)
            outcome = self._attempt(weighing, rules, book)
        trace.note("waited", detail={"seconds": round(waited, 3)})
        return outcome

    def _attempt(self, weighing: Weighing, rules: risk.Ruleset, book: risk.Book) -> risk.Outcome:
        return self._reservations.attempt(
            *weighing.account, weighing.terms, book, rules, change=weighing.change,
            yields=weighing.mandate.send_by is not None,
        )  # fmt: skip


class Admitted:
    """An order that was let through: `run` sends it and says what became of it, so that its place is kept or freed."""

    def __init__(self, reservations: risk.Reservations, reservation: risk.Reservation) -> None:
        self._reservations = reservations
        self._reservation = reservation

    def run(self, send: Callable[[], Accepted]) -> Accepted:
        """Send. Only what is certainly not live gives its place back; whatever else went wrong stays counted."""
        try:
            accepted = send()
        except OutcomeUnknown as error:
            self._close(None, getattr(error, "tag", None))
            raise
        except OpenAlgoError:
            self.release()
            raise
        except BaseException:
            self._close(None, None)
            raise
        self._close(accepted.order_id, accepted.tag)
        return accepted

    def release(self) -> None:
        """Nothing was sent."""
        self._reservations.release(self._reservation)

    def _close(self, order_id: str | None, tag: str | None) -> None:
        self._reservations.close(self._reservation, order_id, tag)


def scopes_of(mandate: Mandate) -> tuple[str, ...]:
    """Everybody whose limits bind the orders of this mandate."""
    principal = mandate.principal
    return named.of_order(principal.user_id, mandate.account.account_id, mandate.strategy, principal.key_id)


def _concluded(outcome: risk.Outcome, rules: risk.Ruleset) -> None:
    """Into the order's time line; raise what was refused."""
    trace.note("checked", detail=risk.Weighed(rules, outcome.exposure))
    if outcome.refused is not None:
        raise outcome.refused

"""Exits that come with a smart order: kept on disk before the entry leaves, given up when it certainly did not."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence

import msgspec

from domain.errors import Conflict, InvalidInput, OpenAlgoError, OutcomeUnknown
from domain.instruments import Instrument
from domain.triggers.exits import ExitEvent, ExitTerms, PositionExit
from services.trading.commands import Leg, Smart
from services.trading.writes import Mandate
from services.triggers.exits.book import ExitBook, place_of
from services.triggers.exits.desk import CHANGEABLE, with_terms
from services.triggers.exits.terms import ExitDraft
from utils.ids import secret_hex
from utils.logging import get_logger

TRIES = 5
log = get_logger(__name__)
Undo = Callable[[str], object]


class ExitAttachments:
    """Implements services.trading.plans.runner.ExitAttachment; called while no other plan of the position runs."""

    def __init__(self, *, book: ExitBook, draft: ExitDraft, look: Callable[[PositionExit], None]) -> None:
        self._book = book
        self._draft = draft
        self._look = look

    def check(self, command: Smart, mandate: Mandate) -> None:
        """Raise InvalidInput for exits that no price can make right."""
        self._checked(command, mandate)

    @contextlib.contextmanager
    def attaching(self, command: Smart, mandate: Mandate) -> Iterator[Callable[[Sequence[Leg]], str | None]]:
        """Keep the exits; the caller tells what became of the entry. Raises InvalidInput, Conflict."""
        instrument, terms, direction = self._checked(command, mandate)
        waiting = self._draft.make(
            mandate.principal, instrument, command.product, terms, direction=direction, mode=mandate.desk.mode,
            strategy=command.strategy,
        )  # fmt: skip
        entry = command.price or command.trigger_price or self._draft.price(mandate.principal, instrument.key)
        self._draft.require_clear(waiting, entry, base=entry)
        exit_id, undo = self._keep(waiting)
        try:
            yield lambda legs: self._attached(exit_id, legs, undo)
        except OpenAlgoError as error:
            undo(error.message)
            raise

    def _checked(self, command: Smart, mandate: Mandate) -> tuple[Instrument, ExitTerms, int]:
        if command.exits is None or command.position_size == 0:
            text = "need a position to protect: position_size is 0"
            raise InvalidInput(f"exits: {text}", errors={"exits": [text]})
        instrument = self._draft.instrument(mandate.principal, command.exchange, command.symbol)
        direction = 1 if command.position_size > 0 else -1
        self._draft.check(instrument, command.exits, direction)
        if command.exits.quantity is not None and command.exits.quantity > abs(command.position_size):
            text = "must not exceed position_size"
            raise InvalidInput(f"exits.quantity: {text}", errors={"exits.quantity": [text]})
        return instrument, command.exits, direction

    def _keep(self, waiting: PositionExit) -> tuple[str, Undo]:
        """The set on disk, with the way back. A set that the position has already takes the new terms."""
        previous = self._book.of_position(place_of(waiting))
        if previous is None:
            self._book.add(waiting)
            return waiting.exit_id, lambda reason: self._give_up(waiting.exit_id, reason)
        if previous.state not in CHANGEABLE:
            raise Conflict("An exit of this position is being sent. Nothing was sent", code="EXITS_FIRING")
        if previous.direction == waiting.direction:
            return previous.exit_id, self._renew(previous, waiting)
        if self._book.move(previous, ExitEvent.CANCEL, reason="A smart order turns the position") is None:
            raise _changed()
        self._book.add(waiting)
        return waiting.exit_id, lambda reason: self._turn_back(waiting.exit_id, previous, reason)

    def _renew(self, previous: PositionExit, waiting: PositionExit) -> Undo:
        changed = msgspec.structs.replace(with_terms(previous, waiting.terms), strategy=waiting.strategy)
        if self._book.store(changed, previous) is None:
            raise _changed()

        def back(reason: str) -> None:
            def restored(held: PositionExit) -> PositionExit:
                return msgspec.structs.replace(
                    held, terms=previous.terms, strategy=previous.strategy, mark=previous.mark,
                    trail=previous.trail, reason=f"New terms were dropped: {reason}",
                )  # fmt: skip

            self._change(previous.exit_id, restored)

        return back

    def _turn_back(self, exit_id: str, previous: PositionExit, reason: str) -> None:
        self._give_up(exit_id, reason)
        again = f"{previous.exit_id[:11]}{secret_hex(4)}"
        self._book.add(msgspec.structs.replace(previous, exit_id=again))

    def _give_up(self, exit_id: str, reason: str) -> None:
        held = self._book.get(exit_id)
        if held is not None:
            self._book.move(held, ExitEvent.CANCEL, reason=f"Its entry was not sent: {reason}")

    def _attached(self, exit_id: str, legs: Sequence[Leg], undo: Undo) -> str | None:
        """The id of the exits; None when no order of the entry can be live. The entry is out: nothing may raise."""
        try:
            live = [leg for leg in legs if leg.succeeded or leg.code == OutcomeUnknown.code]
            if legs and not live:
                undo(legs[0].message)
                return None
            ids = tuple(leg.order_id for leg in live if leg.order_id is not None)
            if ids and len(ids) == len(live):
                self._change(
                    exit_id, lambda held: msgspec.structs.replace(held, entry_ids=(*held.entry_ids, *ids))
                )
            held = self._book.get(exit_id)
            if held is not None:
                self._look(held)
        except OpenAlgoError as error:
            log.error("the entry of exits could not be noted", exit=exit_id, reason=error.message)
        return exit_id

    def _change(self, exit_id: str, change: Callable[[PositionExit], PositionExit]) -> None:
        """Looks at the position change a set at the same time: try on the newest version."""
        for _ in range(TRIES):
            held = self._book.get(exit_id)
            if held is None or self._book.store(change(held), held) is not None:
                return


def _changed() -> Conflict:
    return Conflict("The exits of this position changed meanwhile. Nothing was sent", code="EXITS_CHANGED")

"""Outcomes of plans in the words of the contract."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.errors import (
    Conflict,
    InvalidInput,
    NotAllowed,
    NotSent,
    OpenAlgoError,
    OutcomeUnknown,
    Refused,
    SessionDead,
)  # fmt: skip
from services.trading.commands import Leg, OptionPick, OptionsMultiOrder, OptionsOrder, PlanOutcome
from services.trading.plans.endings import ClosedPositions

# How a leg's code becomes an error again; what is not named here is a refusal.
_KINDS: dict[str, type[OpenAlgoError]] = {
    OutcomeUnknown.code: OutcomeUnknown, NotSent.code: NotSent, SessionDead.code: SessionDead,
    NotAllowed.code: NotAllowed, "KILL_SWITCH": NotAllowed, InvalidInput.code: InvalidInput, Conflict.code: Conflict,
}  # fmt: skip


def cancelled(outcome: PlanOutcome) -> dict[str, Any]:
    """The `cancelallorder` answer."""
    done = [leg.order_id for leg in outcome.legs if leg.succeeded]
    failed = [
        {"orderid": leg.order_id, "message": leg.message, "code": leg.code}
        for leg in outcome.legs
        if not leg.succeeded
    ]
    text = f"Canceled {len(done)} orders. Failed to cancel {len(failed)} orders."
    return {
        "canceled_orders": done,
        "failed_cancellations": failed,
        "message": text if outcome.legs else "No open orders to cancel",
    }


def closed(outcome: PlanOutcome) -> dict[str, Any]:
    """The `closeposition` answer; positions are counted, not the exit orders that they need."""
    count = ClosedPositions(outcome.legs)
    return {
        "message": count.sentence(),
        "closed_positions": count.closed,
        "failed_closures": count.failed,
        "already_closing": count.under_way,
        "results": [exit_result(leg) for leg in outcome.legs],
    }


def exit_result(leg: Leg) -> dict[str, Any]:
    """One exit order."""
    named = {
        "symbol": leg.symbol,
        "exchange": leg.exchange,
        "product": leg.product,
        "quantity": leg.quantity,
    }
    return {**named, **_end(leg)}


def smart(outcome: PlanOutcome) -> dict[str, Any]:
    """The `placesmartorder` answer. Raises what became of the order when nothing of it was accepted."""
    kept = {"exit_id": outcome.exit_id, "held_by": "gateway"} if outcome.exit_id is not None else {}
    if not outcome.legs:
        return {"message": outcome.message, **kept}
    done = [leg for leg in outcome.legs if leg.succeeded]
    if not done:
        raise failure_of(outcome.legs)
    answer: dict[str, Any] = {"orderid": done[0].order_id, **kept}
    if len(outcome.legs) > 1:
        answer["results"] = [exit_result(leg) for leg in outcome.legs]
    return answer


def failure_of(legs: Sequence[Leg]) -> OpenAlgoError:
    """The error of legs that all failed. One that may be live outweighs those that certainly are not."""
    leg = next((item for item in legs if item.code == OutcomeUnknown.code), legs[0])
    kind = _KINDS.get(leg.code or "", Refused)
    return kind(leg.message, code=leg.code)


def basket(outcome: PlanOutcome) -> dict[str, Any]:
    """The `basketorder` answer, in the order of the request."""
    return {"results": [_basket_result(number, leg) for number, leg in enumerate(outcome.legs)]}


def _basket_result(number: int, leg: Leg) -> dict[str, Any]:
    named = {
        "index": number, "symbol": leg.symbol, "exchange": leg.exchange, "product": leg.product, "action": leg.side,
    }  # fmt: skip
    return {**named, **_end(leg)}


def split(outcome: PlanOutcome, quantity: int, size: int) -> dict[str, Any]:
    """The `splitorder` answer. quantity, size: units."""
    return {"total_quantity": quantity, "split_size": size, "results": slices(outcome.legs)}


def slices(legs: Sequence[Leg]) -> list[dict[str, Any]]:
    """Children of a split order, numbered from 1."""
    return [
        {"order_num": number, "quantity": leg.quantity, **_end(leg)} for number, leg in enumerate(legs, 1)
    ]


def option(outcome: PlanOutcome, command: OptionsOrder) -> dict[str, Any]:
    """The `optionsorder` answer. Raises what became of the order when nothing of it was accepted."""
    if not any(leg.succeeded for leg in outcome.legs):
        raise failure_of(outcome.legs)
    first = outcome.legs[0]
    head = {
        "symbol": first.symbol, "exchange": first.exchange, "offset": first.offset,
        "option_type": first.option_type, **_underlying(outcome, command),
    }  # fmt: skip
    if not command.pick.split_size:
        return {**head, "orderid": first.order_id}
    return {**head, **split(outcome, command.pick.quantity, command.pick.split_size)}


def option_legs(outcome: PlanOutcome, command: OptionsMultiOrder) -> dict[str, Any]:
    """The `optionsmultiorder` answer, leg by leg in the order of the request."""
    results = []
    for number, pick in enumerate(command.legs, 1):
        mine = [leg for leg in outcome.legs if leg.number == number]
        results.append(_option_leg(pick, mine, outcome.mode))
    failed = sum(item["status"] == "error" for item in results)
    return {**_underlying(outcome, command), "results": results, "failed_legs": failed}


def _option_leg(pick: OptionPick, mine: Sequence[Leg], mode: str) -> dict[str, Any]:
    first = mine[0]
    named = {
        "leg": first.number, "action": first.side, "offset": first.offset, "option_type": first.option_type,
        **({"symbol": first.symbol, "exchange": first.exchange, "product": first.product} if first.symbol else {}),
        **({"mode": mode} if mode != "live" else {}),
    }  # fmt: skip
    if not pick.split_size or not first.symbol:
        return {**named, **_end(first)}
    done = any(leg.succeeded for leg in mine)
    return {
        **named, "status": "success" if done else "error", "total_quantity": pick.quantity,
        "split_size": pick.split_size, "split_results": slices(mine),
    }  # fmt: skip


def _underlying(outcome: PlanOutcome, command: OptionsOrder | OptionsMultiOrder) -> dict[str, Any]:
    return {"underlying": command.underlying, "underlying_ltp": outcome.underlying_ltp}


def _end(leg: Leg) -> dict[str, Any]:
    if leg.succeeded:
        return {"status": "success", "orderid": leg.order_id}
    known = {} if leg.order_id is None else {"orderid": leg.order_id}
    return {"status": "error", "message": leg.message, "code": leg.code, **known}

"""Steps of an order call in plain data, as they are stored and shown. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from domain.errors import InvalidInput, OpenAlgoError
from domain.money import plain
from services.trading import risk
from services.trading.timeline.trace import Step


def _limit(rule: str, facts: risk.Facts) -> tuple[str, Any] | None:
    """What a pre-trade rule holds against what: the request's field and the limit of the instrument."""
    row = facts.instrument
    limits: dict[str, tuple[str, Any]] = {
        "quantity": ("quantity", risk.MAX_QUANTITY),
        "lot": ("quantity", row.lot_size),
        "freeze": ("quantity", row.freeze_qty),
        "disclosed": ("disclosed_quantity", facts.command.quantity),
        "price": ("price", row.tick_size),
        "trigger": ("trigger_price", row.tick_size),
        "product": ("product", None),
        "tradable": ("exchange", None),
    }
    return limits.get(rule)


def shown_step(step: Step) -> list[dict[str, Any]]:
    """The step as one or more entries: stage and what belongs to it."""
    detail = step.detail
    if step.stage in ("received", "resumed"):
        return [{"stage": step.stage, **_request(*detail)}]
    if isinstance(detail, risk.Facts):
        return _rules(detail)
    if isinstance(detail, risk.Weighed):
        return _weighed(detail)
    if step.stage == "routed":
        mode, route = detail
        return [{"stage": "routed", "mode": mode.value, "desk": route.value}]
    if step.stage == "admitted":
        return [{"stage": "admitted", "operation": detail.operation, "mode": detail.mode}]
    if isinstance(detail, Exception):
        return [{"stage": step.stage, **_error(detail)}]
    facts = plain_data(detail) if isinstance(detail, dict) else {}
    return [{"stage": step.stage, **facts}]


def plain_data(value: Any) -> Any:
    """JSON values; exact numbers as text, what has no value is left out."""
    if isinstance(value, dict):
        return {name: plain_data(item) for name, item in value.items() if item is not None}
    if isinstance(value, Decimal):
        return plain(value)
    return msgspec.to_builtins(value)


def _request(command: Any, principal: Any) -> dict[str, Any]:
    """What was asked, by whom."""
    fields = {name: value for name, value in msgspec.to_builtins(command).items() if value is not None}
    return {
        "source": principal.source,
        "key_id": principal.key_id,
        "operation": command.operation.value,
        "request": fields,
    }


def _rules(facts: risk.Facts) -> list[dict[str, Any]]:
    """Every pre-trade rule with its result: the rules are pure, so they answer now what they answered then."""
    found = []
    for name, rule in risk.RULES.items():
        complaint = rule(facts)
        entry: dict[str, Any] = {"stage": "checked", "rule": name, "passed": complaint is None}
        held = _limit(name, facts)
        if held is not None:
            value = getattr(facts.command, held[0])
            entry |= plain_data({"field": held[0], "value": value, "limit": held[1]})
        if complaint is not None:
            entry |= {"code": complaint.rule.upper(), "message": risk.sentence(complaint)}
        found.append(entry)
    return found


def _weighed(detail: risk.Weighed) -> list[dict[str, Any]]:
    """Every rule of the account that was on, with its limit, and the value that broke it."""
    found = []
    for name, test in detail.rules.on:
        breach = test(name, detail.rules.limits, detail.exposure)
        limit = getattr(detail.rules.limits, risk.ENTRY_RULES[name].field)
        entry = {"stage": "checked", "rule": name, "passed": breach is None, "limit": _shown_limit(limit)}
        if breach is not None:
            code = risk.RiskRefused((breach,)).code
            entry |= {"limit": breach.limit, "value": breach.value, "code": code, "message": breach.message}
        found.append(plain_data(entry))
    return found


def _shown_limit(limit: Any) -> Any:
    """A number or a word; of a long list its length."""
    if isinstance(limit, frozenset | dict):
        names = sorted(str(item) for item in limit)
        return ", ".join(names) if len(names) <= 10 else f"{len(names)} entries"
    return limit


def _error(error: Exception) -> dict[str, Any]:
    if not isinstance(error, OpenAlgoError):
        return {"code": "INTERNAL", "message": "An internal error occurred; it has been logged"}
    shown: dict[str, Any] = {"code": error.code, "message": error.message}
    if isinstance(error, risk.RiskRefused):
        shown |= error.details
    if isinstance(error, InvalidInput) and error.errors:
        shown["errors"] = error.errors
    return shown

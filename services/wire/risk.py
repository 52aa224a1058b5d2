"""Risk limits as the desk shows and sends them: the fields of the form in words, limits in JSON, the record."""

from __future__ import annotations

from typing import Any

import msgspec

from database.risk.limits import ChangeRow
from domain.errors import InvalidInput
from domain.instruments import Exchange, InstrumentType
from domain.orders import PriceType, Product
from services.trading import risk
from services.trading.gate.desk import ScopeView
from services.trading.gate.policy import plain
from utils.clock import from_epoch, ist_text


class Field(msgspec.Struct, frozen=True):
    """One field of the form. kind: count, money, percent, seconds, days, time, hours, symbols, quantities,
    choices or switch; choices: the words of a list."""

    label: str
    kind: str
    group: str
    choices: tuple[str, ...] = ()


def _words(*kinds: Any) -> tuple[str, ...]:
    return tuple(item.value for kind in kinds for item in kind)


_TRADED = tuple(item.value for item in Exchange if not item.is_index)
SIZE, ACCOUNT, PACE, WHAT, WHEN = "Order size", "Account", "Pace", "What may be traded", "When"

# The rules' own names are in services.trading.risk.entry; this is the form that sets their limits.
FIELDS: dict[str, Field] = {
    "max_quantity": Field("Most units in one order", "count", SIZE),
    "max_lots": Field("Most lots in one order", "count", SIZE),
    "max_symbol_quantities": Field("Most units in one order by symbol", "quantities", SIZE),
    "max_order_value": Field("Largest order value", "money", SIZE),
    "min_price": Field("Lowest price of what is traded", "money", SIZE),
    "price_band_percent": Field("Furthest price from the last trade", "percent", SIZE),
    "max_daily_loss": Field("Largest loss of the day", "money", ACCOUNT),
    "daily_profit_target": Field("Stop at this profit of the day", "money", ACCOUNT),
    "max_strategy_loss": Field("Largest loss of one strategy in a day", "money", ACCOUNT),
    "min_available_funds": Field("Funds that stay available", "money", ACCOUNT),
    "max_positions": Field("Most positions", "count", ACCOUNT),
    "max_net_quantity": Field("Most units held of one symbol", "count", ACCOUNT),
    "max_gross_exposure": Field("Largest value held and resting", "money", ACCOUNT),
    "max_daily_turnover": Field("Largest turnover of the day", "money", ACCOUNT),
    "max_open_orders": Field("Most open orders", "count", ACCOUNT),
    "max_symbol_orders": Field("Most open orders in one symbol", "count", ACCOUNT),
    "max_daily_orders": Field("Most orders in a day", "count", PACE),
    "orders_per_minute": Field("Most orders in a minute", "count", PACE),
    "orders_per_second": Field("Most orders in a second", "count", PACE),
    "duplicate_seconds": Field("Refuse the same order again within", "seconds", PACE),
    "exchanges": Field("Only these exchanges", "choices", WHAT, _TRADED),
    "products": Field("Only these products", "choices", WHAT, _words(Product)),
    "price_types": Field("Only these price types", "choices", WHAT, _words(PriceType)),
    "instrument_types": Field("Only these instruments", "choices", WHAT, _words(InstrumentType)),
    "allowed_symbols": Field("Only these symbols", "symbols", WHAT),
    "denied_symbols": Field("Never these symbols", "symbols", WHAT),
    "no_market_exchanges": Field("No market orders on these exchanges", "choices", WHAT, _TRADED),
    "no_market_symbols": Field("No market orders for these symbols", "symbols", WHAT),
    "no_option_selling": Field("No sold options", "switch", WHAT),
    "no_short_selling": Field("No short positions", "switch", WHAT),
    "hours": Field("Only in these hours", "hours", WHEN),
    "last_entry_time": Field("No new positions from", "time", WHEN),
    "min_days_to_expiry": Field("Fewest days to expiry", "days", WHEN),
}


# Lists of what is permitted: an empty one would permit nothing, which a form shows like one that is off.
ALLOWING = ("exchanges", "products", "price_types", "instrument_types", "allowed_symbols", "hours")


def fields() -> list[dict[str, Any]]:
    """The form, field by field."""
    return [{"name": name, **msgspec.structs.asdict(field)} for name, field in FIELDS.items()]


def limits_of(raw: dict[str, Any]) -> risk.Limits:
    """Limits from JSON; times as HH:MM or HH:MM:SS. Raises InvalidInput naming the field."""
    unknown = [name for name in raw if name not in FIELDS]
    if unknown:
        raise InvalidInput(f"{unknown[0]}: is no limit", errors={name: ["is no limit"] for name in unknown})
    nothing = [name for name in raw if raw[name] == [] and name in ALLOWING]
    if nothing:
        text = "must name at least one, or be left out; a kill switch stops everything"
        raise InvalidInput(f"{nothing[0]}: {text}", errors={name: [text] for name in nothing})
    try:
        return risk.checked(msgspec.convert(_with_seconds(raw), risk.Limits))
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at `$.")
        field = path.partition("`")[0].partition("[")[0].partition(".")[0] or "limits"
        raise InvalidInput(f"{field}: {text}", errors={field: [text]}) from None


def _with_seconds(raw: dict[str, Any]) -> dict[str, Any]:
    found = dict(raw)
    if isinstance(found.get("last_entry_time"), str):
        found["last_entry_time"] = _seconds(found["last_entry_time"])
    if isinstance(found.get("hours"), list):
        found["hours"] = [
            {name: _seconds(value) for name, value in span.items()} if isinstance(span, dict) else span
            for span in found["hours"]
        ]
    return found


def _seconds(value: Any) -> Any:
    return f"{value}:00" if isinstance(value, str) and len(value) == 5 else value


def scope_view(view: ScopeView) -> dict[str, Any]:
    """One scope."""
    in_force = view.in_force
    changed = from_epoch(in_force.changed_ms / 1000) if in_force.changed_ms is not None else None
    return {
        **msgspec.structs.asdict(view.name), "scope": view.scope, "label": view.label,
        "limits": plain(in_force.limits), "version": in_force.version, "changed_at_ist": ist_text(changed),
        "changed_by": in_force.changed_by, "engaged": view.switched is not None, "reason": view.switched or "",
        "may_change": view.may_change,
    }  # fmt: skip


def change(row: ChangeRow) -> dict[str, Any]:
    """One row of the record: of limits only what changed."""
    before, after = row.before, row.after
    if row.kind == "limits":
        names = [name for name in after if before.get(name) != after[name]]
        before, after = ({name: side.get(name) for name in names} for side in (before, after))
    return {
        "id": row.id, "at_ist": ist_text(from_epoch(row.at_ms / 1000)), "scope": row.scope, "kind": row.kind,
        "by": row.username, "version": row.version, "before": before, "after": after, "reason": row.reason,
    }  # fmt: skip

"""What the account bears: results, money, positions and what rests in the market."""

from __future__ import annotations

from decimal import Decimal

from services.trading.risk.exposure import Breach, Exposure, above, broken, missing
from services.trading.risk.limits import Limits


def _reached(rule: str, amount: Decimal | None, limit: Decimal | None, what: str) -> Breach | None:
    """Reached is broken: at the limit there is nothing left to lose."""
    limit = limit or Decimal(0)
    if amount is None:
        return missing(rule, limit, what)
    return broken(rule, amount, "has reached", limit) if amount >= limit else None


def _lost(result: Decimal | None) -> Decimal | None:
    return None if result is None else -result


def max_daily_loss(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    lost = _lost(exposure.day_result)
    return _reached(rule, lost, limits.max_daily_loss, "the result of the day is not known")


def daily_profit_target(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    result = exposure.day_result
    return _reached(rule, result, limits.daily_profit_target, "the result of the day is not known")


def max_strategy_loss(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    lost = _lost(exposure.strategy_result)
    return _reached(rule, lost, limits.max_strategy_loss, "the result of the strategy is not known")


def min_available_funds(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    limit, funds = limits.min_available_funds or Decimal(0), exposure.funds
    if funds is None:
        return missing(rule, limit, "the available funds are not known")
    return broken(rule, funds, "is below", limit) if funds < limit else None


def max_positions(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    return above(rule, exposure.positions, limits.max_positions or 0, "positions are not known")


def max_net_quantity(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    net = exposure.net_quantity
    return above(
        rule, None if net is None else abs(net), limits.max_net_quantity or 0, "positions are not known"
    )


def max_gross_exposure(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    return above(
        rule, exposure.gross, limits.max_gross_exposure or 0, "the value of what is held is not known"
    )


def max_daily_turnover(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    return above(rule, exposure.turnover, limits.max_daily_turnover or 0, "the turnover is not known")


def max_daily_orders(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    return above(rule, exposure.sent_today, limits.max_daily_orders or 0, "the orders of today are not known")


def max_open_orders(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    return above(rule, exposure.open_orders, limits.max_open_orders or 0, "open orders are not known")


def max_symbol_orders(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    return above(rule, exposure.symbol_orders, limits.max_symbol_orders or 0, "open orders are not known")

"""Settings of paper trading: their defaults, their bounds, and the two presets of leverage."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from domain.charges import FIGURES, IN_RUPEES, RateChange
from domain.errors import InvalidInput
from domain.instruments import Exchange, Instrument, InstrumentType
from domain.orders import Product, Side

Clock = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Leverage = Annotated[Decimal, Meta()]
LOWEST_LEVERAGE, HIGHEST_LEVERAGE = Decimal(1), Decimal(50)
LOWEST_CAPITAL, HIGHEST_CAPITAL = Decimal(1000), Decimal(10) ** 10
Weekday = Literal[
    "Never", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"
]  # fmt: skip


class PaperOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a user may set. Money in rupees, times HH:MM on the Indian clock.

    market_remainder: what becomes of a MARKET order that the shown book cannot fill: `slip` fills the rest beyond the
    last level by slippage_bps, `rest` leaves it open. option_sell_percent: margin of written options in percent of
    strike x quantity, 0 takes the premium over the leverage. charge_rates: what differs from the table of charges.
    """

    starting_capital: Decimal = Decimal(10_000_000)
    reset_day: Weekday = "Never"
    reset_time: Clock = "00:00"
    nse_bse_square_off_time: Clock = "15:15"
    cds_bcd_square_off_time: Clock = "16:45"
    mcx_square_off_time: Clock = "23:30"
    ncdex_square_off_time: Clock = "17:00"
    crypto_square_off_time: Clock = "23:30"
    equity_mis_leverage: Leverage = Decimal(5)
    equity_cnc_leverage: Leverage = Decimal(1)
    futures_leverage: Leverage = Decimal(10)
    option_buy_leverage: Leverage = Decimal(1)
    option_sell_leverage: Leverage = Decimal(1)
    option_sell_percent: Annotated[int, Meta(ge=0, le=100)] = 0
    option_expiry_settlement: Literal["ltp", "intrinsic", "zero"] = "ltp"
    market_remainder: Literal["slip", "rest"] = "slip"
    slippage_bps: Annotated[int, Meta(ge=0, le=1000)] = 10
    stop_market_on_options: bool = True
    gtt_oco_margin_mode: Literal["max", "sum"] = "max"
    market_hours: bool = True
    charges: bool = False
    charge_rates: Annotated[tuple[RateChange, ...], Meta(max_length=50)] = ()


PRESETS: dict[str, dict[str, Decimal]] = {
    "standard": {
        "equity_mis_leverage": Decimal(5), "equity_cnc_leverage": Decimal(1), "futures_leverage": Decimal(10),
        "option_buy_leverage": Decimal(1), "option_sell_leverage": Decimal(1),
    },
    "simple": {
        "equity_mis_leverage": Decimal(1), "equity_cnc_leverage": Decimal(1), "futures_leverage": Decimal(10),
        "option_buy_leverage": Decimal(10), "option_sell_leverage": Decimal(10),
    },
}  # fmt: skip

SQUARE_OFF_OF_EXCHANGE: dict[Exchange, str] = {
    Exchange.NSE: "nse_bse_square_off_time",
    Exchange.BSE: "nse_bse_square_off_time",
    Exchange.NFO: "nse_bse_square_off_time",
    Exchange.BFO: "nse_bse_square_off_time",
    Exchange.CDS: "cds_bcd_square_off_time",
    Exchange.BCD: "cds_bcd_square_off_time",
    Exchange.MCX: "mcx_square_off_time",
    Exchange.NCO: "mcx_square_off_time",
    Exchange.NCDEX: "ncdex_square_off_time",
    Exchange.CRYPTO: "crypto_square_off_time",
}


def changed(options: PaperOptions, values: Mapping[str, Any]) -> PaperOptions:
    """The options with new values. Raises InvalidInput naming every bad field."""
    known = set(PaperOptions.__struct_fields__)
    errors: dict[str, list[str]] = {}
    good: dict[str, Any] = {}
    for name, value in values.items():
        if name not in known:
            errors[name] = ["is not a setting of paper trading"]
            continue
        try:
            good[name] = _value(name, value)
        except (msgspec.ValidationError, ValueError, ArithmeticError) as error:
            errors[name] = [str(error).split(" - at")[0]]
    if errors:
        field, texts = next(iter(errors.items()))
        raise InvalidInput(f"{field}: {texts[0]}", errors=errors)
    return msgspec.structs.replace(options, **good)


def _value(name: str, value: Any) -> Any:
    """One converted value. Raises ValueError (msgspec's ValidationError is one)."""
    if isinstance(value, bool) != isinstance(getattr(PaperOptions(), name), bool):
        raise ValueError(
            "must be true or false" if not isinstance(value, bool) else "must not be true or false"
        )
    if isinstance(value, float):
        value = str(value)
    number = getattr(msgspec.convert({name: value}, PaperOptions, strict=False), name)
    if name == "charge_rates":
        _check_rates(number)
    if isinstance(number, Decimal):
        low, high = LOWEST_LEVERAGE, HIGHEST_LEVERAGE
        if name == "starting_capital":
            low, high = LOWEST_CAPITAL, HIGHEST_CAPITAL
        if not number.is_finite() or not low <= number <= high:
            raise ValueError(f"must lie between {low} and {high}")
        if number * 100 != (number * 100).to_integral_value():
            raise ValueError("has more than two decimal places")
    return number


def _check_rates(changes: tuple[RateChange, ...]) -> None:
    """Raise ValueError for a rate that is no share of turnover, or a fee beyond a thousand rupees."""
    for change in changes:
        for figure in FIGURES:
            given = getattr(change, figure)
            highest = 1000 if figure in IN_RUPEES else 1
            if given is not None and not (given.is_finite() and 0 <= given <= highest):
                raise ValueError(f"{figure} must lie between 0 and {highest}")


def leverage_of(options: PaperOptions, instrument: Instrument, product: Product, side: Side) -> Decimal:
    """The leverage of one side of a position."""
    kind = instrument.instrument_type
    if kind.is_option:
        return options.option_buy_leverage if side is Side.BUY else options.option_sell_leverage
    if kind in (InstrumentType.FUT, InstrumentType.PERPFUT) or instrument.exchange.is_derivative:
        return options.futures_leverage
    return options.equity_cnc_leverage if product is Product.CNC else options.equity_mis_leverage

"""DhanHQ's endpoints in the house's roles."""

from __future__ import annotations

import datetime as dt
from typing import Any

from broker.core import tables as t
from broker.core.endpoint import always, ask, field, get, keyed, nested, withdraw, write
from broker.core.gtt import TableGtt, require_gtt
from broker.core.rest import Rest, TableDesk, TablePortfolio
from broker.core.roles import PluginContext, Session
from broker.core.table_roles.market import BarsAsked, DepthMarket, TableMargin
from broker.core.tables import Table
from broker.core.values import bar_start
from broker.families.dhan import mapping
from domain.errors import OutcomeUnknown, Refused
from domain.gtt import ModifyGtt
from domain.instruments import Exchange, Instrument, InstrumentKey
from domain.market import Candle, Interval
from domain.orders import PriceType
from domain.portfolio import Holding
from utils.clock import from_epoch, ist, ist_text

PROFILE = get("profile", "/profile", t.an_object, "other")
LIMITS = get("funds", "/fundlimit", t.an_object, "other")
OPEN = get("positions", "/positions", mapping.row_list, "other")
_BARS = keyed("securityId", "exchangeSegment", "instrument", "oi", "fromDate", "toDate")
_READ, _DAYS, _PARTS = mapping.candle_rows, (*_BARS, always("expiryCode", 0)), (*_BARS, *keyed("interval"))
INTRADAY = ask("history", "POST /charts/intraday", _READ, "data", _PARTS, "json")
DAILY = ask("history", "POST /charts/historical", _READ, "data", _DAYS, "json")
ONE_MARGIN = ask("margin", "POST /margincalculator", mapping.order_margin, "other", mapping.MARGIN, "json")
BASKET_MARGIN = ask(
    "basket margin", "POST /margincalculator/multi", mapping.basket_margin, "other",
    (always("includePosition", True), always("includeOrder", False), nested("scripList", mapping.MARGIN, list)), "json",
)  # fmt: skip
CLASSES = {
    Exchange.MCX: ("FUTCOM", "OPTFUT"), **dict.fromkeys((Exchange.CDS, Exchange.BCD), ("FUTCUR", "OPTCUR")),
    **dict.fromkeys((Exchange.NSE, Exchange.BSE), ("EQUITY",)),
    **dict.fromkeys((Exchange.NSE_INDEX, Exchange.BSE_INDEX), ("INDEX",))}  # fmt: skip
_FOREVER, NO_DATA = "/forever/orders", "DH-907"
_LEG = (*keyed("order_id", "orderId", "orderFlag", "orderType", "legName", "quantity", "price", "triggerPrice"),
        always("disclosedQuantity", 0), always("validity", "DAY"))  # fmt: skip
CHANGE_LEG = write("modify gtt", f"PUT {_FOREVER}/{{order_id}}", mapping.order_id, "order", _LEG, body="json")


def desk(rest: Rest, books: mapping.Books, price_types: Table[PriceType]) -> TableDesk:
    """The order desk of a vendor that may be told these price types."""
    place, modify = mapping.order_fields(price_types)
    own, done = "/orders/{order_id}", mapping.order_id
    return TableDesk(
        rest, place=write("place", "POST /orders", done, "order", place, body="json"),
        modify=write("modify", f"PUT {own}", done, "order", modify, body="json"),
        cancel=withdraw("cancel", f"DELETE {own}", done, "order", (mapping.ORDER_ID,)),
        order_book=get("order book", "/orders", books.orders, "other"),
        trade_book=get("trade book", "/trades", books.trades, "other"))  # fmt: skip


class Portfolio(TablePortfolio):
    """Endpoints, but for the error that stands for empty holdings."""

    def __init__(self, rest: Rest, books: mapping.Books) -> None:
        super().__init__(
            rest, positions=get("positions", "/positions", books.positions, "other"),
            holdings=get("holdings", "/holdings", books.holdings, "other"), funds=(LIMITS, OPEN),
            sum_funds=mapping.funds)  # fmt: skip

    def holdings(self, session: Session) -> list[Holding]:
        try:
            return super().holdings(session)
        except Refused as error:
            if error.vendor_code == "DHOLDING_ERROR":
                return []
            raise


class Forever(TableGtt):
    """Forever orders; they are changed leg by leg, and a leg is named as the book named it."""

    def __init__(self, rest: Rest, books: mapping.Books) -> None:
        done, own = mapping.order_id, field("order_id", "trigger_id")
        place = write("place gtt", f"POST {_FOREVER}", done, "order", mapping.GTT_PLACE, body="json")
        super().__init__(
            rest, place=place, modify=place, book=get("gtt book", _FOREVER, books.gtts, "other"),
            delete=withdraw("delete gtt", f"DELETE {_FOREVER}/{{order_id}}", done, "order", (own,)))  # fmt: skip

    def modify(self, session: Session, command: ModifyGtt) -> str:
        """See Gtt. Once one leg is changed, a refusal of the other leaves neither the old nor the new GTT."""
        require_gtt(command)
        for number, wanted in enumerate([_leg(command, number) for number in range(len(command.terms.legs))]):
            try:
                self._rest.call(session, CHANGE_LEG, wanted)
            except Refused as error:
                if number == 0:
                    raise
                raise OutcomeUnknown(f"Only the stop leg was changed: {error.message}") from None
        return command.trigger_id


def _leg(command: ModifyGtt, number: int) -> dict[str, Any]:
    terms, held = command.terms, command.row.legs
    if terms.expires_at is not None or len(held) != len(terms.legs) or "legName" not in held[number].vendor:
        raise Refused("Dhan can change the prices and quantity of a forever order, not its kind or its end")
    leg, own = terms.legs[number], command.trigger_id
    return {
        "order_id": own, "orderId": own, "legName": held[number].vendor["legName"], "quantity": terms.quantity,
        "orderFlag": mapping.FLAG.encode(terms.trigger_type), "price": leg.price or 0,
        "orderType": mapping.LIVE_PRICE_TYPE.encode(terms.price_type), "triggerPrice": leg.trigger_price}  # fmt: skip


class Market(DepthMarket):
    """Bars. Dhan asks for the class of the contract too."""

    def __init__(self, context: PluginContext, rest: Rest) -> None:
        super().__init__(context, rest)
        self._instruments = context.instruments

    def candles(self, session: Session, asked: BarsAsked) -> list[Candle]:
        instrument, start, end = asked.instrument, asked.start, asked.end
        wanted = {
            "securityId": instrument.token, "exchangeSegment": instrument.broker_exchange,
            "instrument": self._class(instrument), "oi": True, "interval": asked.interval,
            "fromDate": ist_text(start), "toDate": ist_text(end)}  # fmt: skip
        endpoint, by_days = (DAILY, True) if asked.length is Interval.D else (INTRADAY, False)
        if by_days:  # the last is not included
            wanted |= {
                "fromDate": str(ist(start).date()),
                "toDate": str(ist(end).date() + dt.timedelta(days=1)),
            }
        # Dhan was seen to answer empty lists for spans that have bars: an empty answer is asked for again.
        rows = self._rest.call(session, endpoint, wanted) or self._rest.call(session, endpoint, wanted)
        found = asked.read(rows, from_epoch)
        today = ist(self._clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
        is_due = not found or found[-1].timestamp < bar_start(today, asked.length)
        if by_days and start <= today <= end and is_due:
            found += self.running_day(session, instrument, today)
        return found

    def running_day(self, session: Session, instrument: Instrument, today: dt.datetime) -> list[Candle]:
        """The candle of a day that goes on, which the daily call lacks; none before its first trade."""
        try:
            minutes = self.history(session, instrument, Interval.M1, today, self._clock.now())
        except Refused as error:
            if error.vendor_code != NO_DATA:
                raise
            minutes = []
        if not minutes:
            return []
        first, last = minutes[0], minutes[-1]
        high, low = max(each.high for each in minutes), min(each.low for each in minutes)
        traded, day = sum(each.volume for each in minutes), bar_start(today, Interval.D)
        return [Candle(day, first.open, high, low, last.close, traded, last.oi)]

    def _class(self, instrument: Instrument) -> str:
        exchange, option = instrument.exchange, instrument.instrument_type.is_option
        if exchange in CLASSES:
            return CLASSES[exchange][option]
        # On an index if the master has one of the underlying's name.
        home = Exchange.NSE_INDEX if exchange is Exchange.NFO else Exchange.BSE_INDEX
        kind = "IDX" if self._instruments.by_key(InstrumentKey(home, instrument.name)) else "STK"
        return ("OPT" if option else "FUT") + kind


def margin(rest: Rest) -> TableMargin:
    """One leg is priced alone; several are netted with each other and with the open positions."""
    return TableMargin(rest, lambda _, legs: (BASKET_MARGIN, legs) if legs[1:] else (ONE_MARGIN, legs[0]))

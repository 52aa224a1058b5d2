"""Books and account routes."""

from __future__ import annotations

from flask_restx import Namespace, Resource

from domain.errors import InvalidInput
from restx_api.edge import Call, Reply, endpoint
from restx_api.schemas.market import EmptyBody
from restx_api.schemas.orders import MarginBody, OpenPositionBody, OrderStatusBody, OrderTimeLineBody
from services.accounts.keys.access import Need
from services.trading.modes import AppMode
from services.trading.router import require_account
from services.wire import orders as shown
from services.wire import paper, portfolio, profit
from services.wire.timeline import drift_report, time_line

account = Namespace("account", path="/")


@account.route("/orderstatus", "/orderstatus/")
class OrderStatus(Resource):
    """One order."""

    @endpoint(OrderStatusBody, needs=Need.READ, tag="orders", paper=True, summary="Status of one order")
    def post(self, call: Call) -> Reply:
        """From the broker's book."""
        state = call.services.trading.books.order(call.principal, call.body.orderid)
        return Reply({"data": shown.order_status(state.row, state.strategy)}, state.mode)


@account.route("/ordertimeline", "/ordertimeline/")
class OrderTimeLine(Resource):
    """The story of one order."""

    @endpoint(
        OrderTimeLineBody, needs=Need.READ, tag="account",
        summary="Every step of one order, from the signal to its fills (an extension of the API)",
    )  # fmt: skip
    def post(self, call: Call) -> Reply:
        """Oldest first."""
        asked = call.body
        line = call.services.time_lines.of(
            call.principal,
            order_id=asked.orderid or "",
            tag=asked.tag or "",
            request_id=asked.request_id or "",
        )
        return Reply({"data": time_line(line)})


@account.route("/driftreport", "/driftreport/")
class DriftReport(Resource):
    """The broker's books against ours."""

    @endpoint(
        EmptyBody, needs=Need.READ, tag="account", paper=True, in_query=True,
        summary="Where the broker's books and ours differ, and what explains it (an extension of the API)",
    )  # fmt: skip
    def get(self, call: Call) -> Reply:
        """Orders before positions."""
        report = call.services.trading.drift_report(call.principal)
        return Reply({"data": drift_report(report)}, report.mode)


@account.route("/openposition", "/openposition/")
class OpenPosition(Resource):
    """One position."""

    @endpoint(
        OpenPositionBody,
        needs=Need.READ,
        tag="orders",
        paper=True,
        summary="Signed net quantity of one position",
    )
    def post(self, call: Call) -> Reply:
        """0 when there is none."""
        asked = call.body
        quantity = call.services.portfolio.open_quantity(
            call.principal, asked.exchange, asked.symbol, asked.product
        )
        return Reply({"quantity": quantity}, call.services.trading.books.desk().mode)


@account.route("/orderbook", "/orderbook/")
class OrderBook(Resource):
    """All orders."""

    @endpoint(EmptyBody, needs=Need.READ, tag="account", paper=True, summary="Orders of today")
    def post(self, call: Call) -> Reply:
        """With counts."""
        book = call.services.trading.books.orders(call.principal)
        return Reply({"data": shown.order_book(book.rows, book.strategies, book.asked)}, book.mode)


@account.route("/tradebook", "/tradebook/")
class TradeBook(Resource):
    """All fills."""

    @endpoint(EmptyBody, needs=Need.READ, tag="account", paper=True, summary="Fills of today")
    def post(self, call: Call) -> Reply:
        """Oldest first."""
        book = call.services.trading.books.trades(call.principal)
        rows = [shown.trade(row, book.strategies.get(row.order_id, "")) for row in book.rows]
        return Reply({"data": rows}, book.mode)


@account.route("/positionbook", "/positionbook/")
class PositionBook(Resource):
    """All positions."""

    @endpoint(EmptyBody, needs=Need.READ, tag="account", paper=True, summary="Positions of today")
    def post(self, call: Call) -> Reply:
        """Those closed today included."""
        rows = call.services.portfolio.positions(call.principal)
        mode = call.services.trading.books.mode()
        if mode is AppMode.LIVE:
            return Reply({"data": [portfolio.position(row) for row in rows]}, mode.value)
        lots = call.services.portfolio.lot_sizes(call.principal, rows)
        shown = [
            {**portfolio.position(row), **profit.parts(row), "lot_size": lot}
            for row, lot in zip(rows, lots, strict=True)
        ]
        return Reply({"data": shown, **profit.totals(rows)}, mode.value)


@account.route("/pnl/symbols", "/pnl/symbols/")
class ProfitBySymbol(Resource):
    """Profit and loss of paper trading."""

    @endpoint(
        EmptyBody,
        needs=Need.READ,
        tag="account",
        paper=True,
        summary="Paper profit and loss by symbol, and its sums",
    )
    def post(self, call: Call) -> Reply:
        """Refused in live mode: a broker's realised profit is not known for every broker."""
        mode = call.services.trading.books.mode()
        if mode is AppMode.LIVE:
            raise InvalidInput("P&L by symbol is available in analyze mode only", code="PAPER_ONLY")
        rows = call.services.portfolio.positions(call.principal)
        return Reply({"data": [profit.symbol(row) for row in rows], **profit.totals(rows)}, mode.value)


@account.route("/holdings", "/holdings/")
class Holdings(Resource):
    """Delivery holdings."""

    @endpoint(EmptyBody, needs=Need.READ, tag="account", paper=True, summary="Delivery holdings")
    def post(self, call: Call) -> Reply:
        """With totals."""
        rows = call.services.portfolio.holdings(call.principal)
        return Reply({"data": portfolio.holdings(rows)}, call.services.trading.books.desk().mode)


@account.route("/funds", "/funds/")
class Funds(Resource):
    """Money."""

    @endpoint(EmptyBody, needs=Need.READ, tag="account", paper=True, summary="Account money")
    def post(self, call: Call) -> Reply:
        """Amounts as text with two decimals."""
        funds = call.services.portfolio.funds(call.principal)
        mode = call.services.trading.books.mode()
        shown = portfolio.funds(funds)
        if mode is not AppMode.LIVE:
            shown |= paper.funds_beyond(
                call.services.sandbox.reports.standing(require_account(call.principal).account_id), funds
            )
        return Reply({"data": shown}, mode.value)


@account.route("/margin", "/margin/")
class Margin(Resource):
    """Margin of hypothetical orders."""

    @endpoint(
        MarginBody,
        needs=Need.READ,
        tag="account",
        paper=True,
        summary="Margin of up to fifty positions taken together",
    )
    def post(self, call: Call) -> Reply:
        """Nothing is sent."""
        legs = [leg.command() for leg in call.body.positions]
        estimate = call.services.portfolio.margin(call.principal, legs)
        return Reply({"data": portfolio.margin(estimate)}, call.services.trading.books.desk().mode)

"""Options routes: contract selection, chains, Greeks, synthetic futures."""

from __future__ import annotations

from flask_restx import Namespace, Resource

from domain.instruments import InstrumentKey
from restx_api.edge import Call, Reply, endpoint
from restx_api.schemas.options import (
    MultiOptionGreeksBody,
    OptionChainBody,
    OptionGreeksBody,
    OptionItem,
    OptionSymbolBody,
    SyntheticFutureBody,
)
from services.accounts.keys.access import Need
from services.options.greeks import GreeksAsked
from services.wire import options as shown

options = Namespace("options", path="/")


@options.route("/optionsymbol", "/optionsymbol/")
class OptionSymbol(Resource):
    """One contract by its place."""

    @endpoint(
        OptionSymbolBody,
        needs=Need.DATA,
        tag="options",
        summary="Option contract at an offset from the money",
    )
    def post(self, call: Call) -> Reply:
        """ATM is the listed strike nearest to the underlying's last price."""
        asked = call.body
        chosen = call.services.option_selection.resolve_option(
            call.principal, underlying=asked.underlying, exchange=asked.exchange, expiry=asked.expiry_date,
            offset=asked.offset, option_type=asked.option_type, strike_int=asked.strike_int,
        )  # fmt: skip
        return Reply(shown.chosen(chosen))


@options.route("/optionchain", "/optionchain/")
class OptionChain(Resource):
    """One expiry."""

    @endpoint(
        OptionChainBody,
        needs=Need.DATA,
        tag="options",
        summary="Option chain of one expiry, with Greeks if wanted",
    )
    def post(self, call: Call) -> Reply:
        """Ascending strikes around the money; a type that is not listed is null."""
        asked = call.body
        found = call.services.option_chains.chain(
            call.principal, asked.underlying, asked.exchange, asked.expiry_date,
            strike_count=asked.strike_count, with_greeks=asked.with_greeks, rate=asked.interest_rate,
        )  # fmt: skip
        return Reply(shown.chain(found))


@options.route("/syntheticfuture", "/syntheticfuture/")
class SyntheticFuture(Resource):
    """A future out of two options."""

    @endpoint(SyntheticFutureBody, needs=Need.DATA, tag="options", summary="Synthetic future of one expiry")
    def post(self, call: Call) -> Reply:
        """Strike + call - put at the money."""
        asked = call.body
        found = call.services.option_chains.synthetic(
            call.principal, asked.underlying, asked.exchange, asked.expiry_date
        )
        return Reply(shown.synthetic(found))


@options.route("/optiongreeks", "/optiongreeks/")
class OptionGreeks(Resource):
    """One contract's Greeks."""

    @endpoint(
        OptionGreeksBody,
        needs=Need.DATA,
        limit="greeks",
        tag="options",
        summary="Implied volatility and Greeks",
    )
    def post(self, call: Call) -> Reply:
        """Black-76 on the forward of the option's expiry."""
        asked = call.body
        return Reply(
            shown.greeks(call.services.option_greeks.greeks(call.principal, _asked(asked, asked, asked.forward_price)))
        )  # fmt: skip


@options.route("/multioptiongreeks", "/multioptiongreeks/")
class MultiOptionGreeks(Resource):
    """Many contracts' Greeks."""

    @endpoint(MultiOptionGreeksBody, needs=Need.DATA, tag="options", summary="Greeks of up to 50 options")
    def post(self, call: Call) -> Reply:
        """In the order asked, each with its Greeks or its error; the status tells how many succeeded."""
        asked = [_asked(item, call.body) for item in call.body.symbols]
        answers = call.services.option_greeks.many(call.principal, asked)
        return Reply(shown.many_greeks(asked, answers))


def _asked(
    item: OptionItem | OptionGreeksBody, common: MultiOptionGreeksBody | OptionGreeksBody,
    forward_price: float | None = None,
) -> GreeksAsked:  # fmt: skip
    return GreeksAsked(
        key=InstrumentKey(item.exchange, item.symbol), rate=common.interest_rate, forward_price=forward_price,
        underlying=item.underlying_symbol, underlying_exchange=item.underlying_exchange,
        expiry_time=common.expiry_time,
    )  # fmt: skip

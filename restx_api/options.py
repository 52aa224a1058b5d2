"""Options routes: contract selection, chains, Greeks, synthetic futures."""

from __future__ import annotations

from flask_restx import Namespace, Resource

from restx_api.edge import Call, Reply, endpoint
from restx_api.schemas.options import OptionSymbolBody
from services.wire import options as shown

options = Namespace("options", path="/")


@options.route("/optionsymbol", "/optionsymbol/")
class OptionSymbol(Resource):
    """One contract by its place."""

    @endpoint(OptionSymbolBody, tag="options", summary="Option contract at an offset from the money")
    def post(self, call: Call) -> Reply:
        """ATM is the listed strike nearest to the underlying's last price."""
        asked = call.body
        chosen = call.services.option_selection.resolve_option(
            call.principal, underlying=asked.underlying, exchange=asked.exchange, expiry=asked.expiry_date,
            offset=asked.offset, option_type=asked.option_type, strike_int=asked.strike_int,
        )  # fmt: skip
        return Reply(shown.chosen(chosen))

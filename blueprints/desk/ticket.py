"""What the order ticket of the desk has to know before an order leaves."""

from __future__ import annotations

from typing import Any

import flask
import msgspec
from pydantic import Field

from blueprints.edge import Call, session_route
from blueprints.market import SymbolQuery
from domain.money import MAX_AMOUNT, from_paise
from services.trading.risk import offered
from services.trading.router import require_account
from services.wire.fields import Positive, ProductWord, SideWord
from services.wire.numbers import amount

blueprint = flask.Blueprint("ticket", __name__)

# The contract has no field for it: an order lives until the end of its trading day.
VALIDITIES = ("DAY",)


class ChargesForm(SymbolQuery):
    """One trade at one price."""

    action: SideWord
    product: ProductWord
    quantity: Positive
    price: Positive = Field(le=MAX_AMOUNT)


@session_route(blueprint, "/ui/api/order-terms", query=SymbolQuery)
def show_order_terms(call: Call) -> Any:
    """What the account's broker takes on an exchange; nothing to choose from where nothing can be traded."""
    account = require_account(call.principal)
    manifest = call.services.brokers.plugin(account.broker).manifest
    offer = offered(manifest, call.query.exchange)
    is_paper = call.services.trading.books.desk().mode == "analyze"
    return {
        "products": offer.products,
        "price_types": offer.price_types,
        "validities": VALIDITIES if offer.products else (),
        "margin_known": is_paper or manifest.supports("margin"),
        "depth_levels": manifest.stream.depth_levels if manifest.stream is not None else (),
    }


@session_route(blueprint, "/ui/api/charges", methods=("POST",), body=ChargesForm)
def estimate_charges(call: Call) -> Any:
    """Estimated charges of one trade, rupees; null where no Indian charges apply."""
    form: ChargesForm = call.body
    found = call.services.charges.estimate(
        call.principal, form.key, form.action, form.product, form.quantity, form.price
    )
    charges = found.charges
    return {
        "turnover": amount(from_paise(found.turnover)),
        "total": None if charges is None else amount(from_paise(charges.total)),
        "parts": None if charges is None else _rupees(msgspec.structs.asdict(charges)),
    }


def _rupees(parts: dict[str, int]) -> dict[str, float]:
    return {name: amount(from_paise(paise)) for name, paise in parts.items()}

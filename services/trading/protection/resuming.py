"""What an earlier run left: the order as its row and the journal tell it, and whether its owner took over meanwhile."""

from __future__ import annotations

from typing import Protocol

import msgspec

from broker.core.manifest import Ladder
from database.journal import IntentRow
from database.protection.protected import ProtectedRow
from domain.orders import OrderTerms
from services.trading.journal import terms_of
from services.trading.protection.judging import Protected, State, Verdict

NEVER_SENT = Verdict(what="end", state=State.ENDED, reason="It never reached the broker", alarm=True)
REFUSED = Verdict(what="end", state=State.ENDED, reason="The broker refused it")
OWNER = Verdict(what="end", state=State.RELEASED, reason="Its owner changed or withdrew it")


class Intents(Protocol):
    """The journal's reads."""

    def by_tag(self, tag: str) -> IntentRow | None:
        """One intent."""

    def about(self, account_id: int, order_id: str) -> list[IntentRow]:
        """Every intent about an order, oldest first."""


def resume(row: ProtectedRow, journal: Intents) -> tuple[Protected | None, Verdict | None]:
    """The order, None when the journal does not know it; and why it is over already, if it is."""
    intent = journal.by_tag(row.tag)
    sent = terms_of(intent) if intent is not None else None
    if intent is None or sent is None:
        return None, None
    known = intent.state == "acked" or intent.operation != "place"
    order = Protected(
        tag=row.tag, user_id=intent.user_id, account_id=intent.account_id, broker=intent.broker,
        strategy=intent.strategy, asked=msgspec.json.decode(row.asked, type=OrderTerms), sent=sent,
        ladder=msgspec.json.decode(row.ladder, type=Ladder), urgent=row.urgent, created_ms=row.created_ms,
        order_id=intent.order_id if known else None, began_ms=row.began_ms, state=State(row.state),
        prices=set() if sent.price is None else {sent.price},
    )  # fmt: skip
    if order.state is not State.OPEN:
        return order, None
    if intent.state in ("refused", "absent"):
        return order, REFUSED if intent.state == "refused" else NEVER_SENT
    if intent.state in ("pending", "unknown") and intent.operation != "place":
        order.change = intent.tag
    return order, _catch_up(order, journal) if order.order_id is not None else None


def _catch_up(order: Protected, journal: Intents) -> Verdict | None:
    """Follow the changes of the order since; the newest one that counts decides whose it is."""
    began = False
    for intent in journal.about(order.account_id, order.order_id or ""):
        if intent.tag == order.tag:
            began = True
            continue
        if not began or intent.state in ("refused", "absent"):
            continue
        if intent.source != "ladder":
            return OWNER
        terms = terms_of(intent)
        if terms is None:
            continue
        if terms.price is not None:
            order.prices.add(terms.price)
        if intent.state == "acked":
            order.sent, order.change = terms, None
        else:
            order.change = intent.tag
    return None

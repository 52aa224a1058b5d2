"""What a GTT book proves about writes with an unknown outcome, and what it leaves open."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec

from database.journal import IntentRow
from domain.gtt import GttLeg, GttLegRow, GttRow, GttStatus, GttTerms, TriggerType
from domain.instruments import Exchange
from domain.orders import PriceType, Product, Side
from services.triggers.native.evidence import examine
from utils.clock import epoch_ms

SENT = dt.datetime(2026, 11, 30, 10, 0, tzinfo=dt.UTC)
SETTLE_MS = 60_000


def terms(price: str | None = "95", quantity: int = 3) -> GttTerms:
    kind = PriceType.LIMIT if price else PriceType.MARKET
    leg = GttLeg(trigger_price=Decimal(96), price=Decimal(price) if price else None)
    return GttTerms(
        trigger_type=TriggerType.SINGLE, symbol="INFY", exchange=Exchange.NSE, side=Side.BUY, quantity=quantity,
        price_type=kind, product=Product.CNC, stop=leg,
    )  # fmt: skip


def intent(tag: str, operation: str, asked: GttTerms | None = None, gtt: str | None = None) -> IntentRow:
    return IntentRow(
        tag=tag, user_id=1, account_id=1, broker="kite", mode="live", operation=operation, state="unknown",
        order_id=gtt, symbol="INFY", exchange="NSE", terms=msgspec.json.encode(asked).decode() if asked else None,
        strategy="s", source="api", code=None, message=None, created_ms=epoch_ms(SENT), decided_ms=None,
    )  # fmt: skip


def row(gtt: str, seconds: float = 1, status: GttStatus = GttStatus.ACTIVE, quantity: int = 3) -> GttRow:
    leg = GttLegRow(
        side=Side.BUY, quantity=quantity, price_type=PriceType.LIMIT, product="CNC", price=Decimal(95)
    )
    return GttRow(
        trigger_id=gtt, trigger_type=TriggerType.SINGLE, symbol="INFY", exchange=Exchange.NSE, status=status,
        trigger_prices=(Decimal(96),), legs=(leg,), created_at=SENT + dt.timedelta(seconds=seconds),
    )  # fmt: skip


def found(intents, book, *, after: float = 5, claimed=(), in_flight=()) -> dict[str, tuple[str, str | None]]:
    settled = {item.tag for item in intents} if after * 1000 >= SETTLE_MS else set()
    findings = examine(intents, book, settled=settled, claimed=claimed, in_flight=in_flight)
    return {item.tag: (item.state, item.order_id) for item in findings}


def test_the_one_row_with_its_terms_is_the_gtt_that_was_asked_for() -> None:
    asked = intent("a", "gtt_place", terms())
    assert found([asked], [row("7"), row("8", quantity=4)]) == {"a": ("acked", "7")}


def test_a_market_leg_is_recognised_as_the_limit_that_stands_in_for_it() -> None:
    assert found([intent("a", "gtt_place", terms(price=None))], [row("7")]) == {"a": ("acked", "7")}


def test_one_that_is_older_or_belongs_to_another_call_proves_nothing() -> None:
    asked = intent("a", "gtt_place", terms())
    assert found([asked], [row("7", seconds=-60)]) == {}
    assert found([asked], [row("7")], claimed={"7"}) == {}
    assert found([asked], [row("7")], in_flight=[intent("b", "gtt_place", terms())]) == {}


def test_more_rows_than_intents_are_never_guessed_however_long_it_takes() -> None:
    asked = intent("a", "gtt_place", terms())
    assert found([asked], [row("7"), row("8")], after=3600) == {}


def test_two_equal_intents_and_two_rows_are_two_gtts() -> None:
    asked = [intent("a", "gtt_place", terms()), intent("b", "gtt_place", terms())]
    assert found(asked, [row("7"), row("8")]) == {"a": ("acked", "7"), "b": ("acked", "8")}


def test_only_after_settling_is_a_missing_one_absent() -> None:
    asked = intent("a", "gtt_place", terms())
    assert found([asked], [], after=59) == {}
    assert found([asked], [], after=61) == {"a": ("absent", None)}


def test_a_change_shows_in_its_own_gtt() -> None:
    asked = intent("a", "gtt_modify", terms(quantity=4), "7")
    assert found([asked], [row("7", quantity=4)]) == {"a": ("acked", "7")}
    assert found([asked], [row("7")]) == {}
    assert found([asked], [row("7")], after=61) == {"a": ("absent", None)}
    assert found([asked], [row("7", status=GttStatus.TRIGGERED)]) == {"a": ("absent", None)}


def test_a_withdrawn_gtt_is_gone_or_says_so_and_a_fired_one_was_not_withdrawn() -> None:
    asked = intent("a", "gtt_cancel", gtt="7")
    assert found([asked], []) == {"a": ("acked", "7")}
    assert found([asked], [row("7", status=GttStatus.DELETED)]) == {"a": ("acked", "7")}
    assert found([asked], [row("7", status=GttStatus.TRIGGERED)]) == {"a": ("absent", None)}
    assert found([asked], [row("7", status=GttStatus.UNKNOWN)]) == {}

"""The rules of held GTTs, under any order of events."""

from __future__ import annotations

from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from domain.gtt import GttLeg, GttTerms, TriggerType
from domain.instruments import Exchange
from domain.orders import PriceType, Product, Side
from domain.triggers.held import Happening, HeldGtt, HeldState, Ladder, Leg, after


def held(name: str, stop: int | None, target: int | None) -> HeldGtt:
    legs = [
        None if at is None else GttLeg(trigger_price=Decimal(at), price=Decimal(at)) for at in (stop, target)
    ]
    kind = TriggerType.OCO if all(legs) else TriggerType.SINGLE
    terms = GttTerms(
        trigger_type=kind, symbol="RELIANCE", exchange=Exchange.NSE, side=Side.SELL, quantity=1,
        price_type=PriceType.LIMIT, product=Product.CNC, stop=legs[0], target=legs[1],
    )  # fmt: skip
    return HeldGtt(
        trigger_id=name, user_id=1, account_id=1, broker="simulator", mode="live", strategy="s", terms=terms,
        state=HeldState.ACTIVE, last_price=Decimal(100), created_ms=0, updated_ms=0, expires_ms=1,
    )  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(Happening), st.sampled_from(Leg)), max_size=60))
def test_of_any_run_of_events_at_most_one_order_is_sent(events: list[tuple[Happening, Leg]]) -> None:
    """A crash is no event of its own: the stored value is all there is."""
    gtt, sent, clock = held("a", 90, 110), set(), 0
    for happening, leg in events:
        clock += 1
        state = after(gtt.state, happening)
        if state is None:
            continue
        changes = {"leg": leg, "claimed_ms": clock} if happening is Happening.CLAIM else {}
        if happening is Happening.SENT:
            sent.add(gtt.order_key)
        stored = msgspec.json.encode(msgspec.structs.replace(gtt, state=state, **changes))
        gtt = msgspec.json.decode(stored, type=HeldGtt)
    assert len(sent) <= 1
    if gtt.state in (HeldState.CANCELLED, HeldState.EXPIRED):
        assert not sent


def test_while_an_order_is_under_way_it_can_neither_be_cancelled_nor_claimed_again() -> None:
    assert after(HeldState.FIRING, Happening.CANCEL) is None
    assert after(HeldState.FIRING, Happening.CLAIM) is None
    assert after(HeldState.FIRING, Happening.EXPIRE) is None


PRICES = st.integers(1, 60)


@given(st.lists(st.tuples(PRICES, PRICES, st.booleans()), max_size=30), PRICES)
def test_the_ladder_finds_exactly_what_a_look_at_every_trigger_finds(rows: list, price: int) -> None:
    ladder, kept, at = Ladder(), [], Decimal(price)
    for number, (stop, target, is_removed) in enumerate(rows):
        gtt = held(f"g{number}", stop, target)
        ladder.add(gtt)
        if is_removed:
            ladder.remove(gtt)
        else:
            kept.append(gtt)
    wanted = {
        (gtt.trigger_id, leg)
        for gtt in kept
        for leg, trigger in gtt.triggers()
        if leg.is_reached(trigger, at)
    }
    found = ladder.reached(at)
    assert set(found) == wanted
    assert len(found) == len(wanted)
    assert len(ladder) == 2 * len(kept)

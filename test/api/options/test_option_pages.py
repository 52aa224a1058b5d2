"""What the option pages of the desk read and send, over the practice exchange."""

from __future__ import annotations

import datetime as dt
import math

import pytest

from domain.errors import Refused
from domain.instruments import Exchange, compact_expiry
from test.support.browser import SignedIn
from test.support.waiting import wait_for
from utils.clock import IST

NIFTY = {"underlying": "NIFTY", "exchange": "NSE_INDEX"}
CONDOR = [("BUY", "PE", "OTM6"), ("SELL", "PE", "OTM3"), ("SELL", "CE", "OTM3"), ("BUY", "CE", "OTM6")]


@pytest.fixture(scope="module")
def desk(api) -> SignedIn:
    return SignedIn(api.client.application)


@pytest.fixture(scope="module")
def days(api) -> list[str]:
    """Expiries that cannot end during the test."""
    live = api.services.instruments.expiries("simulator", Exchange.NFO, "NIFTY", "options")
    return [compact_expiry(day) for day in live[1:]]


@pytest.fixture
def leg(desk, days):
    """Reads a leg of the chain anew."""
    asked = {**NIFTY, "expiry": days[0], "strike_count": 1}
    return lambda: desk.get("/ui/api/options/chain", **asked)["chain"][1]["ce"]


def done(answer) -> dict:
    assert answer.status_code == 200, answer.data[:500]
    return answer.get_json()["data"]


def pick(desk, legs: list[dict], **underlying: str) -> dict:
    return done(desk.send("POST", "/ui/api/options/pick", {**NIFTY, **underlying, "legs": legs}))


def condor(desk, day: str) -> list[dict]:
    places = [{"option_type": kind, "offset": offset, "expiry": day} for _, kind, offset in CONDOR]
    rows = pick(desk, places)["legs"]
    return [
        {"symbol": row["symbol"], "exchange": row["exchange"], "action": side, "quantity": row["units"]}
        for row, (side, _, _) in zip(rows, CONDOR, strict=True)
    ]


def test_the_desks_chain_has_totals_and_keeps_missing_numbers_missing(desk, days) -> None:
    asked = {**NIFTY, "expiry": days[0], "strike_count": 10, "with_greeks": "true"}
    chain = desk.get("/ui/api/options/chain", **asked)
    totals, legs = chain["interest"], [row["ce"] for row in chain["chain"]]
    assert totals["strikes"] == 21
    assert totals["ce_oi"] == sum(leg["oi"] for leg in legs)
    assert totals["pcr_oi"] == pytest.approx(totals["pe_oi"] / totals["ce_oi"], abs=1e-4)
    assert totals["max_pain"] in [row["strike"] for row in chain["chain"]]
    for row in chain["chain"]:
        for leg in (row["ce"], row["pe"]):
            assert leg["bid"] is None or leg["bid"] > 0
            assert (leg["implied_volatility"] is None) == ("iv_reason" in leg)


def test_the_change_of_open_interest_counts_from_the_last_finished_daily_bar(desk, leg) -> None:
    shown = wait_for(lambda: (found := leg())["prev_oi"] is not None and found)
    today = dt.datetime.now(dt.UTC).astimezone(IST).date()
    asked = {"symbol": shown["symbol"], "exchange": "NFO", "interval": "D"}
    first, last = today - dt.timedelta(days=4), today - dt.timedelta(days=1)
    bars = desk.get("/ui/api/history", **asked, start_date=first.isoformat(), end_date=last.isoformat())
    assert shown["prev_oi"] == bars[-1]["oi"] > 0
    assert shown["oi_change"] == shown["oi"] - shown["prev_oi"]


def test_templates_become_contracts_counted_from_one_price(desk, days) -> None:
    answer = pick(
        desk,
        [
            {"option_type": "CE", "offset": "OTM2", "expiry": days[0]},
            {"option_type": "PE", "offset": "OTM2", "expiry": days[0]},
            {"option_type": "CE", "offset": "ATM", "expiry": days[1]},
        ],
    )
    call, put, later = answer["legs"]
    assert put["strike"] < answer["underlying_ltp"] < call["strike"]
    assert abs((call["strike"] + put["strike"]) / 2 - later["strike"]) < 1
    assert call["expiry"] == put["expiry"] != later["expiry"]
    assert call["units"] == call["lotsize"] > 1


def test_the_underlying_itself_is_the_share_or_the_first_future_that_lives_long_enough(
    api, desk, days
) -> None:
    option, future = pick(
        desk, [{"option_type": "CE", "offset": "OTM1", "expiry": days[0]}, {"option_type": "FUT", "expiry": days[0]}]
    )["legs"]  # fmt: skip
    assert future["instrumenttype"] == "FUT" and future["units"] == option["units"]
    day = compact_expiry(
        api.services.instruments.expiries("simulator", Exchange.NFO, "RELIANCE", "options")[-1]
    )
    call, share = pick(
        desk, [{"option_type": "CE", "offset": "OTM1", "expiry": day}, {"option_type": "FUT", "expiry": day}],
        underlying="RELIANCE", exchange="NSE",
    )["legs"]  # fmt: skip
    assert (share["symbol"], share["exchange"], share["units"]) == ("RELIANCE", "NSE", call["lotsize"])


def test_a_template_that_cannot_be_listed_is_refused_as_a_whole(desk, days) -> None:
    beyond = {**NIFTY, "legs": [{"option_type": "CE", "offset": "OTM50", "expiry": "01JAN30"}]}
    assert desk.send("POST", "/ui/api/options/pick", beyond).status_code == 404
    nameless = {**NIFTY, "legs": [{"option_type": "CE", "expiry": days[0]}]}
    assert desk.send("POST", "/ui/api/options/pick", nameless).status_code == 400
    assert desk.send("POST", "/ui/api/options/pick", {**NIFTY, "legs": []}).status_code == 400


def test_an_iron_condors_payoff_is_bounded_by_its_strikes_and_its_credit(api, desk, days) -> None:
    legs = condor(desk, days[0])
    prices = ["20.10", "62.40", "71.25", "18.35"]
    asked = [{**leg, "price": price} for leg, price in zip(legs, prices, strict=True)]
    found = done(desk.send("POST", "/ui/api/options/payoff", {"legs": asked}))
    lot = legs[0]["quantity"]
    strikes = [
        float(api.services.instruments.resolve("simulator", Exchange.NFO, leg["symbol"]).strike)
        for leg in legs
    ]
    credit = round((62.40 + 71.25 - 20.10 - 18.35) * lot, 2)
    assert found["credit"] == credit
    end = found["terminal"]
    assert end["is_exact"] and end["max_profit"] == {
        "amount": credit,
        "at": strikes[1],
        "is_unlimited": False,
    }
    widest = max(strikes[1] - strikes[0], strikes[3] - strikes[2])
    assert end["max_loss"]["amount"] == pytest.approx(credit - widest * lot)
    assert end["breakevens"] == pytest.approx([strikes[1] - credit / lot, strikes[2] + credit / lot])
    assert 0 < end["probability"] < 1
    assert len(found["prices"]) == len(found["expiry"]) == len(found["target"]) > 240
    assert found["legs"][0]["price_source"] == "given" and found["net"]["theta"] > 0


def test_entered_at_the_market_a_strategy_is_worth_nothing_today(desk, days) -> None:
    found = done(desk.send("POST", "/ui/api/options/payoff", {"legs": condor(desk, days[0])}))
    at = min(range(len(found["prices"])), key=lambda place: abs(found["prices"][place] - found["spot"]))
    assert abs(found["target"][at]) < 0.02 * abs(found["terminal"]["max_loss"]["amount"])
    assert {leg["price_source"] for leg in found["legs"]} <= {"mid", "ltp"}


def test_a_bought_straddle_gains_from_more_volatility_and_loses_by_time(desk, days) -> None:
    rows = pick(desk, [{"option_type": kind, "offset": "ATM", "expiry": days[1]} for kind in ("CE", "PE")])[
        "legs"
    ]
    legs = [
        {"symbol": row["symbol"], "exchange": row["exchange"], "action": "BUY", "quantity": row["units"]}
        for row in rows
    ]

    def at_the_money(**scenario: float) -> float:
        found = done(desk.send("POST", "/ui/api/options/payoff", {"legs": legs, **scenario}))
        place = min(
            range(len(found["prices"])), key=lambda each: abs(found["prices"][each] - rows[0]["strike"])
        )
        assert found["terminal"]["max_profit"] == {"amount": None, "at": None, "is_unlimited": True}
        return found["target"][place]

    assert at_the_money(volatility_shift=20) > at_the_money() > at_the_money(days=5)


def test_a_calendar_is_valued_at_its_first_expiry_and_says_that_it_is_not_exact(desk, days) -> None:
    rows = pick(
        desk,
        [
            {"option_type": "CE", "offset": "ATM", "expiry": days[0]},
            {"option_type": "CE", "offset": "ATM", "expiry": days[2]},
        ],
    )["legs"]
    legs = [
        {"symbol": row["symbol"], "exchange": row["exchange"], "action": side, "quantity": row["units"]}
        for row, side in zip(rows, ("SELL", "BUY"), strict=True)
    ]
    found = done(desk.send("POST", "/ui/api/options/payoff", {"legs": legs, "days": 400}))
    end = found["terminal"]
    assert (
        not end["is_exact"] and not end["max_profit"]["is_unlimited"] and not end["max_loss"]["is_unlimited"]
    )
    assert end["max_profit"]["at"] == pytest.approx(rows[0]["strike"], rel=0.01)
    assert found["days"] == pytest.approx(found["days_left"], abs=1e-3)  # cut at the first expiry
    assert found["target"] == found["expiry"]


def test_payoffs_of_an_index_of_two_underlyings_and_of_unknown_names_are_refused(desk, days) -> None:
    nifty = condor(desk, days[0])[0]
    share = {"symbol": "RELIANCE", "exchange": "NSE", "action": "BUY", "quantity": 1}
    index = {"symbol": "NIFTY", "exchange": "NSE_INDEX", "action": "BUY", "quantity": 1}
    for legs, code in (
        ([nifty, share], "SEVERAL_UNDERLYINGS"),
        ([index], None),
        ([{**share, "symbol": "NO"}], None),
    ):
        answer = desk.send("POST", "/ui/api/options/payoff", {"legs": legs})
        assert answer.status_code == 400, answer.data
        assert code is None or answer.get_json()["code"] == code
    shift = {"legs": [nifty], "volatility_shift": "nan"}
    assert desk.send("POST", "/ui/api/options/payoff", shift).status_code == 400
    assert math.isfinite(done(desk.send("POST", "/ui/api/options/payoff", {"legs": [share]}))["spot"])


def orders_of(desk, day: str) -> list[dict]:
    return [{**leg, "pricetype": "MARKET", "product": "NRML"} for leg in condor(desk, day)]


def test_a_basket_of_the_desk_tells_every_orders_outcome_and_is_sent_once(desk, days) -> None:
    body = {"orders": orders_of(desk, days[0]), "client_order_id": "condor-1"}
    results = done(desk.send("POST", "/ui/api/basket", body))["results"]
    assert [row["status"] for row in results] == ["success"] * 4
    assert [row["action"] for row in results] == [side for side, _, _ in CONDOR]
    again = done(desk.send("POST", "/ui/api/basket", body))["results"]
    assert [row["orderid"] for row in again] == [row["orderid"] for row in results]
    ids = [row["orderid"] for row in desk.get("/ui/api/orders")["orders"]]
    assert all(ids.count(row["orderid"]) == 1 for row in results)
    changed = {**body, "all_or_none": True}
    assert desk.send("POST", "/ui/api/basket", changed).get_json()["code"] == "IDEMPOTENCY_KEY_REUSED"


def test_one_bad_order_refuses_the_whole_basket_and_is_named(desk, days) -> None:
    before = len(desk.get("/ui/api/orders")["orders"])
    orders = orders_of(desk, days[0])
    orders[2]["quantity"] += 1
    answer = desk.send("POST", "/ui/api/basket", {"orders": orders})
    assert answer.status_code == 400 and list(answer.get_json()["errors"]) == ["orders.2"]
    assert len(desk.get("/ui/api/orders")["orders"]) == before


def test_all_or_none_withdraws_what_was_accepted_when_another_order_fails(
    api, desk, days, monkeypatch
) -> None:
    plans = api.services.trading.router.plans
    first = orders_of(desk, days[0])
    failing = first[1]["symbol"]
    place = plans._place

    def refuse(order, mandate):
        if order.symbol == failing:
            raise Refused("margin is short")
        return place(order, mandate)

    monkeypatch.setattr(plans, "_place", refuse)
    results = done(desk.send("POST", "/ui/api/basket", {"orders": first, "all_or_none": True}))["results"]
    assert all(row["status"] == "error" for row in results)
    assert results[1]["message"] == "margin is short"
    assert {row["code"] for row in results if row["symbol"] != failing} == {"ROLLED_BACK"}

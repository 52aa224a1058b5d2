"""Order routes over the practice exchange."""

from __future__ import annotations


def test_a_market_order_is_accepted_and_shows_in_the_book(api, order) -> None:
    answer = api.post("placeorder", order())
    assert answer.status_code == 200, answer.data
    order_id = answer.get_json()["orderid"]
    assert isinstance(order_id, str)
    book = api.post("orderbook").get_json()["data"]
    row = next(item for item in book["orders"] if item["orderid"] == order_id)
    assert (row["symbol"], row["action"], row["quantity"], row["strategy"]) == ("RELIANCE", "BUY", 10, "orb-15")

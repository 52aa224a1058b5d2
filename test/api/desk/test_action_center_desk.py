"""The action centre's routes: signed-in owners with a form token only, in the desk's one envelope."""

from __future__ import annotations

import pytest

ROOT = "/ui/api/action-center"


def test_without_a_session_nothing_is_shown_or_decided(browser) -> None:
    assert browser.get(ROOT).status_code == 401
    assert browser.post(f"{ROOT}/1/approve").status_code == 401


@pytest.mark.parametrize("path", ["1/approve", "1/reject", "approve-all", "reject-all"])
def test_every_decision_needs_the_form_token(signed_in, path) -> None:
    signed_in.token = ""
    assert signed_in.post(f"{ROOT}/{path}").status_code in (400, 403)


def test_an_empty_queue_is_an_empty_list_with_counts(signed_in) -> None:
    data = signed_in.get(ROOT).get_json()["data"]
    assert data["orders"] == []
    assert data["statistics"]["pending"] == 0
    assert signed_in.get(f"{ROOT}/count").get_json()["data"]["total"] == 0
    assert signed_in.post(f"{ROOT}/approve-all").get_json()["data"] == {"results": []}
    assert signed_in.post(f"{ROOT}/reject-all").get_json()["data"] == {"rejected": 0}


def test_what_does_not_exist_is_a_404_and_an_unknown_status_a_400(signed_in) -> None:
    assert signed_in.post(f"{ROOT}/99/approve").status_code == 404
    assert signed_in.post(f"{ROOT}/99/reject", {"reason": "no"}).status_code == 404
    answer = signed_in.get(f"{ROOT}?status=lost")
    assert (answer.status_code, "status" in answer.get_json()["errors"]) == (400, True)


def test_the_order_calls_and_time_lines_of_the_desk(signed_in) -> None:
    assert signed_in.get("/ui/api/order-calls").get_json()["data"] == []
    assert signed_in.get("/ui/api/order-timeline?orderid=nothing").status_code == 404
    assert signed_in.get("/ui/api/order-timeline").status_code == 400


def test_a_drift_report_needs_a_session_and_a_broker(browser, signed_in) -> None:
    assert signed_in.get("/ui/api/drift").status_code in (403, 503)

"""The mode table: complete, literal, and closed when in doubt."""

from __future__ import annotations

from itertools import product

import pytest

from domain.errors import NotAllowed, Unavailable
from services.accounts.principal import Principal
from services.trading.commands import Operation
from services.trading.modes import DECISIONS, AppMode, Modes, ModeUnknown, OrderMode, Route

API = Principal(user_id=1, username="u", account_id=7, broker="b", source="api", key_id=1)
UI = Principal(user_id=1, username="u", account_id=7, broker="b", source="ui")


def test_every_combination_has_a_decision() -> None:
    assert set(DECISIONS) == set(product(AppMode, OrderMode, Operation))


def test_analyze_mode_never_reaches_a_live_desk() -> None:
    assert {route for (mode, _, _), route in DECISIONS.items() if mode is AppMode.ANALYZE} == {Route.SANDBOX}


def test_closing_calls_execute_in_semi_auto_mode() -> None:
    for operation in (Operation.CANCEL, Operation.CANCEL_ALL, Operation.CLOSE):
        assert DECISIONS[(AppMode.LIVE, OrderMode.SEMI_AUTO, operation)] is Route.LIVE


def test_entries_wait_for_approval_in_semi_auto_mode() -> None:
    modes = Modes(lambda: "live", lambda _: "semi_auto")
    assert modes.route(modes.app_mode(), API, Operation.PLACE) is Route.APPROVAL


def test_a_modify_is_refused_in_semi_auto_mode() -> None:
    modes = Modes(lambda: "live", lambda _: "semi_auto")
    with pytest.raises(NotAllowed, match="Semi-Auto mode"):
        modes.route(AppMode.LIVE, API, Operation.MODIFY)


def test_the_signed_in_desk_is_never_queued() -> None:
    modes = Modes(lambda: "live", lambda _: "semi_auto")
    assert modes.route(AppMode.LIVE, UI, Operation.PLACE) is Route.LIVE


def unreadable() -> str:
    raise Unavailable("the store is busy")


@pytest.mark.parametrize("stored", [lambda: "paper", lambda: "", unreadable])
def test_an_application_mode_that_cannot_be_determined_refuses(stored) -> None:
    with pytest.raises(ModeUnknown):
        Modes(stored, lambda _: "auto").app_mode()


@pytest.mark.parametrize("stored", [lambda _: "AUTO", lambda _: "", lambda _: unreadable()])
def test_an_order_mode_that_cannot_be_determined_refuses(stored) -> None:
    with pytest.raises(ModeUnknown):
        Modes(lambda: "live", stored).route(AppMode.LIVE, API, Operation.PLACE)

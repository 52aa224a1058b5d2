"""Where an order goes: one literal table over application mode, order mode and operation. No entry, no order."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from domain.errors import NotAllowed, OpenAlgoError
from services.accounts.keys.access import Need, require_in_mode
from services.accounts.principal import Principal
from services.trading.commands import Operation


class AppMode(StrEnum):
    """The application-wide switch."""

    LIVE = "live"
    ANALYZE = "analyze"


class OrderMode(StrEnum):
    """How an API key's orders are treated. A user at the desk, a GTT that fires and exits are always `auto`."""

    AUTO = "auto"
    SEMI_AUTO = "semi_auto"


class Route(StrEnum):
    """Which desk takes the order; `refused` is none."""

    LIVE = "live"
    SANDBOX = "sandbox"
    APPROVAL = "approval"
    REFUSED = "refused"


_LIVE, _ANALYZE = AppMode.LIVE, AppMode.ANALYZE
_AUTO, _SEMI = OrderMode.AUTO, OrderMode.SEMI_AUTO

_ENTRIES = (
    Operation.PLACE, Operation.SMART, Operation.BASKET, Operation.SPLIT, Operation.OPTIONS, Operation.OPTIONS_MULTI,
    Operation.GTT_PLACE,
)  # fmt: skip
_EXITS = (Operation.CANCEL, Operation.CANCEL_ALL, Operation.CLOSE, Operation.GTT_CANCEL)
_CHANGES = (Operation.MODIFY, Operation.GTT_MODIFY)

DECISIONS: dict[tuple[AppMode, OrderMode, Operation], Route] = {
    **{(_LIVE, _AUTO, operation): Route.LIVE for operation in (*_ENTRIES, *_CHANGES, *_EXITS)},
    **{(_LIVE, _SEMI, operation): Route.APPROVAL for operation in _ENTRIES},
    **{(_LIVE, _SEMI, operation): Route.REFUSED for operation in _CHANGES},
    **{(_LIVE, _SEMI, operation): Route.LIVE for operation in _EXITS},
    **{
        (_ANALYZE, mode, operation): Route.SANDBOX
        for mode in (_AUTO, _SEMI)
        for operation in (*_ENTRIES, *_CHANGES, *_EXITS)
    },
}

READ_ROUTES: dict[AppMode, Route] = {AppMode.LIVE: Route.LIVE, AppMode.ANALYZE: Route.SANDBOX}


class ModeUnknown(NotAllowed):
    """The mode cannot be determined, so nothing is sent anywhere."""

    code = "MODE_UNKNOWN"


class Modes:
    """Reads both switches. `app_mode()` and `order_mode(principal)` answer the stored words."""

    def __init__(
        self, app_mode: Callable[[], str], order_mode: Callable[[Principal], str],
        semi_auto_modify: Route = Route.REFUSED,
    ) -> None:  # fmt: skip
        """semi_auto_modify: what a modify of a semi-auto key is in live trading."""
        self._decisions = DECISIONS | {(_LIVE, _SEMI, operation): semi_auto_modify for operation in _CHANGES}
        self._app_mode = app_mode
        self._order_mode = order_mode

    def app_mode(self) -> AppMode:
        """The application's mode. Raises ModeUnknown."""
        try:
            return AppMode(self._app_mode())
        except (OpenAlgoError, ValueError) as error:
            raise ModeUnknown("The trading mode cannot be determined; nothing was sent") from error

    def order_mode(self, principal: Principal) -> OrderMode:
        """The caller's order mode. Raises ModeUnknown."""
        if principal.source in ("ui", "gtt", "exit") or principal.approved:
            return OrderMode.AUTO
        try:
            return OrderMode(self._order_mode(principal))
        except (OpenAlgoError, ValueError) as error:
            raise ModeUnknown("The order mode cannot be determined; nothing was sent") from error

    def route(self, mode: AppMode, principal: Principal, operation: Operation) -> Route:
        """The desk for this operation. Raises ModeUnknown, NotAllowed where the key or the table refuses."""
        require_in_mode(principal.access, Need.TRADE, mode.value)
        if principal.approved and mode is not AppMode.LIVE:
            raise NotAllowed(
                "The order was queued for live trading, which is off now; nothing was sent",
                code="MODE_CHANGED",
            )
        route = self._decisions[(mode, self.order_mode(principal), operation)]
        if route is Route.REFUSED:
            raise NotAllowed(_refusal(operation), code="SEMI_AUTO")
        return route


def _refusal(operation: Operation) -> str:
    """The contract's words for what a semi-auto key may not do."""
    if operation.is_gtt:
        word = operation.value.removeprefix("gtt_").capitalize()
        return f"{word} GTT order is not allowed in Semi-Auto mode. Switch to Auto mode."
    return (
        f"{operation.value.capitalize()} order operation is not allowed in Semi-Auto mode."
        f" Please switch to Auto mode to {operation.value} orders."
    )

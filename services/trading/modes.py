"""Where an order goes: one literal table over application mode, order mode and operation. No entry, no order."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from domain.errors import NotAllowed, OpenAlgoError
from services.accounts.principal import Principal
from services.trading.commands import Operation


class AppMode(StrEnum):
    """The application-wide switch."""

    LIVE = "live"
    ANALYZE = "analyze"


class OrderMode(StrEnum):
    """How an API key's orders are treated. A signed-in user at the desk is always `auto`."""

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

DECISIONS: dict[tuple[AppMode, OrderMode, Operation], Route] = {
    (_LIVE, _AUTO, Operation.PLACE): Route.LIVE,
    (_LIVE, _AUTO, Operation.MODIFY): Route.LIVE,
    (_LIVE, _AUTO, Operation.CANCEL): Route.LIVE,
    (_LIVE, _AUTO, Operation.CANCEL_ALL): Route.LIVE,
    (_LIVE, _AUTO, Operation.CLOSE): Route.LIVE,
    (_LIVE, _SEMI, Operation.PLACE): Route.APPROVAL,
    (_LIVE, _SEMI, Operation.MODIFY): Route.REFUSED,
    (_LIVE, _SEMI, Operation.CANCEL): Route.LIVE,
    (_LIVE, _SEMI, Operation.CANCEL_ALL): Route.LIVE,
    (_LIVE, _SEMI, Operation.CLOSE): Route.LIVE,
    (_ANALYZE, _AUTO, Operation.PLACE): Route.SANDBOX,
    (_ANALYZE, _AUTO, Operation.MODIFY): Route.SANDBOX,
    (_ANALYZE, _AUTO, Operation.CANCEL): Route.SANDBOX,
    (_ANALYZE, _AUTO, Operation.CANCEL_ALL): Route.SANDBOX,
    (_ANALYZE, _AUTO, Operation.CLOSE): Route.SANDBOX,
    (_ANALYZE, _SEMI, Operation.PLACE): Route.SANDBOX,
    (_ANALYZE, _SEMI, Operation.MODIFY): Route.SANDBOX,
    (_ANALYZE, _SEMI, Operation.CANCEL): Route.SANDBOX,
    (_ANALYZE, _SEMI, Operation.CANCEL_ALL): Route.SANDBOX,
    (_ANALYZE, _SEMI, Operation.CLOSE): Route.SANDBOX,
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
        self._decisions = DECISIONS | {(_LIVE, _SEMI, Operation.MODIFY): semi_auto_modify}
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
        if principal.source == "ui" or principal.approved:
            return OrderMode.AUTO
        try:
            return OrderMode(self._order_mode(principal))
        except (OpenAlgoError, ValueError) as error:
            raise ModeUnknown("The order mode cannot be determined; nothing was sent") from error

    def route(self, mode: AppMode, principal: Principal, operation: Operation) -> Route:
        """The desk for this operation. Raises ModeUnknown, or NotAllowed where the table refuses."""
        if principal.approved and mode is not AppMode.LIVE:
            raise NotAllowed(
                "The order was queued for live trading, which is off now; nothing was sent",
                code="MODE_CHANGED",
            )
        route = self._decisions[(mode, self.order_mode(principal), operation)]
        if route is Route.REFUSED:
            word = operation.value.capitalize()
            raise NotAllowed(
                f"{word} order operation is not allowed in Semi-Auto mode."
                f" Please switch to Auto mode to {operation.value} orders.",
                code="SEMI_AUTO",
            )
        return route

"""The contract master of the active account's broker, and which exchanges are open."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import flask

from blueprints.edge import Call, session_route
from domain.errors import Conflict
from domain.instruments import Exchange
from services.accounts.broker_sessions import AccountView
from utils.clock import ist

if TYPE_CHECKING:
    from services.container import AppServices

blueprint = flask.Blueprint("contracts", __name__)

SHOWN_EXCHANGES = (
    Exchange.NSE, Exchange.BSE, Exchange.NFO, Exchange.BFO, Exchange.CDS, Exchange.BCD, Exchange.MCX,
)  # fmt: skip


@session_route(blueprint, "/ui/api/contracts")
def show_contracts(call: Call) -> Any:
    """Status of the active account's contract master."""
    return contracts_view(call.services, _broker(call))


@session_route(blueprint, "/ui/api/contracts/refresh", methods=("POST",), limit="contracts")
def refresh_contracts(call: Call) -> Any:
    """Start a download; its progress arrives as `master_contract_download`."""
    broker = _broker(call)
    account_id = call.principal.account_id
    if account_id is None:
        raise _no_account()
    call.services.contracts.refresh(broker, account_id)
    return contracts_view(call.services, broker)


@session_route(blueprint, "/ui/api/contracts/brokers")
def list_contracts(call: Call) -> Any:
    """The contract master of every broker at which the user has an account, with counts by exchange."""
    services = call.services
    accounts = services.accounts.list(call.principal.user_id)
    return [
        _master_view(services, broker, [account for account in accounts if account.broker == broker])
        for broker in dict.fromkeys(account.broker for account in accounts)
    ]


@session_route(blueprint, "/ui/api/accounts/<int:account_id>/contracts", methods=("POST",), limit="contracts")
def refresh_contracts_of(call: Call, account_id: int) -> Any:
    """Start a download through one of the user's accounts."""
    account = call.services.accounts.own(call.principal.user_id, account_id)
    call.services.contracts.refresh(account.broker, account_id)
    return contracts_view(call.services, account.broker)


@session_route(blueprint, "/ui/api/market-status")
def market_status(call: Call) -> Any:
    """Whether each exchange trades now for the active account, in which session, and when that changes.

    A practice exchange follows no calendar: everything it lists is open, session `practice`, without an end.
    """
    services, broker = call.services, call.principal.broker
    manifest = services.brokers.manifests().get(broker) if broker else None
    practice = manifest is not None and manifest.practice
    if manifest is not None and practice:
        rows = [_always_open(exchange) for exchange in SHOWN_EXCHANGES if exchange in manifest.exchanges]
    else:
        rows = [_exchange(services, exchange) for exchange in SHOWN_EXCHANGES]
    return {"now": services.clock.now(), "practice": practice, "exchanges": rows}


def contracts_view(services: AppServices, broker: str) -> dict[str, Any]:
    """The contract master of a broker as the desk shows it."""
    status = services.contracts.status(broker)
    return {
        "broker": broker,
        "status": status.status,
        "total": status.total,
        "loaded_at": status.loaded_at,
        "message": status.message,
        "is_ready": status.is_ready,
        "warnings": status.warnings,
    }


def _master_view(services: AppServices, broker: str, accounts: list[AccountView]) -> dict[str, Any]:
    status, freshness = services.contracts.status(broker), services.contracts.freshness(broker)
    manifest = services.brokers.manifests().get(broker)
    connected = next((account for account in accounts if account.state == "valid"), None)
    return {
        **contracts_view(services, broker),
        "broker_name": manifest.name if manifest else broker,
        "counts": {exchange.value: count for exchange, count in sorted(status.counts.items())},
        "age_seconds": status.age_seconds,
        "duration_ms": status.duration_ms,
        "is_due": freshness.should_download and not (manifest and manifest.practice),
        "due_reason": freshness.reason,
        "account_id": connected.id if connected else None,
    }


def _exchange(services: AppServices, exchange: Exchange) -> dict[str, Any]:
    now, calendar = services.clock.now(), services.calendar
    running = [
        row for row in calendar.sessions(exchange, _india_date(services)) if row.start <= now < row.end
    ]
    change = calendar.next_change(exchange, now)
    return {
        "exchange": exchange.value,
        "open": calendar.is_open(exchange, now),
        "session": running[0].kind.value if running else "closed",
        "next_change": change.at if change else None,
        "opens_next": change.opens if change else None,
    }


def _always_open(exchange: Exchange) -> dict[str, Any]:
    return {
        "exchange": exchange.value,
        "open": True,
        "session": "practice",
        "next_change": None,
        "opens_next": None,
    }


def _india_date(services: AppServices) -> dt.date:
    return ist(services.clock.now()).date()


def _broker(call: Call) -> str:
    broker = call.principal.broker
    if broker is None:
        raise _no_account()
    return broker


def _no_account() -> Conflict:
    return Conflict("No account is active; add one and connect it", code="NO_ACCOUNT")

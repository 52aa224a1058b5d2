"""The user, key and practice-exchange account of a demo, made as a user would make them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.errors import Conflict, Unavailable
from services.accounts.users import Device
from services.ops.launch.demo import USERNAME, DemoLogin
from utils.ids import secret_hex

if TYPE_CHECKING:
    from services.container import AppServices

BROKER = "simulator"
LOAD_SECONDS = 60.0
_DEVICE = Device(ip_address="127.0.0.1", name="demo")


def make_demo(services: AppServices) -> DemoLogin:
    """Set up the first user with an API key and a connected, active practice-exchange account."""
    password = f"Practice-{secret_hex(8)}-7!"
    user = services.users.set_up(USERNAME, "demo@example.com", password, None)
    api_key = services.api_keys.rotate(user.id)
    account = services.accounts.create(user.id, BROKER, "Practice exchange", {})
    services.logins.begin(user.id, account.id, {}, callback_url="", browser="", device=_DEVICE)
    services.accounts.activate(user.id, account.id)
    _load_contracts(services, account.id)
    return DemoLogin(username=user.username, password=password, api_key=api_key)


def _load_contracts(services: AppServices, account_id: int) -> None:
    """Have the instruments in the store before the app starts; the login may have begun the same already."""
    try:
        services.contracts.load(BROKER, services.accounts.session(account_id))
    except Conflict:
        services.contracts.wait(BROKER, LOAD_SECONDS)
    if not services.contracts.is_ready(BROKER):
        raise Unavailable(services.contracts.status(BROKER).message, code="CONTRACTS_NOT_READY")

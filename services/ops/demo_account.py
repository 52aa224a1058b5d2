"""The user, key and practice-exchange account of a demo, made as a user would make them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.accounts.users import Device
from services.ops.launch.demo import USERNAME, DemoLogin
from utils.ids import secret_hex

if TYPE_CHECKING:
    from services.container import AppServices

BROKER = "simulator"
_DEVICE = Device(ip_address="127.0.0.1", name="demo")


def make_demo(services: AppServices) -> DemoLogin:
    """Set up the first user with an API key and a connected, active practice-exchange account."""
    password = f"Practice-{secret_hex(8)}-7!"
    user = services.users.set_up(USERNAME, "demo@example.com", password, None)
    api_key = services.api_keys.rotate(user.id)
    account = services.accounts.create(user.id, BROKER, "Practice exchange", {})
    services.logins.begin(user.id, account.id, {}, callback_url="", browser="", device=_DEVICE)
    services.accounts.activate(user.id, account.id)
    return DemoLogin(username=user.username, password=password, api_key=api_key)

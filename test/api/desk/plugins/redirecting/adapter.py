"""A broker with a login page of its own, which carries our state."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from broker.core.roles import LoginStep, Plugin, PluginContext, Session
from domain.errors import Refused
from domain.instruments import Exchange, Instrument, InstrumentType


class Door:
    def __init__(self, context: PluginContext) -> None:
        self._clock = context.clock

    def begin(self, credentials: Any, redirect_url: str, state: str) -> LoginStep:
        query = urlencode({"key": credentials["api_key"], "back": redirect_url, "state": state})
        return LoginStep(kind="redirect", redirect_url=f"https://vendor.example/login?{query}")

    def complete(self, account_id: int, credentials: Any, answers: Any) -> Session:
        if answers.get("request_token") != "good-token":
            raise Refused("The vendor does not know this token")
        if answers["callback_url"] != "http://127.0.0.1:5000/redirecting/callback":
            raise Refused("The vendor was given another address at the start")
        return Session(
            account_id=account_id,
            broker="redirecting",
            broker_user_id="RD0001",
            credentials=credentials,
            tokens={"access_token": "clear-text-vendor-token"},
            issued_at=self._clock.now(),
            expires_at=None,
        )

    def check(self, session: Session) -> None:
        return None

    def logout(self, session: Session) -> None:
        raise Refused("The vendor has no time for this")


class OneShare:
    """A contract master of one row."""

    def fetch(self, session: Session) -> list[bytes]:
        return [b"SBIN"]

    def parse(self, chunks: Any) -> list[Instrument]:
        return [
            Instrument(
                "SBIN", Exchange.NSE, "SBIN", "NSE", "1", "SBIN", InstrumentType.EQ, 1, Decimal("0.05")
            )
        ]


def build(context: PluginContext) -> Plugin:
    nothing: Any = None
    return Plugin(
        manifest=context.manifest,
        auth=Door(context),
        orders=nothing,
        portfolio=nothing,
        market=nothing,
        contracts=OneShare(),
    )

"""A broker that asks for a one-time password."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from broker.core.roles import LoginStep, Plugin, PluginContext, Session
from domain.errors import Refused
from domain.instruments import Exchange, Instrument, InstrumentType


class Door:
    def __init__(self, context: PluginContext) -> None:
        self._clock = context.clock

    def begin(self, credentials: Any, redirect_url: str, state: str) -> LoginStep:
        return LoginStep(kind="form")

    def complete(self, account_id: int, credentials: Any, answers: Any) -> Session:
        if answers["otp"] != "123456":
            raise Refused("The one-time password is wrong")
        return Session(
            account_id=account_id,
            broker="typed",
            broker_user_id="TY0001",
            credentials=credentials,
            tokens={"access_token": "typed-token"},
            issued_at=self._clock.now(),
            expires_at=None,
        )

    def check(self, session: Session) -> None:
        return None

    def logout(self, session: Session) -> None:
        return None


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

"""A practice broker that lets everyone in."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from broker.core.roles import LoginStep, Plugin, PluginContext, Session
from domain.instruments import Exchange, Instrument, InstrumentType


class Door:
    def __init__(self, context: PluginContext) -> None:
        self._clock = context.clock

    def begin(self, credentials: Any, redirect_url: str, state: str) -> LoginStep:
        return LoginStep(kind="instant")

    def complete(self, account_id: int, credentials: Any, answers: Any) -> Session:
        now = self._clock.now()
        return Session(
            account_id=account_id,
            broker="instant",
            broker_user_id="INSTANT1",
            credentials=credentials,
            tokens={"access_token": "clear-text-access-token"},
            issued_at=now,
            expires_at=now + dt.timedelta(hours=6),
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

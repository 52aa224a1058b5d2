"""Dhan's developer sandbox: the wire of Dhan with a portal token, prices from minute bars, and nothing pushed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from broker.core import tables as t
from broker.core.contract_files.reading import FileContracts
from broker.core.endpoint import write
from broker.core.rest import Rest, until_rollover
from broker.core.roles import LoginStep, Plugin, PluginContext, Session
from broker.families.dhan import contracts, mapping, roles
from domain.errors import NotSupported, Refused
from domain.instruments import Instrument, InstrumentKey
from domain.market import Depth, Quote
from utils.clock import ist

SHORTEST_TOKEN = 50
CONFIRM = write("login", "GET /fundlimit", t.an_object, "other", (), body="query")


class Login:
    """The secret is the access token itself; one read proves it."""

    def __init__(self, context: PluginContext, rest: Rest) -> None:
        self._context = context
        self._rest = rest

    def begin(self, credentials: Mapping[str, str], redirect_url: str, state: str) -> LoginStep:
        """Nothing more than the stored token is needed."""
        return LoginStep(kind="form")

    def complete(
        self, account_id: int, credentials: Mapping[str, str], answers: Mapping[str, str]
    ) -> Session:
        """A session of the stored token, which has no known end."""
        client, token = credentials["api_key"].partition(":::")[0].strip(), credentials["api_secret"]
        if not client or len(token) < SHORTEST_TOKEN:
            raise Refused("The sandbox needs a client id as API key and an access token as API secret")
        session = until_rollover(self._context, account_id, client, credentials, {"access_token": token})
        self._rest.call(session, CONFIRM)
        return session

    def check(self, session: Session) -> None:
        self._rest.call(session, roles.LIMITS)

    def logout(self, session: Session) -> None:
        """The sandbox ends no token."""


class Market(roles.Market):
    """Prices of today's minute bars: the sandbox has no quotes and no book."""

    def quotes(self, session: Session, instruments: Sequence[Instrument]) -> dict[InstrumentKey, Quote]:
        today = ist(self._clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
        return {
            item.key: Quote(ltp=day.close, open=day.open, high=day.high, low=day.low, volume=day.volume)
            for item in instruments
            for day in self.running_day(session, item, today)
        }

    def depth(self, session: Session, instrument: Instrument) -> Depth:
        """Absent."""
        raise NotSupported("The Dhan sandbox has no market depth")


def build(context: PluginContext) -> Plugin:
    """The plug-in."""
    rest = Rest(context, mapping.DIALECT)
    books = mapping.Books(context.instruments, context.alarm, ZoneInfo("UTC"))
    market = Market(context, rest)
    return Plugin(
        manifest=context.manifest, auth=Login(context, rest), orders=roles.desk(rest, books, mapping.PRICE_TYPE),
        portfolio=roles.Portfolio(rest, books), market=market, margin=roles.margin(rest),
        contracts=FileContracts(context, rest, contracts.FILE))  # fmt: skip

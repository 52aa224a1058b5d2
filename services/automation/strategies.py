"""Strategies of a user: set-up, mappings, and the secret id of their webhook, which is shown once."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy.exc import IntegrityError

from database.automation.deliveries import Deliveries, QueuedOrders
from database.automation.strategies import MappingRecord, Strategies, StrategyRecord
from database.models.automation import PLATFORMS, TRADING_MODES
from database.stores import Store, Unit
from domain.errors import Conflict, InvalidInput, NotFound, Unavailable
from domain.instruments import CASH_EXCHANGES, Exchange, Instrument
from domain.orders import PRODUCTS_BY_SEGMENT, Product
from services.accounts.crypto import Vault
from services.automation import ending
from utils.clock import Clock, epoch_ms
from utils.ids import secret_hex

PURPOSE = "strategy webhook"
# With 64 hexadecimal digits: the shape that log redaction takes for a secret wherever it appears.
ID_PREFIX = "oaws_"
ID_BYTES = 32
LONGEST_ID = 128
MOST_STRATEGIES = 200
MOST_MAPPINGS = 200
LARGEST_QUANTITY = 10**9
SWITCHED_OFF = "The strategy was switched off before this order was sent"
TIMES = ("start_time", "end_time", "squareoff_time")
_NAME = re.compile(r"[A-Za-z0-9 _-]{3,50}")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class Accounts(Protocol):
    """The part of the broker accounts that strategies need."""

    def own(self, user_id: int, account_id: int) -> Any:
        """The account, if it is the user's. Raises NotFound."""

    def active(self, user_id: int) -> Any:
        """The account that stands for the user, None without one."""


class Instruments(Protocol):
    """The part of the contract master that strategies need."""

    def resolve(self, broker: str, exchange: Exchange, symbol: str) -> Instrument:
        """The instrument. Raises UnknownInstrument, Unavailable while there is no master."""


class StrategyDesk:
    """Use cases of the desk. Everything is about the user's own strategies; others' are not found."""

    def __init__(
        self, store: Store, vault: Vault, accounts: Accounts, instruments: Instruments, clock: Clock
    ) -> None:
        self._store = store
        self._vault = vault
        self._accounts = accounts
        self._instruments = instruments
        self._clock = clock

    def of_user(self, user_id: int) -> list[tuple[StrategyRecord, int]]:
        """The user's strategies, oldest first, each with the number of its mappings."""
        with self._store.reading() as unit:
            rows = Strategies(unit)
            counts = rows.mapping_counts(user_id)
            return [(row, counts.get(row.id, 0)) for row in rows.of_user(user_id)]

    def get(self, user_id: int, strategy_id: int) -> tuple[StrategyRecord, list[MappingRecord]]:
        """One strategy with its mappings. Raises NotFound."""
        with self._store.reading() as unit:
            return _own(unit, user_id, strategy_id), Strategies(unit).mappings(strategy_id)

    def by_webhook(self, webhook_id: str) -> StrategyRecord:
        """The strategy behind a URL: found by keyed digest, at the same cost whether there is one. Raises NotFound."""
        digest = self._vault.digest(PURPOSE, webhook_id[:LONGEST_ID])
        with self._store.reading() as unit:
            row = Strategies(unit).by_digest(digest)
        stored = row.webhook_digest if row is not None else "0" * len(digest)
        if not hmac.compare_digest(stored, digest) or row is None:
            raise NotFound("Invalid webhook ID", code="UNKNOWN_WEBHOOK")
        return row

    def create(self, user_id: int, values: Mapping[str, Any]) -> tuple[StrategyRecord, str]:
        """A new strategy, and its webhook id, which is answered here only. Raises InvalidInput, Conflict, NotFound."""
        fields = {**dict.fromkeys(TIMES), "account_id": None, "is_active": True, **values}
        fields["name"] = _full_name(fields["platform"], fields["name"])
        self._check(user_id, fields)
        webhook_id = ID_PREFIX + secret_hex(ID_BYTES)
        fields |= {"user_id": user_id, "webhook_digest": self._vault.digest(PURPOSE, webhook_id)}
        try:
            with self._store.unit() as unit:
                rows = Strategies(unit)
                if len(rows.of_user(user_id)) >= MOST_STRATEGIES:
                    raise Conflict(f"A user has at most {MOST_STRATEGIES} strategies", code="TOO_MANY")
                return rows.add(fields, self._clock.now()), webhook_id
        except IntegrityError:
            raise _name_taken() from None

    def change(self, user_id: int, strategy_id: int, values: Mapping[str, Any]) -> StrategyRecord:
        """New values of some fields; the platform stays. Switching off drops what is not sent yet. Raises as create."""
        values = dict(values)
        try:
            with self._store.unit(durable=True) as unit:
                known = _own(unit, user_id, strategy_id)
                if "name" in values:
                    values["name"] = _full_name(known.platform, values["name"])
                self._check(
                    user_id, {name: getattr(known, name) for name in known.__struct_fields__} | values
                )
                Strategies(unit).change(strategy_id, values, self._clock.now())
                if values.get("is_active") is False:
                    self._drop(unit, strategy_id)
                return _own(unit, user_id, strategy_id)
        except IntegrityError:
            raise _name_taken() from None

    def rotate(self, user_id: int, strategy_id: int) -> str:
        """A new webhook id, answered here only; the old one is dead when this returns. Raises NotFound."""
        webhook_id = ID_PREFIX + secret_hex(ID_BYTES)
        with self._store.unit(durable=True) as unit:
            _own(unit, user_id, strategy_id)
            digest = self._vault.digest(PURPOSE, webhook_id)
            Strategies(unit).change(strategy_id, {"webhook_digest": digest}, self._clock.now())
        return webhook_id

    def delete(self, user_id: int, strategy_id: int) -> None:
        """Remove it with its mappings; what is not sent yet is dropped, deliveries stay on record. Raises NotFound."""
        with self._store.unit(durable=True) as unit:
            _own(unit, user_id, strategy_id)
            self._drop(unit, strategy_id)
            Strategies(unit).remove(strategy_id)

    def add_mappings(
        self, user_id: int, strategy_id: int, mappings: Sequence[Mapping[str, Any]]
    ) -> list[MappingRecord]:
        """Map some symbols, all or none; answers every mapping. Raises InvalidInput, Conflict, NotFound."""
        strategy, _ = self.get(user_id, strategy_id)
        for values in mappings:
            self._check_mapping(strategy, values)
        try:
            with self._store.unit() as unit:
                rows = Strategies(unit)
                _own(unit, user_id, strategy_id)
                if len(rows.mappings(strategy_id)) + len(mappings) > MOST_MAPPINGS:
                    raise Conflict(f"A strategy has at most {MOST_MAPPINGS} mappings", code="TOO_MANY")
                for values in mappings:
                    rows.add_mapping(strategy_id, values)
                return rows.mappings(strategy_id)
        except IntegrityError:
            raise _symbol_taken() from None

    def change_mapping(
        self, user_id: int, strategy_id: int, mapping_id: int, values: Mapping[str, Any]
    ) -> list[MappingRecord]:
        """Replace one mapping; answers every mapping. Raises InvalidInput, Conflict, NotFound."""
        strategy, _ = self.get(user_id, strategy_id)
        self._check_mapping(strategy, values)
        try:
            with self._store.unit() as unit:
                rows = Strategies(unit)
                if not rows.change_mapping(strategy_id, mapping_id, values):
                    raise _no_mapping()
                return rows.mappings(strategy_id)
        except IntegrityError:
            raise _symbol_taken() from None

    def remove_mapping(self, user_id: int, strategy_id: int, mapping_id: int) -> list[MappingRecord]:
        """Answers the mappings that stay. Raises NotFound."""
        with self._store.unit() as unit:
            _own(unit, user_id, strategy_id)
            rows = Strategies(unit)
            if not rows.remove_mapping(strategy_id, mapping_id):
                raise _no_mapping()
            return rows.mappings(strategy_id)

    def _check(self, user_id: int, fields: Mapping[str, Any]) -> None:
        check_fields(fields)
        if fields["account_id"] is not None:
            self._accounts.own(user_id, fields["account_id"])

    def _check_mapping(self, strategy: StrategyRecord, values: Mapping[str, Any]) -> None:
        """A symbol that the broker of the strategy's account does not list is refused, as far as that is known."""
        check_mapping(strategy.platform, values)
        if strategy.account_id is not None:
            broker = self._accounts.own(strategy.user_id, strategy.account_id).broker
        else:
            account = self._accounts.active(strategy.user_id)
            broker = account.broker if account is not None else None
        if broker is None:
            return
        try:
            instrument = self._instruments.resolve(broker, values["exchange"], values["symbol"])
        except Unavailable:
            return
        if values["quantity"] % instrument.lot_size:
            text = f"must be in multiples of lot size {instrument.lot_size}"
            raise InvalidInput(f"quantity: {text}", errors={"quantity": [text]})

    def _drop(self, unit: Unit, strategy_id: int) -> None:
        """End what waits to be sent, but for a square-off, which the switch does not concern."""
        deliveries = Deliveries(unit)
        for row in QueuedOrders(unit).of_strategy(strategy_id):
            delivery = deliveries.get(row.delivery_id)
            if delivery is not None and delivery.payload == "squareoff":
                continue
            ending.write(
                unit, row, "queued",
                ending.Ended(outcome="dropped", code="SWITCHED_OFF", message=SWITCHED_OFF),
                epoch_ms(self._clock.now()),
            )  # fmt: skip


def check_fields(fields: Mapping[str, Any]) -> None:
    """The rules of a strategy's own fields. Raises InvalidInput with every complaint."""
    errors: dict[str, list[str]] = {}
    if fields["platform"] not in PLATFORMS:
        errors["platform"] = [f"must be one of {', '.join(PLATFORMS)}"]
    if fields["trading_mode"] not in TRADING_MODES:
        errors["trading_mode"] = [f"must be one of {', '.join(TRADING_MODES)}"]
    times = {name: fields[name] for name in TIMES if fields[name] is not None}
    for name, text in times.items():
        if _TIME.fullmatch(text) is None:
            errors[name] = ["must be a 24-hour time HH:MM"]
    if not errors:
        errors |= _order_of(times)
    if errors:
        field, texts = next(iter(errors.items()))
        raise InvalidInput(f"{field}: {texts[0]}", errors=errors)


def _order_of(times: Mapping[str, str]) -> dict[str, list[str]]:
    """start < end <= square-off, as far as they are given."""
    start, end, squareoff = (times.get(name) for name in TIMES)
    errors = {}
    if start and end and start >= end:
        errors["end_time"] = ["must be after start_time"]
    if end and squareoff and squareoff < end:
        errors["squareoff_time"] = ["must not be before end_time"]
    if start and squareoff and squareoff <= start:
        errors["squareoff_time"] = ["must be after start_time"]
    return errors


def check_mapping(platform: str, values: Mapping[str, Any]) -> None:
    """The rules of one mapping that need no contract master. Raises InvalidInput."""
    exchange, product, quantity = values["exchange"], values["product_type"], values["quantity"]
    products: frozenset[Product] = PRODUCTS_BY_SEGMENT.get(exchange, frozenset())
    errors: dict[str, list[str]] = {}
    if not products or (platform == "chartink" and exchange not in CASH_EXCHANGES):
        errors["exchange"] = ["orders are not possible here" if not products else "must be NSE or BSE"]
    elif product not in products:
        errors["product_type"] = [f"must be one of {', '.join(sorted(products))} on {exchange.value}"]
    if not 0 < quantity <= LARGEST_QUANTITY:
        errors["quantity"] = [f"must be from 1 to {LARGEST_QUANTITY}"]
    if errors:
        field, texts = next(iter(errors.items()))
        raise InvalidInput(f"{field}: {texts[0]}", errors=errors)


def _full_name(platform: str, name: str) -> str:
    """Names carry their platform, as strategy tags of other installations do."""
    prefix = f"{platform}_"
    plain = name.strip().removeprefix(prefix)
    if _NAME.fullmatch(plain) is None:
        text = "must have 3 to 50 letters, digits, blanks, - or _"
        raise InvalidInput(f"name: {text}", errors={"name": [text]})
    return prefix + plain


def _own(unit: Unit, user_id: int, strategy_id: int) -> StrategyRecord:
    row = Strategies(unit).get(strategy_id)
    if row is None or row.user_id != user_id:
        raise NotFound("There is no such strategy", code="UNKNOWN_STRATEGY")
    return row


def _no_mapping() -> NotFound:
    return NotFound("The strategy has no such mapping", code="UNKNOWN_MAPPING")


def _name_taken() -> Conflict:
    return Conflict("You have a strategy with this name already", code="NAME_TAKEN")


def _symbol_taken() -> Conflict:
    return Conflict("This symbol is mapped already", code="SYMBOL_TAKEN")

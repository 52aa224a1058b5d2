"""Repositories of the logs store about addresses: bans, what led to them, and how strict the house is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import msgspec
from sqlalchemy import delete, select

from database.models import logs as tables
from database.stores import Unit


class BanRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One address. until: None is for good. times: how often it was banned so far. lifted_at: None while it stands."""

    address: str
    reason: str
    note: str
    times: int
    banned_at: dt.datetime
    until: dt.datetime | None
    lifted_at: dt.datetime | None


class WatchRecord(msgspec.Struct, kw_only=True):
    """What one address did wrong within the current day. seen: the last paths, or digests of keys."""

    address: str
    kind: str
    count: int
    first_at: dt.datetime
    last_at: dt.datetime
    seen: list[str]


class Bans:
    """Bans, standing and over."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def all(self) -> list[BanRecord]:
        """Every address that was ever banned, newest first."""
        ban = tables.AddressBan
        rows = self._session.scalars(select(ban).order_by(ban.banned_at.desc(), ban.address))
        return [
            BanRecord(**{name: getattr(row, name) for name in BanRecord.__struct_fields__}) for row in rows
        ]

    def put(self, record: BanRecord) -> None:
        """Note the state of an address."""
        self._session.merge(tables.AddressBan(**msgspec.structs.asdict(record)))
        self._session.flush()

    def remove(self, address: str) -> None:
        """Forget that an address was ever banned."""
        self._session.execute(delete(tables.AddressBan).where(tables.AddressBan.address == address))


class Watches:
    """Addresses that are watched."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def since(self, instant: dt.datetime) -> list[WatchRecord]:
        """Those whose day began after an instant, the quietest first."""
        watch = tables.AddressWatch
        rows = self._session.scalars(select(watch).where(watch.first_at > instant).order_by(watch.last_at))
        return [
            WatchRecord(**{name: getattr(row, name) for name in WatchRecord.__struct_fields__})
            for row in rows
        ]

    def put(self, records: Iterable[WatchRecord]) -> None:
        """Note what addresses did."""
        for record in records:
            self._session.merge(tables.AddressWatch(**msgspec.structs.asdict(record)))
        self._session.flush()

    def add(self, records: Iterable[WatchRecord], most_seen: int) -> None:
        """Add to what is noted of addresses; `most_seen` of what they showed are kept."""
        for record in records:
            row = self._session.get(tables.AddressWatch, (record.address, record.kind))
            if row is None:
                self._session.add(tables.AddressWatch(**msgspec.structs.asdict(record)))
                continue
            row.count += record.count
            row.last_at = record.last_at
            row.seen = list(dict.fromkeys([*row.seen, *record.seen]))[-most_seen:]
        self._session.flush()

    def any_of(self, kind: str) -> bool:
        """Whether an address of a kind is noted."""
        watch = tables.AddressWatch
        return self._session.scalar(select(watch.address).where(watch.kind == kind).limit(1)) is not None

    def take(self, kind: str) -> list[WatchRecord]:
        """Everything noted of a kind, which is forgotten."""
        watch = tables.AddressWatch
        found = [
            WatchRecord(**{name: getattr(row, name) for name in WatchRecord.__struct_fields__})
            for row in self._session.scalars(select(watch).where(watch.kind == kind))
        ]
        self.remove(kind)
        return found

    def remove(self, kind: str, address: str | None = None) -> None:
        """Forget one address, or all of a kind."""
        watch = tables.AddressWatch
        query = delete(watch).where(watch.kind == kind)
        self._session.execute(query if address is None else query.where(watch.address == address))

    def remove_before(self, instant: dt.datetime) -> None:
        """Forget days that began before an instant."""
        self._session.execute(delete(tables.AddressWatch).where(tables.AddressWatch.first_at <= instant))


class BanRuleRow:
    """The one row that says how strict the house is."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def get(self) -> dict[str, object] | None:
        """The stored values; None while nobody has changed them."""
        row = self._session.get(tables.BanRules, 1)
        return dict(row.value) if row is not None else None

    def put(self, value: dict[str, object]) -> None:
        """Replace them."""
        self._session.merge(tables.BanRules(id=1, value=value))
        self._session.flush()

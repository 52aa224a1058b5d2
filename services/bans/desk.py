"""Bans and trackers: asked on every request, so everything is answered from memory; the store follows.

Bans are stored before they are in force. What addresses did wrong is stored every half minute; after a crash at
most that much is forgotten.
"""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import Any

import msgspec

from database.bans.rows import BanRecord, BanRuleRow, Bans, Watches, WatchRecord
from database.stores import Store
from domain.errors import InvalidInput, NotFound
from services.bans import rules
from services.bans.elsewhere import taken
from services.bans.rules import BanRules
from utils.clock import Clock
from utils.concurrency import Lock
from utils.logging import get_logger

log = get_logger(__name__)
MOST_WATCHED = 5_000
# Each took an address of its own and dozens of wrong tries; beyond this only hands ban.
MOST_BANS = 20_000
LONGEST_SEEN = 200


class BanDesk:
    """Who is banned, who is watched. trusted: networks of own proxies, never banned, like loopback."""

    def __init__(self, store: Store, clock: Clock, trusted: Sequence[IPv4Network | IPv6Network] = ()) -> None:
        self._store = store
        self._clock = clock
        self._trusted = tuple(trusted)
        self._lock = Lock()
        with store.reading() as unit:
            self._bans = {record.address: record for record in Bans(unit).all()}
            self._standing = {record.address for record in self._bans.values() if record.lifted_at is None}
            day = clock.now() - rules.WINDOW
            watched = Watches(unit).since(day)[-MOST_WATCHED:]
            own = [record for record in watched if record.kind in rules.SEEN]
            self._watches = OrderedDict(((record.address, record.kind), record) for record in own)
            stored = BanRuleRow(unit).get()
        self._rules = msgspec.convert(stored, BanRules) if stored is not None else BanRules()
        self._unsaved: set[tuple[str, str]] = set()

    @property
    def rules(self) -> BanRules:
        """How strict the house is."""
        return self._rules

    def is_banned(self, address: str) -> bool:
        """Whether an address is not to be served now."""
        if not self._standing:
            return False
        key = rules.ban_key(address)
        if key is None or key not in self._standing:
            return False
        with self._lock:
            record = self._bans.get(key)
            return record is not None and self._stands(record) and not rules.is_exempt(key, self._trusted)

    def _stands(self, record: BanRecord) -> bool:
        return rules.stands(record.until, record.lifted_at, self._clock.now())

    def not_found(self, address: str, path: str) -> None:
        """A stranger asked for what does not exist."""
        self._wrong(address, rules.NOT_FOUND, path)

    def wrong_key(self, address: str, digest: str) -> None:
        """Somebody showed a key that is none; `digest` tells it from others without saying it."""
        self._wrong(address, rules.WRONG_KEY, digest)

    def _wrong(self, address: str, kind: str, what: str) -> None:
        key = rules.ban_key(address)
        if key is None or rules.is_exempt(key, self._trusted):
            return
        with self._lock:
            count = self._note(key, kind, what[:LONGEST_SEEN])
            is_due = (
                self._rules.auto_ban and count >= self._rules.threshold(kind) and len(self._bans) < MOST_BANS
            )
            is_due = is_due and not ((old := self._bans.get(key)) is not None and self._stands(old))
            if not is_due:
                return
            self._watches.pop((key, kind), None)
            self._unsaved.discard((key, kind))
            record = self._ban(key, kind, f"{count} within 24 hours")
            with self._store.unit() as unit:
                Watches(unit).remove(kind, key)
                Bans(unit).put(record)
            self._keep(record)
        log.warning("An address was banned", address=key, reason=kind, until=str(record.until or "for good"))

    def _note(self, key: str, kind: str, what: str) -> int:
        now = self._clock.now()
        watch = self._watches.get((key, kind))
        if watch is None or now - watch.first_at >= rules.WINDOW:
            watch = WatchRecord(address=key, kind=kind, count=0, first_at=now, last_at=now, seen=[])
            self._watches[key, kind] = watch
            if len(self._watches) > MOST_WATCHED:
                forgotten, _ = self._watches.popitem(last=False)
                self._unsaved.discard(forgotten)
        self._watches.move_to_end((key, kind))
        watch.count += 1
        watch.last_at = now
        if what not in watch.seen:
            watch.seen = [*watch.seen, what][-rules.SEEN[kind] :]
        self._unsaved.add((key, kind))
        return watch.count

    def _ban(self, key: str, reason: str, note: str, hours: int | None = None) -> BanRecord:
        now = self._clock.now()
        old = self._bans.get(key)
        times = (old.times if old is not None else 0) + 1
        if hours is None:
            until = self._rules.until(reason, times, now)
        else:
            until = now + dt.timedelta(hours=hours) if hours else None
        return BanRecord(
            address=key, reason=reason, note=note, times=times, banned_at=now, until=until, lifted_at=None
        )

    def _keep(self, record: BanRecord) -> None:
        self._bans[record.address] = record
        self._standing = {one.address for one in self._bans.values() if one.lifted_at is None}

    def ban(self, text: str, hours: int, note: str) -> BanRecord:
        """Ban an address by hand; hours 0 is for good. Raises InvalidInput for this machine and own proxies."""
        key = rules.ban_key_of_text(text)
        if rules.is_exempt(key, self._trusted):
            raise InvalidInput("This machine and the listed proxies cannot be banned", code="NEVER_BANNED")
        with self._lock:
            record = self._ban(key, rules.MANUAL, note, hours)
            with self._store.unit() as unit:
                Bans(unit).put(record)
            self._keep(record)
        return record

    def lift(self, text: str, *, forget: bool = False) -> BanRecord:
        """End a ban; `forget` also clears its history, so that the next is a first one. Raises NotFound."""
        key = rules.ban_key_of_text(text)
        with self._lock:
            record = self._bans.get(key)
            if record is None:
                raise NotFound("This address is not banned", code="NOT_BANNED")
            lifted = msgspec.structs.replace(record, lifted_at=record.lifted_at or self._clock.now())
            with self._store.unit() as unit:
                if forget:
                    Bans(unit).remove(key)
                else:
                    Bans(unit).put(lifted)
                for kind in rules.SEEN:
                    Watches(unit).remove(kind, key)
            for kind in rules.SEEN:
                self._watches.pop((key, kind), None)
                self._unsaved.discard((key, kind))
            self._keep(lifted)
            if forget:
                del self._bans[key]
        return lifted

    def change(self, values: dict[str, Any]) -> BanRules:
        """Change some of the rules. Raises InvalidInput."""
        with self._lock:
            try:
                changed = msgspec.convert(msgspec.structs.asdict(self._rules) | values, BanRules)
            except msgspec.ValidationError as error:
                raise InvalidInput(str(error)) from None
            with self._store.unit() as unit:
                BanRuleRow(unit).put(msgspec.structs.asdict(changed))
            self._rules = changed
        return changed

    def clear(self, kind: str) -> None:
        """Forget everything that was counted of a kind."""
        with self._lock:
            with self._store.unit() as unit:
                Watches(unit).remove(kind)
            for key in [key for key in self._watches if key[1] == kind]:
                del self._watches[key]
                self._unsaved.discard(key)

    def bans(self) -> list[BanRecord]:
        """Bans that stand, newest first."""
        with self._lock:
            found = [record for record in self._bans.values() if self._stands(record)]
        return sorted(found, key=lambda record: record.banned_at, reverse=True)

    def watched(self, kind: str, most: int) -> list[WatchRecord]:
        """Watched addresses, those with the most wrong tries first."""
        oldest = self._clock.now() - rules.WINDOW
        with self._lock:
            found = [
                msgspec.structs.replace(watch)
                for (_, own), watch in self._watches.items()
                if own == kind and watch.first_at > oldest
            ]
        return sorted(found, key=lambda watch: watch.count, reverse=True)[:most]

    def flush(self) -> None:
        """Count what was shown elsewhere, store what was counted since the last time, and forget days that are over."""
        for record in taken(self._store):
            for number in range(min(record.count, rules.MOST_AT_ONCE)):
                self.wrong_key(record.address, record.seen[number % len(record.seen)])
        oldest = self._clock.now() - rules.WINDOW
        with self._lock:
            for key in [key for key, watch in self._watches.items() if watch.first_at <= oldest]:
                del self._watches[key]
            unsaved = [
                msgspec.structs.replace(self._watches[key]) for key in self._unsaved if key in self._watches
            ]
            self._unsaved.clear()
        if unsaved:
            with self._store.unit() as unit:
                Watches(unit).put(unsaved)
                Watches(unit).remove_before(oldest)

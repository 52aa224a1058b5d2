"""What the desk remembers of a user: versioned documents, and the values of the chart page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from database.desk import preferences as stored
from database.stores import Store
from domain.desk.preferences import Document
from domain.errors import Conflict, InvalidInput
from services.desk.documents import SHAPES, check_key, check_value
from services.events import Events, PreferenceChanged
from utils import json
from utils.clock import Clock

LONGEST_KEY = 50
LONGEST_VALUE = 1_048_576
LONGEST_TOGETHER = 4 * LONGEST_VALUE
MOST_AT_ONCE = 50
MOST_PREFERENCES = 100


class PreferenceConflict(Conflict):
    """Somebody else changed the document since the caller looked; `details` carry what it is now."""

    code = "PREFERENCE_CHANGED"

    def __init__(self, current: Document) -> None:
        super().__init__(f"The preference {current.key} was changed elsewhere")
        self.details = {"current": {"version": current.version, "value": current.value}}


class Documents:
    """JSON documents with a version, one for each user and key of services.desk.documents."""

    def __init__(self, store: Store, events: Events, clock: Clock) -> None:
        self._store = store
        self._events = events
        self._clock = clock

    def all(self, user_id: int) -> list[Document]:
        """Every document that is kept under a key known today."""
        with self._store.reading() as unit:
            return [found for found in stored.Documents(unit).all(user_id) if found.key in SHAPES]

    def get(self, user_id: int, key: str) -> Document:
        """One document; version 0 and no value when it was never kept. Raises NotFound for an unknown key."""
        check_key(key)
        with self._store.reading() as unit:
            return stored.Documents(unit).get(user_id, key)

    def put(self, user_id: int, key: str, value: Any, seen: int | None) -> Document:
        """Replace a document. seen: the version it must still have, None when the last write shall win.

        Raises NotFound, InvalidInput and PreferenceConflict.
        """
        return self._write(user_id, key, check_value(key, value), seen)

    def drop(self, user_id: int, key: str) -> Document:
        """Forget a document: the desk's own choice is in force again. Raises NotFound."""
        check_key(key)
        return self._write(user_id, key, None, None)

    def _write(self, user_id: int, key: str, value: Any, seen: int | None) -> Document:
        with self._store.unit() as unit:
            documents = stored.Documents(unit)
            documents.hold(user_id)
            current = documents.get(user_id, key)
            if seen is not None and seen != current.version:
                raise PreferenceConflict(current)
            if current.value == value and type(current.value) is type(value):
                return current
            written = documents.put(user_id, key, value, self._clock.now())
        self._events.publish(
            PreferenceChanged(user_id=user_id, area="documents", key=key, version=written.version)
        )
        return written


class ChartPreferences:
    """Values of the chart page: one store behind the desk and the REST endpoint. The last write of a key wins."""

    def __init__(self, store: Store, events: Events, clock: Clock) -> None:
        self._store = store
        self._events = events
        self._clock = clock

    def texts(self, user_id: int) -> dict[str, str]:
        """All values, each as JSON text."""
        with self._store.reading() as unit:
            return stored.ChartPreferences(unit).get(user_id)

    def values(self, user_id: int) -> dict[str, Any]:
        """All values, decoded."""
        return {key: _decoded(text) for key, text in self.texts(user_id).items()}

    def put_text(self, user_id: int, key: str, text: str) -> None:
        """Set one value given as JSON text. Raises InvalidInput when it is none, is too long, or is one too many."""
        try:
            json.decode(text)
        except ValueError:
            raise InvalidInput("value: must be JSON", errors={"value": ["must be JSON, as text"]}) from None
        self._put(user_id, {key: text})

    def put(self, user_id: int, values: Mapping[str, Any]) -> None:
        """Set several values, all or none. Raises InvalidInput."""
        if not values:
            raise InvalidInput("No preferences were given")
        if len(values) > MOST_AT_ONCE:
            raise InvalidInput(f"At most {MOST_AT_ONCE} preferences may be set at once")
        self._put(user_id, {key: json.encode_text(value) for key, value in values.items()})

    def _put(self, user_id: int, texts: Mapping[str, str]) -> None:
        for key, text in texts.items():
            _check(key, text)
        with self._store.unit() as unit:
            unit.exclusive(f"chart:{user_id}")
            rows = stored.ChartPreferences(unit)
            before = rows.get(user_id)
            after = {**before, **texts}
            if len(after) > MOST_PREFERENCES:
                raise InvalidInput(f"At most {MOST_PREFERENCES} chart preferences are kept")
            if sum(map(len, after.values())) > LONGEST_TOGETHER:
                raise InvalidInput("The chart preferences are too long together")
            changed = [key for key, text in texts.items() if before.get(key) != text]
            for key in changed:
                rows.put(user_id, key, texts[key], self._clock.now())
        for key in changed:
            self._events.publish(PreferenceChanged(user_id=user_id, area="chart", key=key, version=None))


def _check(key: str, text: str) -> None:
    if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
        raise _wrong(key, f"names have 1 to {LONGEST_KEY} printable characters")
    if len(text.encode()) > LONGEST_VALUE:
        raise _wrong(key, f"must have at most {LONGEST_VALUE} bytes as JSON")


def _wrong(key: str, complaint: str) -> InvalidInput:
    shown = "".join(sign if sign.isprintable() else "?" for sign in key)[:LONGEST_KEY]
    return InvalidInput(f"{shown}: {complaint}", errors={shown: [complaint]})


def _decoded(text: str) -> Any:
    """Values of earlier versions may be text that is no JSON."""
    try:
        return json.decode(text)
    except ValueError:
        return text

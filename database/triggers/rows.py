"""What repositories of triggers share: rows, open or finished, found by id and account, and moved by version."""

from __future__ import annotations

from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import func, select, update

from database.stores import Unit


class State(Protocol):
    """A state by its stored word."""

    @property
    def value(self) -> str:
        """The word."""


class Versioned(Protocol):
    """A value whose version is its state and the instant of its last change."""

    @property
    def state(self) -> State:
        """Its state."""

    @property
    def updated_ms(self) -> int:
        """Epoch milliseconds, no two versions share one."""


V = TypeVar("V", bound=Versioned)


class TriggerRows(Generic[V]):
    """Rows of `table`, named by its column `name`, within one unit of work. OPEN: states that are not final."""

    table: Any
    name: str
    open_states: tuple[str, ...]

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def columns(self, value: V) -> dict[str, object]:
        """The columns of a value."""
        raise NotImplementedError

    def value(self, row: Any) -> V:
        """The value of a row."""
        raise NotImplementedError

    def get(self, name: str) -> V | None:
        """One of any state."""
        row = self._session.scalar(select(self.table).where(self._column == name))
        return self.value(row) if row is not None else None

    def open(self) -> list[V]:
        """Everything that can still send an order or may just have sent one, oldest first."""
        query = select(self.table).where(self._is_open).order_by(self.table.id)
        return [self.value(row) for row in self._session.scalars(query)]

    def count_open(self, account_id: int, mode: str) -> int:
        """How many of an account are open."""
        query = select(func.count()).where(*self._of(account_id, mode), self._is_open)
        return self._session.scalar(query) or 0

    def of_account(self, account_id: int, mode: str, *, history: int) -> list[V]:
        """The open ones, oldest first, then at most `history` finished ones, newest first."""
        mine = select(self.table).where(*self._of(account_id, mode))
        rows = list(self._session.scalars(mine.where(self._is_open).order_by(self.table.id)))
        if history:
            done = mine.where(~self._is_open).order_by(self.table.id.desc()).limit(history)
            rows += self._session.scalars(done)
        return [self.value(row) for row in rows]

    def move(self, value: V, was: V) -> bool:
        """Write all of `value`, if the stored version is still `was`; answers whether it was."""
        changed = self._session.execute(
            update(self.table)
            .where(
                self._column == getattr(value, self.name),
                self.table.state == was.state.value,
                self.table.updated_ms == was.updated_ms,
            )
            .values(**self.columns(value))
            .returning(self.table.id)
        )
        return changed.first() is not None

    @property
    def _column(self) -> Any:
        return getattr(self.table, self.name)

    @property
    def _is_open(self) -> Any:
        return self.table.state.in_(self.open_states)

    def _of(self, account_id: int, mode: str) -> tuple[Any, Any]:
        return self.table.account_id == account_id, self.table.mode == mode

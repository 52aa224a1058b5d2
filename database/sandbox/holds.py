"""What waiting paper GTTs hold back, paise."""

from __future__ import annotations

from sqlalchemy import delete, select

from database.models.sandbox import PaperGttHold
from database.stores import Unit


class GttHolds:
    """Repository by trigger id."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def add(self, trigger_id: str, account_id: int, paise: int, at_ms: int) -> None:
        """A new one."""
        self._session.add(
            PaperGttHold(trigger_id=trigger_id, account_id=account_id, paise=paise, at_ms=at_ms)
        )
        self._session.flush()

    def take(self, trigger_id: str) -> tuple[int, int] | None:
        """Remove one; (account id, paise) of it."""
        row = self._session.get(PaperGttHold, trigger_id)
        if row is None:
            return None
        found = (row.account_id, row.paise)
        self._session.delete(row)
        self._session.flush()
        return found

    def of_account(self, account_id: int) -> dict[str, int]:
        """Paise by trigger id."""
        rows = self._session.scalars(select(PaperGttHold).where(PaperGttHold.account_id == account_id))
        return {row.trigger_id: row.paise for row in rows}

    def ids(self) -> set[str]:
        """Every GTT that holds something."""
        return set(self._session.scalars(select(PaperGttHold.trigger_id)))

    def clear(self, account_id: int) -> None:
        """Forget all of an account, whose ledger begins anew."""
        self._session.execute(delete(PaperGttHold).where(PaperGttHold.account_id == account_id))

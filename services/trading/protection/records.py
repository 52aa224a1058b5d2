"""Protected orders on disk. The journal writes the rows: the first beside its intent, the rest when it writes next."""

from __future__ import annotations

from database.journal import MOVE_PROTECTED
from database.protection.protected import ProtectedRow, ProtectedRows
from domain.errors import OpenAlgoError
from services.trading.journal import Journal
from utils.logging import get_logger

log = get_logger(__name__)


class Records:
    """What the store knows of protected orders."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def since(self, instant_ms: int) -> list[ProtectedRow]:
        """Those that are open or began since an instant, oldest first."""
        with self._journal.reading() as unit:
            return ProtectedRows(unit).since(instant_ms)

    def move(self, tag: str, state: str, began_ms: int | None, ended_ms: int | None, reason: str) -> None:
        """Write how one stands. Nobody waits: what is lost is found again in the broker's book."""
        row = {"tag": tag, "state": state, "began_ms": began_ms, "ended_ms": ended_ms, "reason": reason[:500]}
        try:
            self._journal.note([(MOVE_PROTECTED, row)])
        except OpenAlgoError as error:
            log.error(
                "how a protected order stands is not on disk", tag=tag, state=state, reason=error.message
            )

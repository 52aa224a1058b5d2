"""Kill switches on disk."""

from __future__ import annotations

from sqlalchemy import text

from database.stores import Unit


class KillSwitchRows:
    """Which scopes refuse entries."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def engaged(self) -> dict[str, str]:
        """scope -> reason of every engaged switch."""
        rows = self._session.execute(text("SELECT scope, reason FROM kill_switches WHERE engaged"))
        return {str(row[0]): str(row[1]) for row in rows}

    def put(self, scope: str, engaged: bool, reason: str, changed_ms: int) -> None:
        """Engage or release one scope."""
        self._session.execute(
            text(
                "INSERT INTO kill_switches (scope, engaged, reason, changed_ms)"
                " VALUES (:scope, :engaged, :reason, :changed_ms) ON CONFLICT (scope) DO UPDATE"
                " SET engaged=:engaged, reason=:reason, changed_ms=:changed_ms"
            ),
            {"scope": scope, "engaged": engaged, "reason": reason, "changed_ms": changed_ms},
        )

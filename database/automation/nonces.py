"""Repository of nonces that signed messages have used up."""

from __future__ import annotations

from sqlalchemy import delete

from database.models import automation as tables
from database.stores import Unit


class Nonces:
    """Nonces by strategy, within one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def use_up(self, strategy_id: int, nonce: str, expires_ms: int) -> bool:
        """Remember a nonce until an instant (epoch milliseconds); whether it was new."""
        if self._session.get(tables.WebhookNonce, (strategy_id, nonce)) is not None:
            return False
        self._session.add(tables.WebhookNonce(strategy_id=strategy_id, nonce=nonce, expires_ms=expires_ms))
        self._session.flush()
        return True

    def remove_before(self, instant_ms: int) -> None:
        """Forget nonces that expired before an instant."""
        self._session.execute(delete(tables.WebhookNonce).where(tables.WebhookNonce.expires_ms < instant_ms))

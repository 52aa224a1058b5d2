"""The GTT role of an account's broker, under the account's rate budget and session."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from broker.core.budget import Priority, acting_as
from broker.core.manifest import NativeGtt
from broker.core.roles import Gtt, Session
from domain.errors import NotSupported
from domain.gtt import DeleteGtt, GttRow, ModifyGtt, PlaceGtt
from services.trading.desk import BrokerReads
from services.trading.writes import Account

T = TypeVar("T")


class BrokerGtts(BrokerReads):
    """Writes raise Refused or OutcomeUnknown; a withdrawal goes before an entry when calls are scarce."""

    def native(self, broker: str) -> NativeGtt | None:
        """What the broker's own GTTs can hold, None when it has none."""
        return self.plugin(broker).manifest.gtt

    def place(self, account: Account, command: PlaceGtt) -> str:
        """Set one up; answers its trigger id."""
        return self._ask(
            account, Priority.ENTRY, "gtt_place", lambda role, session: role.place(session, command)
        )

    def modify(self, account: Account, command: ModifyGtt) -> str:
        """Replace an active one; answers its trigger id."""
        return self._ask(
            account, Priority.ENTRY, "gtt_modify", lambda role, session: role.modify(session, command)
        )

    def delete(self, account: Account, command: DeleteGtt) -> str:
        """Withdraw an active one; answers its trigger id."""
        return self._ask(
            account, Priority.CANCEL, "gtt_delete", lambda role, session: role.delete(session, command)
        )

    def book(self, account: Account) -> list[GttRow]:
        """All that the broker shows, in any state."""
        return self._ask(account, Priority.READ, "gtt_book", lambda role, session: role.book(session))

    def _ask(
        self, account: Account, priority: Priority, operation: str, call: Callable[[Gtt, Session], T]
    ) -> T:
        plugin = self._supporting(account.broker, "gtt")
        role = plugin.gtt
        if role is None:
            raise NotSupported(f"{plugin.manifest.name} has no GTTs of its own")
        with acting_as(priority):
            return self._call(account.account_id, operation, lambda session: call(role, session))

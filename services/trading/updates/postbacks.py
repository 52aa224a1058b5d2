"""Order changes that vendors post to us. They are hints: what the book says afterwards is what clients are told."""

from __future__ import annotations

from collections.abc import Callable

from domain.errors import BadVendorData, InvalidInput, NotAllowed, NotAuthenticated, NotFound, SessionDead
from services.trading.desk import BrokerPlugins, BrokerSessions
from services.trading.updates.stream import Owner
from utils.logging import get_logger

log = get_logger(__name__)


class Postbacks:
    """hinted: makes the book of an account be read at once; answers whether it is watched."""

    def __init__(
        self, brokers: BrokerPlugins, sessions: BrokerSessions, connected: Callable[[], list[Owner]],
        hinted: Callable[[int], bool],
    ) -> None:  # fmt: skip
        self._brokers = brokers
        self._sessions = sessions
        self._connected = connected
        self._hinted = hinted

    def receive(self, broker: str, body: bytes) -> None:
        """Take one postback of a broker.

        Raises NotFound for a broker that posts nothing, NotAllowed where no connected account of it proves the body
        with its secrets, InvalidInput for a body that cannot be read.
        """
        read = self._brokers.plugin(broker).postback
        if read is None:
            raise NotFound(f"{broker} posts no order changes")
        accounts = [owner.account_id for owner in self._connected() if owner.broker == broker]
        if not accounts:
            raise NotAllowed("No matching broker session")
        for account_id in accounts:
            try:
                read(self._sessions.session(account_id), body)
            except (NotAuthenticated, SessionDead):
                continue
            except BadVendorData as error:
                raise InvalidInput(f"The message cannot be read: {error.message}") from error
            log.info("a postback tells of an order", account=account_id, watched=self._hinted(account_id))
            return
        raise NotAllowed("No account of this broker proves that the message is genuine")

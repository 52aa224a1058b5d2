"""The installation's own state: trading mode, and whether and by whom it may be set up."""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from database.identity import Users
from database.preferences import Installation as Switches
from database.preferences import InstallationSettings
from database.stores import Store
from domain.errors import NotAllowed
from services.accounts.crypto import Vault
from services.events import Events, ModeChanged
from utils.clock import Clock
from utils.ids import secret_hex
from utils.ttl_cache import TtlCache

LOOPBACK = ("127.0.0.1", "::1", "localhost")
CACHE_SECONDS = 1.0


def is_open_to_network(listens_on: str, public_url: str | None, *, behind_proxy: bool) -> bool:
    """Whether strangers may reach the app: by its own address, under its public URL, or through a reverse proxy."""
    hosts = [listens_on, *([urlsplit(public_url).hostname or ""] if public_url else [])]
    return behind_proxy or any(host not in LOOPBACK for host in hosts)


class Installation:
    """Switches of the whole installation. `open_to_network`: others than this machine's users may reach the app."""

    def __init__(
        self, store: Store, vault: Vault, events: Events, clock: Clock, *, open_to_network: bool
    ) -> None:
        self._store = store
        self._vault = vault
        self._events = events
        self._clock = clock
        self._open_to_network = open_to_network
        self._switches: TtlCache[str, Switches] = TtlCache(1, CACHE_SECONDS, clock, name="switches")
        self._is_set_up = False

    def needs_setup(self) -> bool:
        """Whether no user exists yet."""
        if not self._is_set_up:
            with self._store.reading() as unit:
                self._is_set_up = Users(unit).count() > 0
        return not self._is_set_up

    def setup_token_required(self) -> bool:
        """Whether the first user must show the token that the launcher printed."""
        return self._open_to_network and self.needs_setup()

    def issue_setup_token(self) -> str | None:
        """A fresh one-time token for the launcher to print; None when none is required."""
        if not self.setup_token_required():
            return None
        token = secret_hex(16)
        with self._store.unit() as unit:
            settings = InstallationSettings(unit)
            settings.set_setup_token(self._vault.digest("setup token", token), self._clock.now())
        self._switches.clear()
        return token

    def check_setup_token(self, token: str | None, *, came_from_here: bool = True) -> None:
        """Raise NotAllowed unless the right token was shown or none is required.

        Without a token only a request that came straight from this machine may set up (`came_from_here`): a reverse
        proxy, or a page whose name was bound to the loopback address, would let a stranger in.
        """
        if not self.setup_token_required():
            if not came_from_here:
                raise NotAllowed(
                    "Set up the app from the machine it runs on, or set HOST_SERVER to its public address and"
                    " start it again for a set-up token",
                    code="SETUP_HOST",
                )
            return
        with self._store.reading() as unit:
            wanted = InstallationSettings(unit).get().setup_token_hash
        shown = self._vault.digest("setup token", token or "")
        if wanted is None or not hmac.compare_digest(wanted, shown):
            raise NotAllowed(
                "The set-up token is missing or wrong; the server printed it when it started",
                code="SETUP_TOKEN",
            )

    def app_mode(self) -> str:
        """`live` or `analyze`; a change elsewhere is seen within a second."""
        return "analyze" if self._switches.get_or_load("all", self._load).analyze_mode else "live"

    def set_analyze_mode(self, on: bool) -> None:
        """Switch paper trading on or off and tell everyone."""
        with self._store.unit() as unit:
            InstallationSettings(unit).set_analyze_mode(on, self._clock.now())
        self._switches.clear()
        self._events.publish(ModeChanged(mode="analyze" if on else "live"))

    def _load(self) -> Switches:
        with self._store.reading() as unit:
            return InstallationSettings(unit).get()

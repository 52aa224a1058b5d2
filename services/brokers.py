"""The plug-in host: manifests as data, and each plug-in built once per process with its hosts, options and folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from broker.core.budget import Budget, Budgets
from broker.core.http import Transport
from broker.core.manifest import Manifest, RateClass, chosen
from broker.core.registry import Registry
from broker.core.roles import ContextParts, InstrumentLookup, Plugin, Renew
from domain.errors import NotFound
from utils.clock import Clock
from utils.concurrency import Lock
from utils.ids import IdSource
from utils.logging import get_logger
from utils.settings import Settings

log = get_logger(__name__)


class BrokerHost:
    """Plug-ins of one process. `lookup` answers the contract master of a broker."""

    def __init__(
        self, registry: Registry, settings: Settings, transport: Transport,
        lookup: Callable[[str], InstrumentLookup], clock: Clock, ids: IdSource, renew: Renew | None = None,
    ) -> None:  # fmt: skip
        self._registry = registry
        self._settings = settings
        self._transport = transport
        self._lookup = lookup
        self._clock = clock
        self._ids = ids
        self._renew = renew
        self._lock = Lock()
        self._plugins: dict[str, Plugin] = {}
        self._budgets: dict[str, Budgets] = {}
        self._made: dict[str, tuple[Manifest, Manifest]] = {}

    def manifests(self) -> dict[str, Manifest]:
        """Readable manifests of the brokers that VALID_BROKERS admits, by id."""
        offered = self._settings.valid_brokers
        found = self._registry.manifests()
        return {
            name: self._chosen(manifest) for name, manifest in found.items() if not offered or name in offered
        }

    def manifest(self, broker_id: str) -> Manifest:
        """One manifest. Raises NotFound."""
        offered = self._settings.valid_brokers
        manifest = self._registry.manifest(broker_id) if not offered or broker_id in offered else None
        if manifest is None:
            raise NotFound(f"There is no broker {broker_id!r}", code="UNKNOWN_BROKER")
        return self._chosen(manifest)

    def _chosen(self, manifest: Manifest) -> Manifest:
        """As this installation's options make it; a bad one breaks the plug-in when it is built, and nothing before."""
        known = self._made.get(manifest.id)
        if known is not None and known[0] is manifest:
            return known[1]
        try:
            made = chosen(manifest, self._options(manifest))
        except ValueError:
            made = manifest
        self._made[manifest.id] = (manifest, made)
        return made

    def broken(self) -> dict[str, str]:
        """Why a plug-in cannot be used, by id."""
        return self._registry.broken()

    def proofs(self, broker_id: str) -> dict[str, int]:
        """How many test cases prove each capability of a broker. Raises NotFound."""
        return self._registry.proofs(self.manifest(broker_id).id)

    def plugin(self, broker_id: str) -> Plugin:
        """The plug-in, built on first use. Raises NotFound or PluginBroken."""
        built = self._plugins.get(broker_id)
        if built is not None:
            return built
        manifest = self.manifest(broker_id)
        with self._lock:
            if broker_id not in self._plugins:
                self._plugins[broker_id] = self._registry.build(broker_id, self._parts(manifest))
            return self._plugins[broker_id]

    def budget(self, broker_id: str, account_id: int) -> Budget:
        """The rate budget that an account shares among all its calls."""
        return self._budgets_of(self.manifest(broker_id)).of(account_id)

    def option(self, broker_id: str, name: str) -> str:
        """What an option of a plug-in is set to. Raises NotFound, and KeyError for an option it does not have."""
        manifest = self.manifest(broker_id)
        return {**manifest.options, **self._options(manifest)}[name]

    def close(self) -> None:
        """Close every built plug-in, then the transport."""
        with self._lock:
            plugins, self._plugins = list(self._plugins.values()), {}
        for plugin in plugins:
            if plugin.close is not None:
                plugin.close()
        self._transport.close()

    def _budgets_of(self, manifest: Manifest) -> Budgets:
        rates = manifest.limits.rates
        if self._settings.broker_option(manifest.id, "rate_limits") == "off":
            # For vendor test hosts and benchmarks: the classes stay, their windows go.
            rates = {name: RateClass() for name in rates}
        return self._budgets.setdefault(manifest.id, Budgets(rates, self._clock))

    def _parts(self, manifest: Manifest) -> ContextParts:
        folder = data_folder(self._settings.openalgo_data_dir, manifest.id)
        return ContextParts(
            transport=self._transport,
            instruments=self._lookup(manifest.id),
            clock=self._clock,
            ids=self._ids,
            data_dir=folder,
            hosts=self._hosts(manifest),
            settings=self._options(manifest),
            budgets=self._budgets_of(manifest),
            renew=self._renew,
            alarm=lambda what, detail: log.error(
                "A vendor said something unknown", broker=manifest.id, what=what, detail=detail
            ),
        )

    def _hosts(self, manifest: Manifest) -> dict[str, str]:
        """BROKER_<ID>_<NAME>_URL over the manifest's host of that name."""
        found = {name: self._settings.broker_option(manifest.id, f"{name}_url") for name in manifest.hosts}
        return {name: url for name, url in found.items() if url}

    def _options(self, manifest: Manifest) -> dict[str, str]:
        """BROKER_<ID>_<OPTION>, else the setting <ID>_<OPTION> where the installation has one."""
        options = dict(self._settings.broker_options(manifest.id))
        for name in manifest.options:
            of_ours = getattr(self._settings, f"{manifest.id}_{name}", None)
            if name not in options and of_ours is not None:
                options[name] = str(of_ours)
        return options


def data_folder(data_dir: Path, broker_id: str) -> Path:
    """The plug-in's own folder, made for the owner only."""
    folder = data_dir / "db" / "brokers" / broker_id
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder

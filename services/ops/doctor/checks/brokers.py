"""Settings of brokers that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator

from broker.core.registry import PLUGIN_FOLDER
from services.ops.doctor.findings import Severity, check
from services.ops.doctor.patient import Patient
from utils.settings import Settings, reveal

# Brokers of the XTS family have a second key pair, for market data.
_TWO_PAIRS = {"fivepaisaxts", "compositedge", "ibulls", "iifl", "jainamxts", "rmoney", "wisdom"}


def _plugins() -> set[str]:
    return {path.parent.name for path in PLUGIN_FOLDER.glob("*/plugin.json")}


def _named(settings: Settings) -> str:
    """The broker that REDIRECT_URL names."""
    parts = settings.redirect_url.rsplit("/", 2)
    return parts[-2] if len(parts) == 3 else ""


@check("brokers.unknown", Severity.CRITICAL, "Correct the name; docs/brokers/matrix.md lists every broker")
def unknown(patient: Patient) -> Iterator[str]:
    """A name that no plug-in has."""
    if patient.settings is None:
        return
    known = _plugins()
    named = _named(patient.settings)
    if named and named not in known:
        yield f"REDIRECT_URL names {named}"
    yield from (f"VALID_BROKERS names {name}" for name in patient.settings.valid_brokers if name not in known)


@check(
    "brokers.incomplete",
    Severity.WARNING,
    "Set BROKER_API_KEY and BROKER_API_SECRET, or enter them with the account in the desk",
)
def incomplete(patient: Patient) -> Iterator[str]:
    """Half of a key pair."""
    settings = patient.settings
    if settings is None or not _named(settings):
        return
    pair = {"BROKER_API_KEY": settings.broker_api_key, "BROKER_API_SECRET": settings.broker_api_secret}
    missing = [name for name, secret in pair.items() if not reveal(secret)]
    if len(missing) == 1:
        yield f"{missing[0]} is empty, the other half of the pair is not"


@check("brokers.market-pair", Severity.WARNING, "Set BROKER_API_KEY_MARKET and BROKER_API_SECRET_MARKET too")
def market_pair(patient: Patient) -> Iterator[str]:
    """Orders would go, prices would not come."""
    settings = patient.settings
    if settings is None or _named(settings) not in _TWO_PAIRS or not reveal(settings.broker_api_key):
        return
    if not (reveal(settings.broker_api_key_market) and reveal(settings.broker_api_secret_market)):
        yield f"{_named(settings)} needs a second key pair for market data"


@check("brokers.unlisted", Severity.WARNING, "Add the broker to VALID_BROKERS, or remove its accounts")
def unlisted(patient: Patient) -> Iterator[str]:
    """Accounts that nobody can connect any more."""
    settings = patient.settings
    offered = set(settings.valid_brokers) if settings and settings.valid_brokers else _plugins()
    for broker, count in patient.rows("main", "SELECT broker, count(*) FROM broker_accounts GROUP BY broker"):
        if broker not in offered:
            yield f"{count} accounts at {broker}, which is not offered"


@check(
    "brokers.other-host",
    Severity.WARNING,
    "Remove BROKER_<ID>_REST_URL and _WS_URL unless it is the vendor's test host or your proxy",
)
def other_host(patient: Patient) -> Iterator[str]:
    """Credentials and orders go to another address than the vendor's."""
    if patient.settings is None:
        return
    for broker in sorted(_plugins()):
        for name, url in patient.settings.broker_options(broker).items():
            if name.endswith("_url"):
                yield f"{broker} is reached at {url}"


@check("brokers.limits-off", Severity.CRITICAL, "Remove BROKER_<ID>_RATE_LIMITS")
def limits_off(patient: Patient) -> Iterator[str]:
    """A vendor bars who sends faster than it allows."""
    if patient.settings is None:
        return
    for broker in sorted(_plugins()):
        if patient.settings.broker_option(broker, "rate_limits") == "off":
            yield f"the vendor's rates of {broker} are not kept"

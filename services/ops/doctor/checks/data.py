"""What the stores hold: orders without an outcome, stale contracts, records of the future."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from services.accounts.installation import is_open_to_network
from services.market.calendar import Calendar
from services.ops.doctor.findings import Severity, check
from services.ops.doctor.patient import Patient
from utils.clock import epoch_ms

DAY_MS = 86_400_000
STALE_CONTRACTS = dt.timedelta(days=2)
SLACK_MS = 60_000


@check(
    "data.no-administrator",
    Severity.CRITICAL,
    "Restore a backup from before, or ask for help: nobody can administer this installation",
)
def no_administrator(patient: Patient) -> Iterator[str]:
    """Users, and none who may set anything."""
    for users, administrators in patient.rows(
        "main", "SELECT count(*), coalesce(sum(CASE WHEN is_admin THEN 1 ELSE 0 END), 0) FROM users"
    ):
        if users and not administrators:
            yield f"{users} users and no administrator"


@check("data.no-user", Severity.INFO, "Open the desk in a browser and set it up")
def no_user(patient: Patient) -> Iterator[str]:
    """Not set up yet."""
    for (users,) in patient.rows("main", "SELECT count(*) FROM users"):
        if not users:
            yield "nobody has been set up yet"


@check(
    "data.password-alone", Severity.WARNING, "Turn the second step on (account page) for every administrator"
)
def password_alone(patient: Patient) -> Iterator[str]:
    """Reachable for strangers, and only a password between them and the desk."""
    settings = patient.settings
    if settings is None or not is_open_to_network(
        settings.flask_host_ip, str(settings.host_server), behind_proxy=settings.trust_proxy_headers
    ):
        return
    query = (
        "SELECT username FROM users WHERE is_admin AND id NOT IN"
        " (SELECT user_id FROM second_factors WHERE confirmed_at IS NOT NULL)"
    )
    yield from (f"{name} signs in with a password alone" for (name,) in patient.rows("main", query))


@check(
    "data.unsettled-orders",
    Severity.WARNING,
    "Connect the account: the gateway asks the broker; then look at the drift report",
)
def unsettled_orders(patient: Patient) -> Iterator[str]:
    """Orders of which nobody knows for more than a day whether they went."""
    query = (
        "SELECT broker, count(*) FROM order_intents WHERE state IN ('pending', 'unknown') AND created_ms < :before"
        " GROUP BY broker"
    )
    for broker, count in patient.rows("main", query, before=epoch_ms(patient.clock.now()) - DAY_MS):
        yield f"{count} orders at {broker} have had no outcome for more than a day"


@check("data.from-the-future", Severity.CRITICAL, "Correct the machine's clock (NTP) before trading")
def from_the_future(patient: Patient) -> Iterator[str]:
    """The clock went back, or went wrong before."""
    now = epoch_ms(patient.clock.now())
    for (newest,) in patient.rows("main", "SELECT max(created_ms) FROM order_intents"):
        if newest is not None and newest > now + SLACK_MS:
            yield f"the newest order is {(newest - now) // 1000} s ahead of the machine's clock"


@check(
    "data.contracts-failed",
    Severity.WARNING,
    "Load them anew on the account page; the message says what the gates refused",
)
def contracts_failed(patient: Patient) -> Iterator[str]:
    """The last load was refused."""
    query = (
        "SELECT broker, message FROM contract_status WHERE status = 'error'"
        " AND broker IN (SELECT broker FROM broker_accounts)"
    )
    yield from (f"{broker}: {message}" for broker, message in patient.rows("main", query))


@check(
    "data.contracts-stale",
    Severity.WARNING,
    "Connect an account of the broker: contracts load after the cut-off time",
)
def contracts_stale(patient: Patient) -> Iterator[str]:
    """Yesterday's lots and tokens."""
    query = (
        "SELECT broker, downloaded_at FROM contract_status WHERE downloaded_at IS NOT NULL"
        " AND broker IN (SELECT broker FROM broker_accounts)"
    )
    for broker, loaded in patient.rows("main", query):
        at = loaded if isinstance(loaded, dt.datetime) else dt.datetime.fromisoformat(str(loaded))
        age = patient.clock.now() - (at if at.tzinfo else at.replace(tzinfo=dt.UTC))
        if age > STALE_CONTRACTS:
            yield f"the contracts of {broker} are {age.days} days old"


@check("data.kill-switch", Severity.INFO, "Release it on the risk page when the reason is gone")
def kill_switch(patient: Patient) -> Iterator[str]:
    """Entries are refused."""
    for scope, reason in patient.rows("main", "SELECT scope, reason FROM kill_switches WHERE engaged"):
        yield f"entries of {scope} are stopped: {reason}"


@check(
    "data.paper-unbalanced", Severity.CRITICAL, "Make a backup and report it; then reset the paper account"
)
def paper_unbalanced(patient: Patient) -> Iterator[str]:
    """Double entry: an account's balances add up to nothing."""
    query = "SELECT account_id, sum(paise) FROM paper_balances GROUP BY account_id HAVING sum(paise) <> 0"
    for account, paise in patient.rows("sandbox", query):
        yield f"the paper ledger of account {account} is off by {paise / 100:.2f}"


@check(
    "cookies.dead",
    Severity.INFO,
    "None needed: the running program forgets them each half minute; if they stay, look for errors of `web-sessions`",
)
def dead_cookies(patient: Patient) -> Iterator[str]:
    """Sign-ins that ended more than a day ago and were not swept."""
    before = (patient.clock.now() - dt.timedelta(days=1)).astimezone(dt.UTC)
    query = "SELECT count(*) FROM web_sessions WHERE expires_at < :before"
    for (count,) in patient.rows("main", query, before=f"{before:%Y-%m-%d %H:%M:%S}"):
        if count:
            yield f"{count} browser sessions ended and are still kept"


@check("data.dead-logins", Severity.WARNING, "Log in at the broker again from the desk")
def dead_logins(patient: Patient) -> Iterator[str]:
    """Active accounts without a broker session: their orders are refused."""
    query = (
        "SELECT a.broker, a.label FROM broker_accounts a JOIN broker_sessions s ON s.account_id = a.id"
        " WHERE a.active AND s.state <> 'valid'"
    )
    yield from (f"{label} ({broker}) has no valid login" for broker, label in patient.rows("main", query))


@check(
    "calendar.year-missing", Severity.WARNING, "Update the program, or enter the holidays on the admin page"
)
def year_missing(patient: Patient) -> Iterator[str]:
    """Holidays of the quarter ahead are not known."""
    yield from Calendar().warnings(patient.clock.now())

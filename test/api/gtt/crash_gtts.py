"""Kills the app around a GTT that fires and around one on its way to the broker, restarts it and counts.

    python test/api/gtt/crash_gtts.py

A victim dies by SIGKILL at each point in turn; a judge opens the folder it left, after the time that a write needs to
appear, and demands exactly one order, or exactly one GTT at the broker. A point that fails prints itself.
"""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parents[2]))

import kite_app  # noqa: E402

from domain.feed import MarketData  # noqa: E402
from domain.triggers.held import Happening, Leg  # noqa: E402
from test.twins.kite.process import KiteProcess  # noqa: E402
from utils.clock import epoch_ms  # noqa: E402

points = kite_app.load("gtt_crash_points", HERE.parent / "crash_points.py")
FIRING = ("before the claim", "claimed", "before the send", "after the send", "before the outcome", "outcome")
SENDING = ("before the send", "after the send", "after the answer")


def die() -> None:
    """As a power cut would: nothing is flushed, nothing is closed."""
    os.kill(os.getpid(), signal.SIGKILL)


class Dying:
    """A role of a plug-in that dies before or after it placed something."""

    def __init__(self, real: Any, point: str) -> None:
        self._real = real
        self._point = point

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def place(self, session: Any, command: Any) -> str:
        if self._point == "before the send":
            die()
        found: str = self._real.place(session, command)
        if self._point == "after the send":
            die()
        return found


def replace_role(services: Any, broker: str, **roles: Any) -> None:
    """Give a plug-in other roles."""
    plugin = services.brokers.plugin(broker)
    services.brokers._plugins[broker] = msgspec.structs.replace(plugin, **roles)


# A GTT of ours that fires.


def fire(folder: Path, point: str) -> None:
    """Place a GTT at the practice exchange, let the market reach it and die at `point`."""
    app, services = points.harness.open_app(folder, points.contracts_of(folder))
    key = (folder / points.FILES["key"]).read_text()
    client = app.test_client()
    quote = client.post("/api/v1/quotes", json={"apikey": key, "symbol": "SBIN", "exchange": "NSE"})
    ltp = quote.get_json()["data"]["ltp"]
    high = round(ltp * 1.1, 1)
    fields = {
        "strategy": "crash", "trigger_type": "SINGLE", "exchange": "NSE", "symbol": "SBIN", "action": "BUY",
        "product": "CNC", "quantity": 1, "pricetype": "MARKET", "triggerprice_tg": high,
    }  # fmt: skip
    answer = client.post("/api/v1/placegttorder", json={"apikey": key, **fields}).get_json()
    points.note(folder, answer["trigger_id"])
    watcher = services.trigger_watcher
    replace_role(services, "simulator", orders=Dying(services.brokers.plugin("simulator").orders, point))
    arm(watcher, point)
    at = epoch_ms(watcher._clock.now())
    tick = MarketData(exchange="NSE", symbol="SBIN", mode=1, ltp=high, received_at_ms=at)
    assert watcher._ticks.counts("simulator", tick)
    watcher.fire(answer["trigger_id"], Leg.TARGET)


def arm(watcher: Any, point: str) -> None:
    """Let the watcher die at a point of its own."""
    real = watcher.move

    def move(gtt: Any, happening: Happening, *more: Any, **changes: Any) -> Any:
        if (happening, point) in (
            (Happening.CLAIM, "before the claim"),
            (Happening.SENT, "before the outcome"),
        ):
            die()
        found = real(gtt, happening, *more, **changes)
        if (happening, point) in ((Happening.CLAIM, "claimed"), (Happening.SENT, "outcome")):
            die()
        return found

    watcher.move = move


def judge_fired(folder: Path, point: str) -> None:
    """The restart ends with one order, or with a GTT that waits on because nothing was claimed."""
    _, services = points.reopened(folder)
    try:
        (trigger_id,) = (folder / points.FILES["orders"]).read_text().split()
        watcher = services.trigger_watcher
        watcher.round()
        session = services.accounts.session(1)
        book = services.brokers.plugin("simulator").orders.order_book(session)
        principal = services.callers.principal(1, "ui")
        (gtt,) = services.gtts.book(principal, history=True).held
        assert gtt.trigger_id == trigger_id
        if point == "before the claim":
            assert (gtt.state.value, book) == ("active", []), f"{gtt} {book}"
            watcher.fire(trigger_id, Leg.TARGET)
            watcher.round()
            (gtt,) = services.gtts.book(principal, history=True).held
            book = services.brokers.plugin("simulator").orders.order_book(session)
        assert gtt.state.value == "triggered", gtt
        assert [row.order_id for row in book] == [gtt.order_id], f"{book} but {gtt}"
        (intent,) = [item for item in services.trading.journal.recent(1, 3600) if item.state == "acked"]
        assert (intent.source, intent.order_id) == ("gtt", gtt.order_id), intent
    finally:
        services.close()


# A GTT on its way to the broker.


def send(folder: Path, twin: Any, point: str, quantity: int) -> None:
    """Place a GTT at the Kite twin under a key and die at `point`."""
    app, services = kite_app.open_again(folder, twin, points.contracts_of(folder))
    if point == "after the answer":
        decide = services.trading.journal.decide

        def decide_and_die(*arguments: Any, **options: Any) -> None:
            decide(*arguments, **options)
            die()

        services.trading.journal.decide = decide_and_die
    else:
        replace_role(services, "zerodha", gtt=Dying(services.brokers.plugin("zerodha").gtt, point))
    place(app, folder, quantity)


def place(app: Any, folder: Path, quantity: int) -> Any:
    """The call under its key; the terms do not depend on the market of the moment."""
    key = (folder / points.FILES["key"]).read_text()
    fields = {
        "strategy": "crash", "trigger_type": "SINGLE", "exchange": "NSE", "symbol": "SBIN", "action": "BUY",
        "product": "CNC", "quantity": quantity, "price": 1, "triggerprice_sl": 1, "idempotency_key": "crash",
    }  # fmt: skip
    return app.test_client().post("/api/v1/placegttorder", json={"apikey": key, **fields})


def judge_sent(folder: Path, twin: Any, point: str, quantity: int) -> None:
    """Every repeat under the key names the one GTT that the broker has."""
    app, services = points.reopened(folder, lambda folder, *rest: kite_app.open_again(folder, twin, *rest))
    try:
        answers = [place(app, folder, quantity) for _ in range(3)]
        rows = [row for row in twin.state()["gtts"][twin.user] if row["orders"][0]["quantity"] == quantity]
        assert [answer.status_code for answer in answers] == [200] * 3, answers[0].data
        (row,) = rows
        assert {answer.get_json()["trigger_id"] for answer in answers} == {str(row["id"])}
        assert services.trading.journal.unresolved_gtts() == []
    finally:
        services.close()


def prepare_kite(folder: Path, twin: Any) -> None:
    """A user with an account at the twin and a key."""
    listed: list[Any] = []
    _, services = kite_app.set_up(folder, twin, listed)
    (folder / points.FILES["contracts"]).write_bytes(pickle.dumps(listed))
    (folder / points.FILES["key"]).write_text(services.api_keys.rotate(1))
    services.close()


def tried(
    prepared: Path, folder: Path, victim: Callable[[Path], None], judge: Callable[[Path], None]
) -> str | None:
    """One death and one judgement: what is wrong, None when nothing is."""
    shutil.copytree(prepared, folder)
    code = points.ended(points.forked(folder, lambda: victim(folder)))
    if code != -signal.SIGKILL:
        return f"the victim ended with {code}: {points.told(folder)}"
    if points.ended(points.forked(folder, lambda: judge(folder))) != 0:
        return str(points.told(folder))
    return None


def main() -> int:
    """Exit code 0 when every point told the truth."""
    failures = []
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        for folder in ("practice", "kite", "twin"):
            (top / folder).mkdir()
        assert points.ended(points.forked(top / "practice", lambda: points.prepare(top / "practice"))) == 0
        for number, point in enumerate(FIRING):
            wrong = tried(
                top / "practice", top / f"fire-{number}", lambda f, p=point: fire(f, p),
                lambda f, p=point: judge_fired(f, p),
            )  # fmt: skip
            failures += [f"firing, {point}: {wrong}"] if wrong else []
        twin = KiteProcess(top / "twin")
        try:
            kite = top / "kite"
            assert points.ended(points.forked(kite, lambda: prepare_kite(kite, twin))) == 0, points.told(kite)
            for number, point in enumerate(SENDING, start=1):
                wrong = tried(
                    kite, top / f"send-{number}", lambda f, p=point, n=number: send(f, twin, p, n),
                    lambda f, p=point, n=number: judge_sent(f, twin, p, n),
                )  # fmt: skip
                failures += [f"sending, {point}: {wrong}"] if wrong else []
        finally:
            twin.stop()
    print(*failures, sep="\n")
    print(f"{len(FIRING) + len(SENDING)} deaths, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

"""Kills the app at seeded points of its own order path, restarts it and asks what became of every order.

    python test/api/crash_points.py [--seeds 50] [--first 1] [--jobs 2]

One process loads the program and forks a victim and a judge for each seed. The victim places orders (several at once
for every second seed) and dies by SIGKILL at the n-th call inside the order path, n drawn from the seed. The judge
opens the same folder after the time that an order needs to appear, and demands: every answer that was given still
holds, every repeat under its key answers one and the same order, the exchange holds exactly one order for each key,
and no intent is left without an end. A seed that fails prints itself.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import importlib.util
import os
import pickle
import random
import shutil
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

# Loaded before the forks, so that no child loads it again.
import blueprints.install  # noqa: E402, F401
import broker.core.transport  # noqa: E402
import broker.simulator.adapter  # noqa: E402, F401
import restx_api.routes  # noqa: E402, F401
from services.trading.reconciliation.reconciler import SETTLE_SECONDS  # noqa: E402
from services.trading.writes import Account  # noqa: E402
from utils.clock import SystemClock  # noqa: E402

COUNTED = tuple(
    str(ROOT / part) for part in ("services/trading", "database/journal.py", "broker/simulator/exchange.py")
)
KEYED = 4
SYMBOLS = ("RELIANCE", "SBIN", "INFY", "TCS")
FILES = {"orders": "given.txt", "key": "api-key.txt", "contracts": "contracts.pickle", "error": "error.txt"}


def load_harness() -> Any:
    """The app of the API tests."""
    spec = importlib.util.spec_from_file_location("api_harness", HERE / "conftest.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


harness = load_harness()


class LaterClock(SystemClock):
    """The machine's clock; `settle` lets the time pass that an order needs to appear in a book."""

    ahead = 0.0

    def now(self) -> dt.datetime:
        return super().now() + dt.timedelta(seconds=self.ahead)

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead

    def settle(self) -> None:
        self.ahead += SETTLE_SECONDS + 5


def reopened(folder: Path, open_app: Callable[..., tuple[Any, Any]] = harness.open_app) -> tuple[Any, Any]:
    """The app on what a death has left, up for as long as an order needs to appear."""
    clock = LaterClock()
    found = open_app(folder, contracts_of(folder), clock)
    clock.settle()
    return found


class Death:
    """Counts calls inside the order path and kills the process at the n-th."""

    def __init__(self, at: int | None) -> None:
        self.at = at
        self.count = 0
        self.armed = False

    def __call__(self, frame: Any, event: str, argument: Any) -> None:
        if not self.armed or event != "call" or not frame.f_code.co_filename.startswith(COUNTED):
            return
        self.count += 1
        if self.count == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


def orders(seed: int) -> list[dict[str, Any]]:
    """Keyed orders of a seed, the first without a key."""
    dice = random.Random(seed)
    return [
        {
            "strategy": f"crash-{number}", "exchange": "NSE", "symbol": dice.choice(SYMBOLS), "action": "BUY",
            "quantity": dice.randint(1, 5), "product": "MIS", "pricetype": "MARKET",
            "client_order_id": None if number == 0 else f"seed-{seed}-{number}",
        }
        for number in range(KEYED + 1)
    ]  # fmt: skip


def place(app: Any, key: str, order: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """One REST call."""
    fields = {name: value for name, value in order.items() if value is not None}
    answer = app.test_client().post("/api/v1/placeorder", json={"apikey": key, **fields})
    return answer.status_code, answer.get_json()


def note(folder: Path, line: str) -> None:
    """A line that survives the writer."""
    with (folder / FILES["orders"]).open("ab", buffering=0) as file:
        file.write(line.encode() + b"\n")


def victim(folder: Path, seed: int, at: int | None) -> int:
    """Place the seed's orders; dies at the `at`-th counted call, None counts them all."""
    death = Death(at)
    threading.setprofile(death)  # the journal's thread dies too, so before it is started
    app, services = harness.open_app(folder, contracts_of(folder))
    key = (folder / FILES["key"]).read_text()
    sys.setprofile(death)
    death.armed = True

    def run(order: dict[str, Any]) -> None:
        status, body = place(app, key, order)
        note(folder, f"{order['strategy']} {status} {body.get('orderid', '')}")

    if seed % 2:
        threads = [threading.Thread(target=run, args=(order,)) for order in orders(seed)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    else:
        for order in orders(seed):
            run(order)
    death.armed = False
    services.close()
    return death.count


def judge(folder: Path, seed: int) -> None:
    """Open what the victim left and demand the truth. Raises AssertionError."""
    app, services = reopened(folder)
    try:
        key = (folder / FILES["key"]).read_text()
        given = read_given(folder)
        answered: dict[str, str] = {}
        for order in orders(seed)[1:]:
            status, body = place(app, key, order)
            assert status == 200, f"the repeat of {order['client_order_id']} answered {status}: {body}"
            answered[order["strategy"]] = body["orderid"]
        for strategy, order_id in given.items():
            if strategy in answered:
                assert answered[strategy] == order_id, f"{strategy} was {order_id}, is {answered[strategy]}"
        check_books(services, given, answered)
    finally:
        services.close()


def check_books(services: Any, given: dict[str, str], answered: dict[str, str]) -> None:
    """One order per key at the exchange; every intent has an end that the book confirms."""
    session = services.accounts.session(1)
    book = services.brokers.plugin("simulator").orders.order_book(session)
    journal = services.trading.journal
    if (
        journal.unresolved()
    ):  # nobody repeats an order without a key; the poll that settles it may not have come yet
        services.trading.reconciler.look(Account(account_id=1, broker="simulator"))
    left = journal.unresolved()
    assert left == [], f"intents without an end: {left}"
    by_strategy: dict[str, list[str]] = {}
    for row in book:
        intent = journal.by_tag(row.tag)
        assert intent is not None, f"order {row.order_id} has no intent"
        assert (intent.state, intent.order_id) == ("acked", row.order_id), (
            f"{intent} but {row.order_id} is live"
        )
        by_strategy.setdefault(intent.strategy, []).append(row.order_id)
    for strategy, order_id in answered.items():
        assert by_strategy.get(strategy) == [order_id], (
            f"{strategy}: {by_strategy.get(strategy)} != {order_id}"
        )
    unkeyed = by_strategy.get("crash-0", [])
    assert len(unkeyed) <= 1, f"an order without a key stands twice: {unkeyed}"
    if "crash-0" in given:
        assert unkeyed == [given["crash-0"]], f"an acknowledged order is missing: {given['crash-0']}"


def read_given(folder: Path) -> dict[str, str]:
    """strategy -> order id of every success that was answered before the death."""
    path = folder / FILES["orders"]
    lines = [line.split(" ") for line in path.read_text().splitlines()] if path.exists() else []
    return {line[0]: line[2] for line in lines if line[1] == "200"}


def contracts_of(folder: Path) -> list[Any]:
    """The few contracts that the orders need."""
    return list(pickle.loads((folder / FILES["contracts"]).read_bytes()))


def prepare(folder: Path) -> None:
    """A user with a practice account and a key."""
    listed: list[Any] = []
    _, services = harness.start_app(folder, listed)
    few = [row for row in listed if row.exchange == "NSE" and row.symbol in SYMBOLS]
    (folder / FILES["contracts"]).write_bytes(pickle.dumps(few))
    (folder / FILES["key"]).write_text(services.api_keys.rotate(1))
    services.close()


def warm_up(folder: Path) -> None:
    """A life without a death in this process, so that no child has to load or work out what all of them need."""
    app, services = harness.open_app(folder, contracts_of(folder))
    status, body = place(app, (folder / FILES["key"]).read_text(), orders(0)[0])
    services.close()
    assert status == 200, body
    assert threading.active_count() == 1, "a fork would lose the threads that are left"
    gc.freeze()


def forked(folder: Path, work: Callable[[], object]) -> int:
    """Run `work` in a child; answers its process id."""
    child = os.fork()
    if child:
        return child
    code = 0
    try:
        sink = os.open(folder / "output.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        work()
    except BaseException:
        (folder / FILES["error"]).write_text(traceback.format_exc())
        code = 1
    os._exit(code)


def ended(child: int) -> int:
    """The child's exit code, negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def count_calls(prepared: Path, where: Path, seed: int) -> int:
    """How many counted calls the orders of a seed make when nobody dies."""
    shutil.copytree(prepared, where)
    assert ended(forked(where, lambda: note(where, f"calls {victim(where, seed, None)} -"))) == 0, told(where)
    return int((where / FILES["orders"]).read_text().splitlines()[-1].split(" ")[1])


def told(folder: Path) -> str:
    """What a child says of its failure."""
    path = folder / FILES["error"]
    return path.read_text() if path.exists() else "no word from the child"


def try_seed(prepared: Path, folder: Path, seed: int, calls: int) -> tuple[bool, str | None]:
    """One death and one judgement: whether the victim died in time, and what is wrong."""
    at = random.Random(f"point-{seed}").randint(1, calls * 9 // 10)
    shutil.copytree(prepared, folder)
    code = ended(forked(folder, lambda: victim(folder, seed, at)))
    if code not in (0, -signal.SIGKILL):
        return False, f"seed {seed}: the victim ended with {code}: {told(folder)}"
    if ended(forked(folder, lambda: judge(folder, seed))) != 0:
        return True, f"seed {seed}, call {at} of {calls}: {told(folder)}"
    return code != 0, None


def share(prepared: Path, folder: Path, seeds: list[int], calls: dict[int, int]) -> None:
    """Try some seeds; raises with all that failed."""
    failures = []
    for seed in seeds:
        died, failure = try_seed(prepared, folder / str(seed), seed, calls[seed % 2])
        if failure is not None:
            failures.append(failure)
        note(folder, "died" if died else "survived")
        shutil.rmtree(folder / str(seed), ignore_errors=True)
    if failures:
        raise AssertionError("\n".join(failures))


def main() -> int:
    """Exit code 0 when every seed told the truth."""
    parser = argparse.ArgumentParser(description="Kill the app at seeded points of its order path.")
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    wanted = parser.parse_args()
    seeds = list(range(wanted.first, wanted.first + wanted.seeds))
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        prepared = top / "prepared"
        prepared.mkdir()
        if ended(forked(prepared, lambda: prepare(prepared))) != 0:
            print(told(prepared))
            return 1
        shutil.copytree(prepared, top / "warm")
        warm_up(top / "warm")
        calls = {parity: count_calls(prepared, top / f"count-{parity}", parity) for parity in (0, 1)}
        workers = []
        for number in range(wanted.jobs):
            folder = top / f"job-{number}"
            folder.mkdir()
            mine = seeds[number :: wanted.jobs]
            workers.append((folder, forked(folder, lambda f=folder, m=mine: share(prepared, f, m, calls))))
        failed = [told(folder) for folder, child in workers if ended(child) != 0]
        ends = [(folder / FILES["orders"]).read_text().split() for folder, _ in workers]
    died = sum(words.count("died") for words in ends)
    print(*failed, sep="\n")
    print(f"{died} of {len(seeds)} died in time, {len(failed)} workers with failures, about {calls} calls")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""Measures a contract master of 100,000 rows: download to usable, memory held, look-ups and searches.

python test/perf/contracts.py [rows]
"""

import csv
import datetime as dt
import gc
import io
import random
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import psutil

sys.path.insert(0, str(Path(__file__).parents[2]))

from universe import build

from broker.core.registry import PLUGIN_FOLDER, ContextParts, load_plugins
from broker.core.roles import Session
from database.migrate import migrate
from database.stores import Stores, StoreUrls
from services.events import Events
from services.market.calendar import Calendar
from services.market.contracts import ContractMaster
from services.market.instruments import Instruments
from utils.clock import ManualClock, SystemClock
from utils.ids import SystemIds

COLUMNS = (
    "instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,lot_size,instrument_type,"
    "segment,exchange"
)
QUERIES = (
    "nifty", "ce", "a", "5", "0", "1", "nifty 26500 ce dec", "banknifty", "tata", "steel limited", "zzzq",
    "zq xq", "26500", "26500.0 ce", "ce pe", "nifty ce", "fut dec", "26dec", "123", "9 8 7", "limited", "x",
    "pe jan 27 100", "a e i", "q", "sensex pe 80000", "gold", "00ce", "1000", "37", "dec", "26", "bank fut",
)  # fmt: skip


def kite_file(rows):
    """The rows as Kite's instrument CSV."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS.split(","))
    for row in rows:
        kind = row.instrument_type.value
        segment = (
            row.exchange.value
            if kind == "EQ"
            else f"{row.exchange.value}-{'FUT' if kind == 'FUT' else 'OPT'}"
        )
        writer.writerow([
            row.token, row.token, row.broker_symbol, row.name, 0, row.expiry or "", row.strike or 0, row.tick_size,
            row.lot_size, kind, segment, row.exchange.value,
        ])  # fmt: skip
    return text.getvalue().encode()


def milliseconds(samples):
    samples.sort()
    p50, p95, p99 = (
        samples[min(len(samples) - 1, int(len(samples) * share))] * 1000 for share in (0.5, 0.95, 0.99)
    )
    return f"p50 {p50:.2f}  p95 {p95:.2f}  p99 {p99:.2f}  max {samples[-1] * 1000:.2f} ms"


def timed(work, arguments):
    """CPU time of this thread: the figure does not depend on what else the machine does."""
    samples = []
    for each in arguments:
        start = time.thread_time()
        work(each)
        samples.append(time.thread_time() - start)
    return milliseconds(samples)


def prepare(size):
    """Stores, instruments and a contract master whose vendor file has `size` rows."""
    folder = Path(tempfile.mkdtemp())
    clock = SystemClock()
    stores = Stores(StoreUrls(), folder)
    migrate(stores, clock.now())
    body = kite_file(build(size))
    parts = ContextParts(
        transport=None, instruments=None, clock=ManualClock(dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)),
        ids=SystemIds(), data_dir=folder, hosts={}, settings={}, budgets=None, alarm=lambda what, detail: None,
    )  # fmt: skip
    made = load_plugins((PLUGIN_FOLDER,)).build("zerodha", parts)
    source = SimpleNamespace(
        fetch=lambda _: (body[at : at + 262144] for at in range(0, len(body), 262144)),
        parse=made.contracts.parse,
    )
    plugin = SimpleNamespace(contracts=source, local_ticks=None, manifest=made.manifest)
    session = Session(
        account_id=1, broker="zerodha", broker_user_id="", credentials={}, tokens={}, issued_at=clock.now(),
        expires_at=None,
    )  # fmt: skip
    house = SimpleNamespace(plugin=lambda _: plugin, manifests=lambda: {"zerodha": made.manifest})
    events, calendar = Events(print), Calendar()
    instruments = Instruments(stores.main, clock, calendar)
    master = ContractMaster(stores.main, house, house, instruments, calendar, events, clock)
    return stores, events, clock, calendar, instruments, master, session


def main(size):
    stores, events, clock, calendar, instruments, master, session = prepare(size)
    gc.collect()
    before = psutil.Process().memory_info().rss
    status = master.load("zerodha", session)
    print(f"download to usable: {status.duration_ms} ms for {status.total} rows")
    gc.collect()
    after = psutil.Process().memory_info().rss
    print(f"memory after a load: +{(after - before) / 1e6:.1f} MB (whole process {after / 1e6:.0f} MB)")
    other = Instruments(stores.main, clock, calendar)
    start = time.perf_counter()
    other.index("zerodha")
    print(f"read from the store: {time.perf_counter() - start:.2f} s")
    keys = [row.key for row in random.Random(1).sample(list(instruments.all("zerodha")), 5000)]
    index = instruments.index("zerodha")
    print("by key:        ", timed(index.by_key, keys))
    ask = partial(instruments.search, "zerodha")
    print("new searches:  ", timed(ask, QUERIES))
    print("again:         ", timed(ask, list(QUERIES) * 10))
    print("new prefixes:  ", timed(ask, [key.symbol[: len(key.symbol) // 2] for key in keys[:1000]]))
    stores.close()
    events.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)

"""Fan-out of the streaming process: an open-loop vendor on one core, feed and proxy on another, real sockets.

    python test/perf/fanout.py [capacity|crowd|stalled|ingest|idle|stages|profile]…       all of them when none is named

The vendor (streaming/vendor.py) sends Kite's binary frames on schedule, whoever keeps up. The process under test
(streaming/gateway.py) decodes them with the real codec. The readers (streaming/readers.py) share the vendor's core and
check every message: fields, sequence, instrument. Latency is from the moment a tick was due to its arrival in a
reader's hands. Tools run on core 0, the process under test on core 1; a machine with one core shares it.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "streaming"))

from bench import Bench, Seen, median
from stages import STAGES, split

HEAD = (
    " ticks/s  delivered/s  arrived  p50 ms  p99 ms  p99.9  vendor late  cpu %  us/message  us/tick  frames/write"
    "  conflated  skipped  bad  readers cpu %"
)


def line(rate: float, readers: float, seen: Seen) -> None:
    """One row of the table; `readers` get each tick."""
    proxy = seen["proxy"]
    print(
        f"{rate:8,.0f}  {seen['messages'] / seen['seconds']:11,.0f}"
        f"  {seen['messages'] / max(1, seen['sent'] * readers):7.1%}"
        f"  {seen['p50']:6.2f}  {seen['p99']:6.2f}  {seen['p999']:5.1f}  {seen['late']:11.2f}"
        f"  {seen['cpu_share']:5.0%}  {seen['cpu_us']:10.2f}  {seen['tick_us']:7.1f}"
        f"  {proxy['delivered'] / max(1, proxy['writes']):12.1f}  {proxy['conflated']:9,}  {seen['skipped']:7,}"
        f"  {seen['bad']:3}  {seen['reader_share']:13.0%}"
    )
    for example in seen["examples"]:
        print("    wrong:", example)
    if seen["closed"]:
        print("    closed:", seen["closed"][:5])


def capacity() -> None:
    """100 clients of the same 100 instruments: 1,500 ticks a second are 150,000 messages a second."""
    print("\n100 clients x 100 instruments, quote mode\n" + HEAD)
    with Bench(100) as bench:
        bench.connect(100, 100)
        bench.run(500, seconds=2)
        for rate in (250, 750, 1_500, 2_000, 3_000, 4_000):
            line(rate, 100, bench.run(rate))


def crowd() -> None:
    """1,000 clients of 10 instruments each, out of 1,000."""
    print("\n1,000 clients x 10 of 1,000 instruments, quote mode\n" + HEAD)
    with Bench(1_000) as bench:
        bench.connect(1_000, 10, shift=1)
        bench.run(500, seconds=2)
        for rate in (1_000, 2_500, 5_000):
            line(rate, 10, bench.run(rate))


def stalled() -> None:
    """50,000 messages a second to 100 clients, one of which stops reading in every second row and before it."""
    print("\n100 clients x 100 instruments, one stalled in every second row\n" + HEAD)
    rows: dict[bool, list[float]] = {False: [], True: []}
    with Bench(100) as bench:
        bench.connect(100, 100, first_buffer=16_384)
        bench.run(500, seconds=2)
        for _ in range(5):
            for one_stalls in (False, True):
                if one_stalls:
                    bench.readers.ask(do="stall", clients=1, stalled=True)
                bench.run(500, seconds=5)
                seen = bench.run(500)
                rows[one_stalls].append(seen["p99"])
                line(500, 99 if one_stalls else 100, seen)
                if one_stalls:
                    bench.readers.ask(do="stall", clients=1, stalled=False)
                    bench.settle()
    free, held = median(rows[False]), median(rows[True])
    print(f"median p99 {free:.2f} ms without, {held:.2f} ms with a stalled client: {held / free - 1:+.1%}")


def ingest() -> None:
    """9,000 instruments on three vendor sockets, 20,000 ticks a second, all wanted by one client."""
    for mode in ("quote", "full"):
        print(f"\n9,000 instruments on 3 sockets, {mode} packets, one client of all\n" + HEAD)
        with Bench(9_000) as bench:
            bench.connect(1, 9_000, mode=2 if mode == "quote" else 3)
            bench.run(5_000, seconds=2, mode=mode)
            for rate in (10_000, 20_000):
                line(rate, 1, bench.run(rate, mode=mode))


def idle() -> None:
    """Resident memory of the process for clients that are connected and quiet."""
    print("\nmemory of idle clients")
    with Bench(100) as bench:
        bench.connect(50, 0)
        before = bench.gateway.ask(do="figures")
        bench.connect(1_000, 0)
        after = bench.gateway.ask(do="figures")
        bench.connect(500, 10, shift=1)
        subscribed = bench.gateway.ask(do="figures")
        plain = (after["rss_kb"] - before["rss_kb"]) / 1_000
        print(f"{plain:.1f} KB each without subscriptions, over 1,000 clients")
        print(f"{(subscribed['rss_kb'] - after['rss_kb']) / 500:.1f} KB each with 10, over 500 more")


def stages() -> None:
    """Where a tick's time goes, from the vendor's schedule to a client."""
    with Bench(100, stages=True) as bench:
        bench.connect(100, 100)
        bench.run(500, seconds=2)
        for rate in (250, 750, 1_500):
            seen = bench.run(rate, sample=7)
            rows = split(bench.gateway.ask(do="stages")["stages"], seen, rate)
            print(
                f"\nstages at {rate:,} ticks/s to 100 clients, {len(rows):,} sampled messages, milliseconds"
            )
            print(f"{'':34}{'p50':>8}{'p99':>8}")
            for position, name in enumerate(STAGES):
                found = sorted(row[position] * 1000 for row in rows)
                print(f"{name:34}{found[len(found) // 2]:8.3f}{found[int(len(found) * 0.99)]:8.3f}")


def profile() -> None:
    """Which functions the process under test works in, at the rates of the goals."""
    cases = (("fan-out", 100, 100, 100, 1_500), ("ingest", 9_000, 1, 9_000, 20_000))
    for name, count, clients, symbols, rate in cases:
        with Bench(count) as bench:
            bench.connect(clients, symbols)
            bench.run(rate / 4, seconds=1)
            bench.gateway.ask(do="sample")
            bench.run(rate)
            found = bench.gateway.ask(do="samples")
        for kind, title in (("own", "in the function itself"), ("whole", "with what it calls")):
            print(f"\n{name} at {rate:,} ticks/s: share of processor time {title}")
            for where, share in found[kind]:
                print(f"  {share:6.1%}  {where}")


if __name__ == "__main__":
    scenarios = (capacity, crowd, stalled, ingest, idle, stages, profile)
    chosen = [scenario for scenario in scenarios if scenario.__name__ in sys.argv[1:]]
    for scenario in chosen or scenarios:
        scenario()

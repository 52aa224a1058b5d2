"""What a manifest may declare, what an option makes of it, and quotes that are asked for together."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from broker.core.manifest import Ladder, Protection, ProtectionRule
from broker.core.registry import PLUGIN_FOLDER, manifest_problems, read_manifest
from domain.errors import Refused, Unavailable
from domain.instruments import Exchange, InstrumentKey, InstrumentType
from domain.market import Quote
from domain.orders import OrderTerms, PriceType, Product, Side
from services.trading.protection.market import GatheredQuotes
from services.trading.protection.policy import Policies
from services.trading.writes import Account

ACCOUNT = Account(account_id=7, broker="zerodha")
KITE = PLUGIN_FOLDER / "zerodha"


class Host:
    """One manifest and what an option is set to."""

    def __init__(self, manifest: Any, value: str) -> None:
        self._manifest = manifest
        self._value = value

    def manifest(self, _broker: str) -> Any:
        return self._manifest

    def option(self, _broker: str, _name: str) -> str:
        return self._value


def terms(kind: PriceType, exchange: Exchange = Exchange.NSE) -> OrderTerms:
    return OrderTerms(
        symbol="X", exchange=exchange, side=Side.BUY, quantity=1, price_type=kind, product=Product.MIS,
        price=Decimal(1) if kind.needs_price else None, trigger_price=Decimal(1) if kind.needs_trigger else None,
    )  # fmt: skip


def test_kite_protects_by_itself_unless_its_option_is_off(instrument: Any) -> None:
    manifest = read_manifest(KITE / "plugin.json")
    for value, first in (("-1", "as_asked"), ("3", "as_asked"), ("0", "limit")):
        policies = Policies(Host(manifest, value))
        for kind in (PriceType.MARKET, PriceType.SL_M):
            policy = policies.of("zerodha", terms(kind), instrument())
            assert policy is not None and policy.first_send == first
        assert policies.of("zerodha", terms(PriceType.LIMIT), instrument()) is None
        assert policies.of("zerodha", terms(PriceType.SL), instrument()) is None


def test_options_reach_further_than_futures_and_stay_inside_the_published_ranges(instrument: Any) -> None:
    """Price protection: futures 2 to 3 percent, options 40 percent or 20 rupees (exchange circulars of 2022)."""
    policies = Policies(Host(read_manifest(KITE / "plugin.json"), "0"))

    def widest(kind: InstrumentType) -> Decimal:
        row = instrument(instrument_type=kind, exchange=Exchange.NFO)
        policy = policies.of("zerodha", terms(PriceType.MARKET, Exchange.NFO), row)
        assert policy is not None
        ladder = policy.rule.ladder
        return ladder.first_percent + ladder.step_percent * (ladder.rungs - 1)

    assert widest(InstrumentType.FUT) < 2 < widest(InstrumentType.CE) < 20


def test_a_broker_without_the_section_is_sent_what_is_asked(instrument: Any) -> None:
    bare = msgspec.structs.replace(read_manifest(KITE / "plugin.json"), protection=None)
    policies = Policies(Host(bare, "0"))
    assert policies.of("zerodha", terms(PriceType.MARKET), instrument()) is None
    policies.require_sayable("zerodha", terms(PriceType.MARKET), instrument())


def test_the_practice_exchange_bars_nothing_until_it_is_told_to(instrument: Any) -> None:
    manifest = read_manifest(PLUGIN_FOLDER / "simulator" / "plugin.json")
    assert Policies(Host(manifest, "no")).of("simulator", terms(PriceType.MARKET), instrument()) is None
    told = Policies(Host(manifest, "yes"))
    with pytest.raises(Refused, match="barred"):
        told.require_sayable("simulator", terms(PriceType.MARKET), instrument())


def test_a_rule_may_say_for_itself_what_leaves_first(instrument: Any) -> None:
    manifest = read_manifest(KITE / "plugin.json")
    for own, first in (("limit", "limit"), (None, "as_asked"), ("off", None)):
        rule = msgspec.structs.replace(manifest.protection.rules[0], first_send=own)
        section = msgspec.structs.replace(manifest.protection, rules=(rule,))
        policies = Policies(Host(msgspec.structs.replace(manifest, protection=section), "-1"))
        policy = policies.of("zerodha", terms(PriceType.SL_M), instrument())
        assert (policy and policy.first_send) == first


def test_a_rule_may_be_narrowed_to_products(instrument: Any) -> None:
    manifest = read_manifest(KITE / "plugin.json")
    rule = msgspec.structs.replace(manifest.protection.rules[0], products=(Product.CNC,))
    section = Protection(rules=(rule,), first_send="limit")
    narrowed = Policies(Host(msgspec.structs.replace(manifest, protection=section), ""))
    assert narrowed.of("zerodha", terms(PriceType.MARKET), instrument()) is None


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"rungs": 0}, "rungs"), ({"rungs": 21}, "rungs"), ({"rung_seconds": 0.5}, "rungs"),
        ({"first_percent": Decimal(-1)}, "percentages"), ({"step_percent": Decimal(20)}, "percentages"),
    ],
)  # fmt: skip
def test_a_ladder_that_makes_no_sense_is_refused_with_its_manifest(changes: Any, complaint: str) -> None:
    manifest = read_manifest(KITE / "plugin.json")
    rule = manifest.protection.rules[0]
    broken = msgspec.structs.replace(rule, ladder=msgspec.structs.replace(rule.ladder, **changes))
    section = msgspec.structs.replace(manifest.protection, rules=(broken,))
    found = list(manifest_problems(msgspec.structs.replace(manifest, protection=section), KITE))
    assert len(found) == 1 and complaint in found[0]


def test_a_section_names_barred_types_known_exchanges_real_options_and_its_evidence() -> None:
    manifest = read_manifest(KITE / "plugin.json")
    ladder = Ladder(first_percent=Decimal(1), step_percent=Decimal(1), rungs=2, rung_seconds=2)
    rule = ProtectionRule(
        price_types=(PriceType.LIMIT,), exchanges=(Exchange.NCDEX,), ladder=ladder, stop_percent=Decimal(1)
    )
    section = Protection(rules=(rule,), first_send="limit", option="colour", by_option={"red": "off"})
    found = list(manifest_problems(msgspec.structs.replace(manifest, protection=section, evidence={}), KITE))
    assert len(found) == 4


class SlowReads:
    """Quotes that wait for the test; every call is kept."""

    def __init__(self, manifest: Any) -> None:
        self.calls: list[tuple[str, ...]] = []
        self.entered = threading.Event()
        self.may_answer = threading.Event()
        self.fault: Exception | None = None
        self._plugin = type("P", (), {"manifest": manifest})()

    def plugin(self, _broker: str) -> Any:
        return self._plugin

    def market(self, _account: Any, _operation: str, call: Any) -> Any:
        market = type("M", (), {"quotes": lambda _, _session, part: self._quotes(part)})()
        return call(type("P", (), {"market": market})(), None)

    def _quotes(self, part: Any) -> dict[InstrumentKey, Quote]:
        self.calls.append(tuple(item.symbol for item in part))
        self.entered.set()
        assert self.may_answer.wait(10)
        if self.fault is not None:
            raise self.fault
        return {item.key: Quote(ltp=float(len(item.symbol))) for item in part if item.symbol != "NONE"}


def test_questions_that_come_while_one_is_asked_share_the_next_call(instrument: Any) -> None:
    reads = SlowReads(read_manifest(KITE / "plugin.json"))
    gathered = GatheredQuotes(reads)
    answers: dict[str, Any] = {}

    def ask(symbol: str) -> None:
        answers[symbol] = gathered.quote(ACCOUNT, instrument(symbol=symbol))

    first = threading.Thread(target=ask, args=("A",))
    first.start()
    assert reads.entered.wait(10)
    others = [threading.Thread(target=ask, args=(symbol,)) for symbol in ("BB", "CCC", "NONE")]
    for thread in others:
        thread.start()
    while len(gathered._waiting.get(7, ())) < 3:
        pass
    reads.may_answer.set()
    for thread in (first, *others):
        thread.join(10)
    assert reads.calls[0] == ("A",) and sorted(reads.calls[1]) == ["BB", "CCC", "NONE"]
    assert len(reads.calls) == 2
    assert [answers[name].ltp for name in ("A", "BB", "CCC")] == [1.0, 2.0, 3.0] and answers["NONE"] is None


def test_a_failing_read_fails_for_everybody_who_asked(instrument: Any) -> None:
    reads = SlowReads(read_manifest(KITE / "plugin.json"))
    reads.may_answer.set()
    reads.fault = Unavailable("down")
    with pytest.raises(Unavailable):
        GatheredQuotes(reads).quote(ACCOUNT, instrument())

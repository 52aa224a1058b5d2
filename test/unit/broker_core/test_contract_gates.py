"""The gates of the contract master: a good load passes, each kind of corruption is named, nothing slips through."""

from __future__ import annotations

import datetime as dt
import os
import stat
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from broker.core.contract_files.naming import distinct_names
from broker.core.contracts import REASON_LIMIT, ContractsRejected, check, spool
from domain.errors import BadVendorData
from domain.instruments import Exchange, Instrument, InstrumentType, future_symbol, option_symbol

TODAY = dt.date(2026, 3, 2)
EXPIRY = dt.date(2026, 3, 26)


def equity(number: int, **changes: Any) -> Instrument:
    return msgspec.structs.replace(
        Instrument(
            symbol=f"SHARE{number}", exchange=Exchange.NSE, broker_symbol=f"SHARE{number}-EQ", broker_exchange="NSE",
            token=str(number), name=f"Share {number} Limited", instrument_type=InstrumentType.EQ, lot_size=1,
            tick_size=Decimal("0.05"),
        ),
        **changes,
    )  # fmt: skip


def future(**changes: Any) -> Instrument:
    base = equity(
        90001, symbol=future_symbol("NIFTY", EXPIRY), exchange=Exchange.NFO, broker_exchange="NFO", name="NIFTY",
        instrument_type=InstrumentType.FUT, expiry=EXPIRY, lot_size=75,
    )  # fmt: skip
    return msgspec.structs.replace(base, **changes)


def option(**changes: Any) -> Instrument:
    base = equity(
        90002, symbol=option_symbol("NIFTY", EXPIRY, Decimal("24500.50"), InstrumentType.CE), exchange=Exchange.NFO,
        broker_exchange="NFO", name="NIFTY", instrument_type=InstrumentType.CE, expiry=EXPIRY, lot_size=75,
        strike=Decimal("24500.50"),
    )  # fmt: skip
    return msgspec.structs.replace(base, **changes)


def index(**changes: Any) -> Instrument:
    base = equity(
        90003,
        symbol="NIFTY",
        exchange=Exchange.NSE_INDEX,
        name="NIFTY 50",
        instrument_type=InstrumentType.INDEX,
    )
    return msgspec.structs.replace(base, **changes)


def good_load() -> list[Instrument]:
    return [*(equity(number) for number in range(30)), future(), option(), index()]


CORRUPTIONS: dict[str, Callable[[], Instrument]] = {
    "SHARE1 appears more than once": lambda: equity(1, token="777"),
    "token NSE/2 appears twice": lambda: equity(2, symbol="OTHER"),
    "symbol is blank or padded": lambda: equity(50, symbol=""),
    "SHARE50 : symbol is blank or padded": lambda: equity(50, symbol="SHARE50 "),
    "nan: symbol is blank": lambda: equity(50, symbol="nan"),
    "broker symbol is blank": lambda: equity(50, broker_symbol="None"),
    "broker exchange is blank": lambda: equity(50, broker_exchange=""),
    "token is blank": lambda: equity(50, token="NaN"),
    "lot size is 0": lambda: equity(50, lot_size=0),
    "lot size is 12073986": lambda: equity(50, lot_size=12073986),
    "strike is 99999999999": lambda: option(strike=Decimal(99999999999)),
    "lot size is -75": lambda: option(symbol="X", lot_size=-75),
    "multiplier is 0": lambda: equity(50, multiplier=0),
    "tick size is 0": lambda: equity(50, tick_size=Decimal(0)),
    "tick size is -0.05": lambda: equity(50, tick_size=Decimal("-0.05")),
    "tick size is NaN": lambda: equity(50, tick_size=Decimal("NaN")),
    "tick size is Infinity": lambda: equity(50, tick_size=Decimal("Infinity")),
    "freeze quantity is 0": lambda: equity(50, freeze_qty=0),
    "without being a derivative": lambda: equity(50, expiry=EXPIRY),
    "is INDEX on NSE": lambda: index(exchange=Exchange.NSE),
    "is EQ on NSE_INDEX": lambda: equity(50, exchange=Exchange.NSE_INDEX),
    "is FUT on NSE": lambda: future(exchange=Exchange.NSE),
    "expired on 2026-03-01": lambda: future(expiry=dt.date(2026, 3, 1), symbol="NIFTY01MAR26FUT"),
    "has no expiry": lambda: future(expiry=None),
    "is a future with a strike": lambda: future(strike=Decimal(1)),
    "symbol disagrees with NIFTY 2026-03-26": lambda: future(symbol="NIFTY27MAR26FUT"),
    "symbol disagrees with BANKNIFTY": lambda: option(name="BANKNIFTY"),
    "symbol disagrees with NIFTY 2026-03-26 24500.5": lambda: option(symbol="NIFTY26MAR2624500.50CE"),
    "NIFTY26MAR2624500.5CE: symbol disagrees": lambda: option(instrument_type=InstrumentType.PE),
    "underlying is blank": lambda: option(name=""),
    "strike is 0": lambda: option(strike=Decimal(0)),
    "strike is None": lambda: option(strike=None),
    "strike is NaN": lambda: option(strike=Decimal("NaN")),
    "is perpetual with an expiry": lambda: future(
        instrument_type=InstrumentType.PERPFUT, exchange=Exchange.CRYPTO, symbol="BTCUSDFUT", token="5"
    ),
}


def test_a_good_load_passes_with_counts() -> None:
    checked = check(good_load(), None, TODAY)
    assert checked.counts == {Exchange.NSE: 30, Exchange.NFO: 2, Exchange.NSE_INDEX: 1}
    assert len(checked.instruments) == 33 and checked.warnings == ()


def test_a_contract_may_still_trade_on_its_expiry_day() -> None:
    assert check(good_load(), None, EXPIRY).counts[Exchange.NFO] == 2


@pytest.mark.parametrize("complaint", CORRUPTIONS)
def test_a_corrupt_row_is_refused_by_name(complaint: str) -> None:
    """Regression 10 (P5): duplicate, blank and NaN rows; swapped columns of a vendor file are in
    test/broker/zerodha/test_kite_master_rows.py."""
    rows = [row for row in good_load() if row.token not in ("90001", "90002", "90003")]
    with pytest.raises(ContractsRejected) as caught:
        check([*rows, CORRUPTIONS[complaint]()], None, TODAY)
    assert any(complaint in reason for reason in caught.value.reasons), caught.value.reasons


@pytest.mark.parametrize("place", [0, 30])
def test_11_a_warrant_with_the_equitys_name_is_refused_whichever_comes_first(place: int) -> None:
    """P5, #1930: an order must never be able to reach the warrant, so neither row may be served under the name."""
    warrant = equity(
        4711,
        symbol="SHARE1",
        broker_symbol="SHARE1-W1",
        name="Share 1 Limited Warrant",
        tick_size=Decimal("0.01"),
    )
    rows = [equity(number) for number in range(30)]
    rows.insert(place, warrant)
    with pytest.raises(ContractsRejected, match="NSE:SHARE1 appears more than once"):
        check(rows, None, TODAY)


def test_a_segment_that_lost_more_than_half_its_rows_is_refused() -> None:
    with pytest.raises(ContractsRejected, match="NSE fell from 61 to 30 rows"):
        check(good_load(), {Exchange.NSE: 61}, TODAY)
    assert check(good_load(), {Exchange.NSE: 60}, TODAY).counts[Exchange.NSE] == 30


def test_a_segment_that_vanished_is_refused() -> None:
    with pytest.raises(ContractsRejected, match="MCX fell from 500 to 0"):
        check(good_load(), {Exchange.NSE: 30, Exchange.MCX: 500}, TODAY)


def test_a_segment_below_its_floor_is_refused() -> None:
    with pytest.raises(ContractsRejected, match="NSE has 30 rows, fewer than 1500"):
        check(good_load(), None, TODAY, floors={Exchange.NSE: 1500})


def test_an_empty_load_is_refused() -> None:
    with pytest.raises(ContractsRejected, match="no rows"):
        check([], None, TODAY)


def test_unusual_growth_is_a_warning() -> None:
    checked = check(good_load(), {Exchange.NSE: 10}, TODAY)
    assert "NSE changed from 10 to 30 rows" in checked.warnings
    assert "NFO is new with 2 rows" in checked.warnings


def test_all_reasons_are_collected_up_to_a_bound() -> None:
    rows = [equity(number, lot_size=0) for number in range(500)]
    with pytest.raises(ContractsRejected) as caught:
        check(rows, None, TODAY)
    assert len(caught.value.reasons) == REASON_LIMIT
    assert caught.value.total == 500


def test_a_spooled_file_is_private_hashed_and_gone_afterwards(tmp_path: Path) -> None:
    with spool([b"token,symbol\n", b"1,ACC\n"], tmp_path) as spooled:
        assert stat.S_IMODE(os.stat(spooled.path).st_mode) == 0o600
        assert b"".join(spooled.chunks()) == b"".join(spooled.chunks()) == b"token,symbol\n1,ACC\n"
        assert (spooled.size, len(spooled.sha256)) == (19, 64)
    assert list(tmp_path.iterdir()) == []


def test_a_file_over_the_limit_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(BadVendorData):
        spool((b"x" * 1000 for _ in range(100)), tmp_path, limit=50_000)
    assert list(tmp_path.iterdir()) == []


def test_a_download_that_breaks_leaves_nothing_behind(tmp_path: Path) -> None:
    def broken() -> Any:
        yield b"half"
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        spool(broken(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_warrant_of_an_equitys_root_never_takes_its_name() -> None:
    main, warrant = equity(1, symbol="SHARE"), equity(2, symbol="SHARE", broker_symbol="SHARE-W1")
    lone = equity(3, symbol="LONE", broker_symbol="LONE-BE")
    twins = [equity(number, symbol="TWIN", broker_symbol=f"TWIN-{number}") for number in (4, 5)]
    rows = [warrant, main, future(), lone, *twins]
    found = distinct_names(
        rows, is_main=lambda row: row.broker_symbol.endswith("-EQ"), full_name=lambda row: row.broker_symbol
    )
    names = {row.token: row.symbol for row in found}
    assert names == {
        "1": "SHARE",
        "2": "SHARE-W1",
        "3": "LONE",
        "4": "TWIN-4",
        "5": "TWIN-5",
        "90001": future().symbol,
    }

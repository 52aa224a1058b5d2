"""Quantity freezes: the largest quantity of one order by underlying. What is not known is None, never a number."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from database.market_rules import Freezes
from database.stores import Store
from domain.errors import InvalidInput
from domain.instruments import Exchange
from services.market.amendments import Also, nothing
from services.market.instruments import Instruments

DATA_FOLDER = Path(__file__).parent / "freeze_data"
MOST_ROWS = 20_000
_QUANTITY = re.compile(r"[0-9]{1,12}")


class QuantityFreezes:
    """Use cases on freezes; every change reaches the instruments being served at once."""

    def __init__(self, store: Store, instruments: Instruments) -> None:
        self._store = store
        self._instruments = instruments

    def start(self) -> None:
        """Fill exchanges that know nothing from the shipped files, then hand all freezes to the instruments."""
        with self._store.unit() as unit:
            freezes = Freezes(unit)
            for path in sorted(DATA_FOLDER.glob("*.csv")):
                exchange = Exchange(path.stem)
                if freezes.is_empty(exchange):
                    freezes.replace(exchange, parse(path.read_text(encoding="utf-8")))
        self._publish()

    def all(self) -> dict[tuple[Exchange, str], int]:
        """Largest order quantity by (exchange, underlying)."""
        with self._store.reading() as unit:
            return Freezes(unit).all()

    def upload(self, exchange: Exchange, text: str, also: Also = nothing) -> int:
        """Replace an exchange's freezes by a CSV file; answers the rows. Raises InvalidInput."""
        found = parse(text)
        with self._store.unit() as unit:
            Freezes(unit).replace(exchange, found)
            also(unit)
        self._publish()
        return len(found)

    def put(self, exchange: Exchange, symbol: str, quantity: int | None, also: Also = nothing) -> None:
        """Set one freeze, or forget it with None; `also` runs in the same transaction. Raises InvalidInput."""
        if quantity is not None and quantity < 1:
            raise InvalidInput(
                "A freeze quantity is at least 1", errors={"freeze_qty": ["must be at least 1"]}
            )
        with self._store.unit() as unit:
            Freezes(unit).put(exchange, symbol, quantity)
            also(unit)
        self._publish()

    def _publish(self) -> None:
        self._instruments.set_freezes(self.all())


def parse(text: str) -> dict[str, int]:
    """Quantities by underlying from the exchange's CSV (columns SYMBOL and one with FRZ). Raises InvalidInput."""
    try:
        return _parse(csv.reader(io.StringIO(text, newline="")))
    except csv.Error as error:
        raise InvalidInput(f"The file cannot be read: {error}") from None


def _parse(rows: Iterator[list[str]]) -> dict[str, int]:
    header = [name.strip().upper() for name in next(rows, [])]
    quantity_at = next((place for place, name in enumerate(header) if "FRZ" in name), None)
    if "SYMBOL" not in header or quantity_at is None:
        raise InvalidInput("The file needs the columns SYMBOL and VOL_FRZ_QTY")
    symbol_at = header.index("SYMBOL")
    found: dict[str, int] = {}
    for line, row in enumerate(rows, start=2):
        if not any(cell.strip() for cell in row):
            continue
        cells = [cell.strip() for cell in row]
        if len(cells) != len(header) or not cells[symbol_at] or not _QUANTITY.fullmatch(cells[quantity_at]):
            raise InvalidInput(f"Line {line} cannot be read")
        if len(found) == MOST_ROWS or int(cells[quantity_at]) < 1:
            raise InvalidInput(
                f"Line {line}: a quantity is at least 1, and a file has at most {MOST_ROWS} rows"
            )
        found[cells[symbol_at].upper()] = int(cells[quantity_at])
    return found

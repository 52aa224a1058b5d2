"""Symbol routes."""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import flask
from flask_restx import Namespace, Resource

from domain.errors import NotFound, UnknownInstrument
from domain.instruments import Instrument, dashed_expiry
from restx_api.edge import Call, Reply, endpoint
from restx_api.schemas.market import ExpiryBody, InstrumentsQuery, SearchBody, SymbolBody
from services.accounts.keys.access import Need
from services.trading.router import require_account
from services.wire.market import symbol_record
from utils import json

symbols = Namespace("symbols", path="/")

CSV_COLUMNS = (
    "symbol", "brsymbol", "name", "exchange", "brexchange", "token", "expiry", "strike", "lotsize", "instrumenttype",
    "tick_size",
)  # fmt: skip
CHUNK_ROWS = 2000


@symbols.route("/symbol", "/symbol/")
class Symbol(Resource):
    """One record of the contract master."""

    @endpoint(SymbolBody, needs=Need.DATA, tag="data", summary="Record of one symbol")
    def post(self, call: Call) -> Reply:
        """404 when there is none."""
        asked = call.body
        broker = require_account(call.principal).broker
        try:
            row = call.services.instruments.resolve(broker, asked.exchange, asked.symbol)
        except UnknownInstrument:
            raise NotFound(f"Symbol {asked.symbol} not found in exchange {asked.exchange.value}") from None
        return Reply({"data": {**symbol_record(row), "id": _record_id(row)}})


@symbols.route("/search", "/search/")
class Search(Resource):
    """Find symbols."""

    @endpoint(SearchBody, needs=Need.DATA, tag="data", summary="Find symbols by words")
    def post(self, call: Call) -> Reply:
        """Every word must match; at most 500 rows."""
        broker = require_account(call.principal).broker
        rows = call.services.instruments.search(broker, call.body.query, call.body.exchange, 500)
        text = f"Found {len(rows)} matching symbols" if rows else "No matching symbols found"
        return Reply({"message": text, "data": [symbol_record(row) for row in rows]})


@symbols.route("/expiry", "/expiry/")
class Expiry(Resource):
    """Expiry dates."""

    @endpoint(
        ExpiryBody, needs=Need.DATA, tag="data", summary="Expiry dates of an underlying's futures or options"
    )
    def post(self, call: Call) -> Reply:
        """Ascending, unexpired only."""
        asked = call.body
        broker = require_account(call.principal).broker
        days = call.services.instruments.expiries(broker, asked.exchange, asked.symbol, asked.instrumenttype)
        text = f"Found {len(days)} expiry dates for {asked.symbol} {asked.instrumenttype} in {asked.exchange.value}"
        return Reply({"message": text, "data": [dashed_expiry(day) for day in days]})


@symbols.route("/instruments", "/instruments/")
class Instruments(Resource):
    """The whole contract master."""

    @endpoint(
        InstrumentsQuery,
        needs=Need.DATA,
        tag="data",
        in_query=True,
        summary="All instruments, as JSON or CSV",
    )
    def get(self, call: Call) -> flask.Response:
        """Streamed, compressed when the client takes gzip."""
        asked = call.body
        broker = require_account(call.principal).broker
        rows = call.services.instruments.all(broker, asked.exchange)
        if asked.format == "csv":
            name = asked.exchange.value if asked.exchange else "ALL"
            response = _streamed(_csv(rows), "text/csv; charset=utf-8")
            response.headers["Content-Disposition"] = f"attachment; filename=instruments_{name}.csv"
            return response
        return _streamed(_json(rows), "application/json")


def _record_id(row: Instrument) -> int:
    """A number that stays with the symbol over reloads of the contract master."""
    return zlib.crc32(str(row.key).encode())


def _record(row: Instrument) -> dict[str, Any]:
    record = symbol_record(row)
    del record["freeze_qty"]
    return record


def _json(rows: Iterable[Instrument]) -> Iterator[bytes]:
    """The envelope in pieces; the count comes last because it is known last."""
    yield b'{"status":"success","data":['
    count = 0
    walk = iter(rows)
    while chunk := [_record(row) for row in islice(walk, CHUNK_ROWS)]:
        yield (b"," if count else b"") + json.encode(chunk)[1:-1]
        count += len(chunk)
    yield b'],"message":"Found %d instruments"}' % count


def _csv(rows: Iterable[Instrument]) -> Iterator[bytes]:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    walk = iter(rows)
    while chunk := list(islice(walk, CHUNK_ROWS)):
        for row in chunk:
            record = symbol_record(row)
            writer.writerow([record[name] for name in CSV_COLUMNS])
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()
    yield text.getvalue().encode()


def _streamed(pieces: Iterator[bytes], content_type: str) -> flask.Response:
    response = flask.Response(content_type=content_type)
    if "gzip" in flask.request.accept_encodings:
        pieces = _gzipped(pieces)
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.response = pieces
    return response


def _gzipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(level=5, wbits=31)
    for piece in pieces:
        packed = packer.compress(piece)
        if packed:
            yield packed
    yield packer.flush()

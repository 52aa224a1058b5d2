"""Contract masters of vendors in pieces: rows to damage, put together again in the vendor's own format."""

from __future__ import annotations

import copy
import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

Row = dict[str, Any]


class Master:
    """A master file as rows by column name (by number, where the file has no header).

    head: column names of a file with a header. pack: rows and head as bytes.
    """

    def __init__(self, rows: list[Row], head: list[str] | None, pack: Callable[[Master], bytes]) -> None:
        self.rows = rows
        self.head = head
        self._pack = pack

    def copy(self) -> Master:
        return Master(copy.deepcopy(self.rows), list(self.head) if self.head else None, self._pack)

    def bytes(self) -> bytes:
        return self._pack(self)


def read_master(content: bytes, layout: dict[str, Any]) -> Master:
    """A master from its bytes. layout: `format` csv (a header first), lines (no header) or json; `delimiter`; `at`."""
    if content[:2] == b"\x1f\x8b":
        return _wrapped(read_master(gzip.decompress(content), layout), lambda data: gzip.compress(data, 1))
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            name = archive.namelist()[0]
            return _wrapped(read_master(archive.read(name), layout), lambda data: _zipped(name, data))
    kind = layout.get("format", "csv")
    return _json(content, layout.get("at", [])) if kind == "json" else _text(content, layout, kind == "csv")


def _wrapped(master: Master, wrap: Callable[[bytes], bytes]) -> Master:
    return Master(master.rows, master.head, lambda changed: wrap(master._pack(changed)))


def _zipped(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


def _text(content: bytes, layout: dict[str, Any], has_head: bool) -> Master:
    delimiter = layout.get("delimiter", ",")
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=delimiter))
    lines = [line for line in lines if line]
    head = lines.pop(0) if has_head else None
    names = head or [str(number) for number in range(max(map(len, lines)))]
    rows = [dict(zip(names, line, strict=False)) for line in lines]

    def pack(master: Master) -> bytes:
        out = io.StringIO()
        writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
        if master.head is not None:
            writer.writerow(master.head)
        for row in master.rows:
            writer.writerow(list(row.values())) if row else out.write("\n")
        return out.getvalue().encode()

    return Master(rows, head, pack)


def _json(content: bytes, at: list[Any]) -> Master:
    document = json.loads(content)
    rows = document
    for step in at:
        rows = rows[step]

    def pack(master: Master) -> bytes:
        if not at:
            return json.dumps(master.rows).encode()
        whole = copy.deepcopy(document)
        place = whole
        for step in at[:-1]:
            place = place[step]
        place[at[-1]] = master.rows
        return json.dumps(whole).encode()

    return Master(list(rows), None, pack)

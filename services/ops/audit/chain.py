"""The chain: canonical bytes of a row, its keyed digest, and what is wrong with a sequence of rows. Pure.

A digest is HMAC-SHA256 under a key of the installation over the canonical text, which holds the digest of the row
before: without the key nobody can change, remove, insert or swap rows and make the rest fit again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from database.operations.audit import Entry

FIRST = "0" * 64
FORMAT = "openalgo-audit-1"
Digest = Callable[[str], str]
_encoder = msgspec.json.Encoder(order="sorted")


class Anchor(msgspec.Struct, frozen=True, kw_only=True):
    """The end of the trail as it was last seen, kept outside the database."""

    seq: int
    digest: str


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong. kind: changed, missing, unlinked, truncated or anchor; seq: where."""

    kind: str
    seq: int
    message: str


def canonical(entry: Entry) -> str:
    """The one text of a row: a JSON array of its fields in order, object keys sorted, without blanks, in UTF-8."""
    fields = (
        FORMAT, entry.seq, entry.at_ms, entry.actor, entry.actor_id, entry.action, entry.subject, entry.outcome,
        entry.address, entry.request_id, entry.detail, entry.previous,
    )  # fmt: skip
    return _encoder.encode(fields).decode()


def sealed(entry: Entry, digest: Digest) -> Entry:
    """The row with its digest."""
    return msgspec.structs.replace(entry, digest=digest(canonical(entry)))


def faults(entries: Iterable[Entry], digest: Digest, anchor: Anchor | None) -> Iterator[Fault]:
    """Everything wrong with the trail, in order; nothing when it is whole up to its last row."""
    expected, previous = 1, FIRST
    seen_anchor = anchor is None or anchor.seq == 0
    for entry in entries:
        if entry.seq != expected:
            message = f"Rows {expected} to {entry.seq - 1} are missing"
            yield Fault(kind="missing", seq=expected, message=message)
        elif entry.previous != previous:
            message = f"Row {entry.seq} does not follow the row before it"
            yield Fault(kind="unlinked", seq=entry.seq, message=message)
        if digest(canonical(entry)) != entry.digest:
            yield Fault(kind="changed", seq=entry.seq, message=f"Row {entry.seq} was changed or forged")
        if anchor is not None and entry.seq == anchor.seq:
            seen_anchor = True
            if entry.digest != anchor.digest:
                message = f"Row {entry.seq} is not the one that was anchored"
                yield Fault(kind="anchor", seq=entry.seq, message=message)
        expected, previous = entry.seq + 1, entry.digest
    if not seen_anchor and anchor is not None:
        message = (
            f"The trail ends at row {expected - 1}, but row {anchor.seq} was anchored: its end was cut off"
        )
        yield Fault(kind="truncated", seq=expected, message=message)

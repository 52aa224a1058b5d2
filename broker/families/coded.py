"""Subscriptions beside the socket where every kind of message is asked for under a code of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from broker.core.roles import Outgoing, Session, SideCall, StreamEvent
from broker.core.stream import batches
from domain.instruments import Instrument
from domain.market import Mode

Asked = dict[int, list[Instrument]]
Call = Callable[[Session, str, int, Sequence[Instrument]], list[StreamEvent]]


class CodedSubscriptions:
    """Remembers the codes of each instrument of one connection and makes calls of what changes.

    codes: what a mode needs. call(session, `subscribe` or `unsubscribe`, code, instruments): asks the vendor.
    """

    def __init__(self, codes: Callable[[Instrument, Mode], tuple[int, ...]], call: Call, batch: int) -> None:
        self._codes_of, self._call, self._batch = codes, call, batch
        self._codes: dict[tuple[str, str], tuple[int, ...]] = {}

    def subscribe(self, wants: Sequence[tuple[Instrument, Mode]]) -> list[Outgoing]:
        """Calls per code. Codes that a changed mode no longer needs are taken back first."""
        asked: Asked = {}
        ended: Asked = {}
        for instrument, mode in wants:
            codes, before = self._codes_of(instrument, mode), self._codes.get(_name(instrument), ())
            self._codes[_name(instrument)] = codes
            _add(ended, instrument, [code for code in before if code not in codes])
            _add(asked, instrument, codes)
        return [*self._calls("unsubscribe", ended), *self._calls("subscribe", asked)]

    def unsubscribe(self, instruments: Sequence[Instrument]) -> list[Outgoing]:
        """The same for everything that was asked of them."""
        ended: Asked = {}
        for instrument in instruments:
            _add(ended, instrument, self._codes.pop(_name(instrument), ()))
        return self._calls("unsubscribe", ended)

    def _calls(self, name: str, asked: Asked) -> list[Outgoing]:
        def run(code: int, batch: Sequence[Instrument], session: Session) -> list[StreamEvent]:
            return self._call(session, name, code, batch)

        return [
            SideCall(f"{name} {code}", tuple(item.symbol for item in batch), partial(run, code, batch))
            for code, items in sorted(asked.items()) for batch in batches(items, self._batch)
        ]  # fmt: skip


def _name(instrument: Instrument) -> tuple[str, str]:
    return instrument.broker_exchange, instrument.token


def _add(asked: Asked, instrument: Instrument, codes: Sequence[int]) -> None:
    for code in codes:
        asked.setdefault(code, []).append(instrument)

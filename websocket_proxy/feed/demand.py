"""Reference counts of what consumers subscribed to: the demand a feed must satisfy."""

from __future__ import annotations

import msgspec

from domain.feed import parse_market_topic

_MODES = 3


class MarketDemand(msgspec.Struct, frozen=True):
    """The modes of one instrument that somebody now wants; empty when the last consumer left."""

    broker: str
    exchange: str
    symbol: str
    modes: tuple[int, ...]


class OrderDemand(msgspec.Struct, frozen=True):
    """Whether somebody wants the order pushes of an account."""

    account_id: int
    wanted: bool


class Demand:
    """Counts subscriptions by topic and answers what changed. Prefix subscriptions are no demand."""

    def __init__(self) -> None:
        self._markets: dict[tuple[str, str, str], list[int]] = {}
        self._orders: dict[int, int] = {}

    def count(self, topic: bytes, added: bool) -> MarketDemand | OrderDemand | None:
        """Count one subscription begun or ended; the new demand when it changed, else None."""
        step = 1 if added else -1
        if topic.startswith(b"md|"):
            return self._count_market(topic, step)
        if topic.startswith(b"push|"):
            return self._count_orders(topic, step)
        return None

    def _count_market(self, topic: bytes, step: int) -> MarketDemand | None:
        try:
            broker, exchange, symbol, mode = parse_market_topic(topic)
        except ValueError:
            return None
        key = (broker, exchange, symbol)
        counts = self._markets.setdefault(key, [0] * (_MODES + 1))
        before = counts[mode]
        counts[mode] = max(0, before + step)
        modes = tuple(mode for mode in range(1, _MODES + 1) if counts[mode])
        if not modes:
            del self._markets[key]
        changed = bool(before) != bool(counts[mode] if modes else 0)
        return MarketDemand(broker, exchange, symbol, modes) if changed else None

    def _count_orders(self, topic: bytes, step: int) -> OrderDemand | None:
        account = topic[5:-1]
        if not account.isdigit() or not topic.endswith(b"|"):
            return None
        account_id = int(account)
        before = self._orders.get(account_id, 0)
        after = max(0, before + step)
        if after:
            self._orders[account_id] = after
        else:
            self._orders.pop(account_id, None)
        return OrderDemand(account_id, bool(after)) if bool(before) != bool(after) else None

    def of_broker(self, broker: str) -> dict[tuple[str, str], tuple[int, ...]]:
        """Everything wanted of a broker: (exchange, symbol) to modes."""
        return {
            (exchange, symbol): tuple(mode for mode in range(1, _MODES + 1) if counts[mode])
            for (owner, exchange, symbol), counts in self._markets.items()
            if owner == broker
        }

    def brokers(self) -> set[str]:
        """Brokers of which market data is wanted."""
        return {broker for broker, _, _ in self._markets}

    def accounts(self) -> set[int]:
        """Accounts of which order pushes are wanted."""
        return set(self._orders)

    def __len__(self) -> int:
        return len(self._markets)


class Pending:
    """Changes of the demand that were not applied yet; the latest of each instrument and account stands."""

    def __init__(self) -> None:
        self._markets: dict[str, dict[tuple[str, str], tuple[int, ...]]] = {}
        self._orders: dict[int, bool] = {}

    def note(self, change: MarketDemand | OrderDemand) -> None:
        """Something changed."""
        if isinstance(change, MarketDemand):
            self._markets.setdefault(change.broker, {})[change.exchange, change.symbol] = change.modes
        else:
            self._orders[change.account_id] = change.wanted

    def take_markets(self) -> dict[str, dict[tuple[str, str], tuple[int, ...]]]:
        """Changed modes by broker and (exchange, symbol)."""
        taken, self._markets = self._markets, {}
        return taken

    def take_orders(self) -> dict[int, bool]:
        """Accounts whose order pushes are wanted from now on, or no more."""
        taken, self._orders = self._orders, {}
        return taken

    def forget(self, broker: str) -> None:
        """The whole demand of a broker is about to be applied."""
        self._markets.pop(broker, None)

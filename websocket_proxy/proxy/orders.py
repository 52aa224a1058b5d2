"""Order updates to clients: live ones from the bus, missed ones from the store, each client in order and once.

The store is the truth and the bus is fast: an update whose number follows the last one goes out at once. Where numbers
are missing (the bus lost a message, the app was restarted or killed between storing and telling) the store is read,
and every TAIL_SECONDS it is asked for what nobody told.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence

from domain.errors import Unavailable
from domain.feed import OrderMessage, order_topic, unpack
from domain.streams.orders import Gap, Scope, Sent
from utils import limits
from utils.logging import get_logger
from websocket_proxy.bus import Subscriber
from websocket_proxy.gate import OrderHistory, OrderReader
from websocket_proxy.proxy import replies
from websocket_proxy.proxy.counters import Counters
from websocket_proxy.proxy.frames import message_frame
from websocket_proxy.proxy.outbox import Outbox

log = get_logger(__name__)

PAGE = 200
TAIL_SECONDS = 1.0
HEARD = 2_000  # messages that wait while the store is read; the oldest go, for the store has them
RECENT = 500  # messages that were sent last, for who joins while they are


class Follower:
    """One client on the stream. at: the number up to which it has everything, None: from whatever comes next.

    is_live: gets what comes; else it is still given what it missed. resumes: it counts, so a gap is told to it.
    """

    __slots__ = ("at", "is_live", "outbox", "resumes", "scope")

    def __init__(self, outbox: Outbox, scope: Scope, *, resumes: bool = False) -> None:
        self.outbox = outbox
        self.scope = scope
        self.at: int | None = None
        self.is_live = False
        self.resumes = resumes

    def wants(self, seq: int, message: OrderMessage) -> bool:
        """Whether it still has to get this one."""
        return (self.at is None or seq > self.at) and self.scope.covers(message)


class _Channel:
    """The stream of one user on this proxy. last: the number up to which its live followers have everything.

    begun: `last` was asked for; it is None only if the store did not answer.
    """

    def __init__(self) -> None:
        self.followers: set[Follower] = set()
        self.last: int | None = None
        self.begun = asyncio.Event()
        self.heard: OrderedDict[int, OrderMessage] = OrderedDict()
        limits.watch(
            self.heard, name="order messages heard", kind="queue", bound=HEARD, policy="drop_oldest", size=len,
        )  # fmt: skip
        self.recent: deque[Sent] = deque(maxlen=RECENT)
        limits.watch(
            self.recent, name="order messages sent", kind="cache", bound=RECENT, policy="drop_oldest", size=len,
        )  # fmt: skip
        self.sent = 0
        self.reading: asyncio.Task[None] | None = None

    def hear(self, seq: int, message: OrderMessage) -> None:
        self.heard[seq] = message
        if len(self.heard) > HEARD:
            self.heard.popitem(last=False)

    def due(self, stored: Sequence[Sent], heard: Iterable[int]) -> list[Sent]:
        """What is stored, and what of these numbers was heard, in order."""
        found = {seq: Sent(seq, self.heard[seq]) for seq in heard if seq in self.heard}
        found |= {sent.seq: sent for sent in stored}
        last = stored[-1].seq if len(stored) == PAGE else None
        return [found[seq] for seq in sorted(found) if last is None or seq <= last]


class OrderChannels:
    """Every user's stream that a client of this proxy follows. Only the event loop's thread touches it."""

    def __init__(
        self, bus: Subscriber, history: OrderHistory, counters: Counters,
        spawn: Callable[[asyncio.Task[None]], None],
    ) -> None:  # fmt: skip
        self._bus = bus
        self._history = history
        self._counters = counters
        self._spawn = spawn
        self._channels: dict[int, _Channel] = {}
        self._tailing: asyncio.Task[None] | None = None

    def _join(self, follower: Follower) -> _Channel:
        user_id = follower.scope.user_id
        channel = self._channels.get(user_id)
        if channel is None:
            channel = self._channels[user_id] = _Channel()
            self._bus.subscribe(order_topic(user_id))
            self._read(user_id, channel)
        channel.followers.add(follower)
        if self._tailing is None or self._tailing.done():
            self._tailing = asyncio.create_task(self._tail(), name="ws-orders-tail")
            self._spawn(self._tailing)
        return channel

    def leave(self, follower: Follower) -> None:
        """Deliver nothing more."""
        user_id = follower.scope.user_id
        channel = self._channels.get(user_id)
        if channel is None or follower not in channel.followers:
            return
        channel.followers.discard(follower)
        if not channel.followers:
            del self._channels[user_id]
            self._bus.unsubscribe(order_topic(user_id))
            if channel.reading is not None:
                channel.reading.cancel()
        if not self._channels and self._tailing is not None:
            self._tailing.cancel()

    def on_message(self, topic: bytes, frame: bytes) -> None:
        """One update of the bus. Raises ValueError for an unreadable one."""
        user_id = int(topic.split(b"|")[1])
        channel = self._channels.get(user_id)
        if channel is None:
            return
        seq, message = unpack(frame, OrderMessage)
        if channel.last is not None and seq <= channel.last:
            return
        if channel.reading is None and channel.last is not None and seq == channel.last + 1:
            self._send(channel, Sent(seq, message))
            return
        channel.hear(seq, message)
        self._read(user_id, channel)

    async def resume(
        self, follower: Follower, after: int | None, answer: Callable[[int, bool], None]
    ) -> None:
        """Give a client what it missed behind a number, as fast as it reads, then what comes.

        answer(number, is_gap) is called once, before the first update: the number that the client named, or, for None
        and in a gap, the one from which on it gets everything. Raises Unavailable when the store does not answer a
        client that counts.
        """
        channel = self._join(follower)
        await channel.begun.wait()
        if after is None:
            if channel.last is None and follower.resumes:
                raise Unavailable("The order stream cannot be read now")
            answer(channel.last or 0, False)
            self._begin(follower, channel.last)
            return
        reader = self._history.reader(follower.scope, after)
        is_answered = False
        try:
            page = await asyncio.to_thread(reader.next, PAGE)
            answer(after, False)
            is_answered = True
            follower.at = after
            await self._catch_up(follower, reader, page)
        except Gap as gap:
            if is_answered:
                follower.outbox.send(message_frame(replies.order_gap(gap.head)))
            else:
                answer(gap.head, True)
            self._begin(follower, gap.head)

    async def _catch_up(self, follower: Follower, reader: OrderReader, page: list[Sent]) -> None:
        """Send page after page until nothing came since the last one was read. Raises Gap."""
        while True:
            for sent in page:
                self._hand(follower, sent)
            await follower.outbox.drained()
            channel = self._channels.get(follower.scope.user_id)
            if channel is None:
                return
            sent_before = channel.sent
            page = await asyncio.to_thread(reader.next, PAGE)
            if not page and channel.sent - sent_before <= RECENT:
                self._begin(follower, reader.at)
                return

    def _begin(self, follower: Follower, at: int | None) -> None:
        """What was sent to the others while the store was read, then whatever comes."""
        channel = self._channels.get(follower.scope.user_id)
        if channel is None or follower not in channel.followers:
            return
        follower.at = at
        for sent in channel.recent:
            self._hand(follower, sent)
        follower.is_live = True

    def _hand(self, follower: Follower, sent: Sent, frame: bytes | None = None) -> None:
        if not follower.wants(sent.seq, sent.message):
            return
        follower.at = sent.seq
        follower.outbox.send(frame or message_frame(replies.order_update(sent.message, sent.seq)))
        self._counters.order_updates += 1

    def _send(self, channel: _Channel, sent: Sent) -> None:
        channel.last = sent.seq
        channel.recent.append(sent)
        channel.sent += 1
        frame = message_frame(replies.order_update(sent.message, sent.seq))
        for follower in channel.followers:
            if follower.is_live:
                self._hand(follower, sent, frame)

    def _read(self, user_id: int, channel: _Channel) -> None:
        if channel.reading is None:
            channel.reading = asyncio.create_task(self._fill(user_id, channel), name="ws-orders-read")
            self._spawn(channel.reading)

    async def _fill(self, user_id: int, channel: _Channel) -> None:
        """Send what the store has and the bus did not bring, until both agree."""
        try:
            if channel.last is None:
                head = await asyncio.to_thread(self._history.head, user_id)
                # What was heard since the first client joined is theirs, whether or not it was stored before we asked.
                channel.last = min([head, *(seq - 1 for seq in channel.heard)])
            channel.begun.set()
            while True:
                # Whatever was stored before these is in the store now; what comes meanwhile waits for the next read.
                heard = list(channel.heard)
                stored = await asyncio.to_thread(self._history.after, user_id, channel.last, PAGE)
                self._counters.gaps += bool(stored)
                for sent in channel.due(stored, heard):
                    channel.heard.pop(sent.seq, None)
                    self._send(channel, sent)
                if len(stored) < PAGE and not channel.heard:
                    return
        except Exception:  # a store that cannot be read must not hold back what the bus brings
            log.exception("missed order updates cannot be read", user=user_id)
            for sent in channel.due((), list(channel.heard)):
                self._send(channel, sent)
        finally:
            channel.begun.set()
            channel.heard.clear()
            channel.reading = None

    async def _tail(self) -> None:
        """Look for updates that are stored and that nobody told."""
        place: int | None = None
        while self._channels:
            try:
                if place is None:
                    place = await asyncio.to_thread(self._history.newest_place)
                    for user_id, channel in self._channels.items():
                        self._read(user_id, channel)
                else:
                    place = await self._look(place)
            except Exception:
                log.exception("the order stream cannot be looked at")
            await asyncio.sleep(TAIL_SECONDS)

    async def _look(self, place: int) -> int:
        while True:
            page = await asyncio.to_thread(self._history.tail, place, PAGE)
            for placed in page:
                channel = self._channels.get(placed.user_id)
                if channel is not None and channel.last is not None and placed.sent.seq > channel.last:
                    self._read(placed.user_id, channel)
            place = page[-1].place if page else place
            if len(page) < PAGE:
                return place

"""The HSM wire as the server speaks it: frames, snapshots, updates, and what a client's frames say."""

import struct

AUTH, ACK, SUBSCRIBE, UNSUBSCRIBE, DATA, PAUSE, RESUME, PING, MODE, MESSAGE = 1, 3, 4, 5, 6, 7, 8, 11, 12, 51
NO_VALUE = -(2**31)
MOST = 2**31 - 1
FULL, LITE = 70, 76
SF = (
    "ltp", "volume", "last_trade_at_ms", "exchange_at_ms", "bid_qty", "ask_qty", "bid", "ask", "last_quantity",
    "total_buy_quantity", "total_sell_quantity", "average_price", "oi", "low", "high", "", "", "lower_circuit",
    "upper_circuit", "open", "prev_close",
)  # fmt: skip
IF = ("ltp", "prev_close", "exchange_at_ms", "high", "low", "open")
PRICES = frozenset({
    "ltp", "bid", "ask", "average_price", "low", "high", "lower_circuit", "upper_circuit", "open", "prev_close",
})  # fmt: skip


def framed(kind, body):
    """A frame with its length, which does not count itself."""
    return struct.pack(">HB", (len(body) + 1) & 0xFFFF, kind) + body


def answer(kind, accepted=True, interval=None):
    """Whether a request was carried out; a login also tells how often data is to be acknowledged."""
    fields = [(1, b"K" if accepted else b"N")]
    if interval is not None:
        fields.append((2, struct.pack(">I", interval)))
    body = b"".join(struct.pack(">BH", number, len(value)) + value for number, value in fields)
    return framed(kind, bytes((len(fields),)) + body)


def message(code, text, about):
    """A remark: code, text, and the kind of request that it is about."""
    fields = ((1, struct.pack(">i", code)), (2, text.encode()), (3, bytes((about,))))
    body = b"".join(struct.pack(">BH", number, len(value)) + value for number, value in fields)
    return framed(MESSAGE, bytes((len(fields),)) + body)


def data(number, entries):
    """A data frame."""
    return framed(DATA, struct.pack(">IH", number, len(entries)) + b"".join(entries))


def snapshot(topic_id, topic, values, scale, listed):
    """All values of a topic, with its scale and names."""
    texts = (topic.split("|")[1], listed.instrument.token, listed.name)
    tail = b"".join(bytes((len(text),)) + text.encode() for text in texts)
    multiplier, precision = scale
    return (
        b"S" + topic_id + bytes((len(topic),)) + topic.encode() + _numbers(values) + bytes(2)
        + struct.pack(">HB", multiplier, precision) + tail
    )  # fmt: skip


def update(topic_id, before, values):
    """What changed since; None when nothing did."""
    changed = [NO_VALUE if old == new else new for old, new in zip(before, values, strict=True)]
    if all(value == NO_VALUE for value in changed):
        return None
    return b"U" + topic_id + _numbers(changed)


def lite(topic_id, last):
    """The last price alone."""
    return b"L" + topic_id + struct.pack(">i", last)


def _numbers(values):
    return struct.pack(f">B{len(values)}i", len(values), *values)


def values_of(kind, tick, listed):
    """The numbers of a topic of a kind, as this tick has them."""
    multiplier, precision = listed.scale
    factor = 10**precision * multiplier

    def price(value):
        return NO_VALUE if value is None else round(value * factor)

    def count(value):
        return NO_VALUE if value is None else min(value // listed.lot, MOST)

    if kind == "dp":
        sides = [[*side[:5], *[None] * 5][:5] for side in (tick.bids, tick.asks)]
        return [
            *(price(level.price if level else None) for side in sides for level in side),
            *(count(level.quantity) if level else 0 for side in sides for level in side),
            *((level.orders or 1) if level else 0 for side in sides for level in side),
        ]
    found = []
    for name in SF if kind == "sf" else IF:
        value = getattr(tick.quote, name) if name else None
        if name in PRICES:
            found.append(price(value))
        elif name.endswith("_at_ms"):
            found.append(NO_VALUE if value is None else value // 1000)
        else:
            found.append(count(value))
    return found


def request_of(frame):
    """(kind, {field id: value}) of a client's frame. Raises ValueError or struct.error for anything else."""
    kind, fields = frame[2], frame[3]
    at, found = 4, {}
    for _ in range(fields):
        number, size = struct.unpack(">BH", frame[at : at + 3])
        if at + 3 + size > len(frame):
            raise ValueError("a field is cut")
        found[number] = frame[at + 3 : at + 3 + size]
        at += 3 + size
    if at != len(frame):
        raise ValueError("bytes are left over")
    return kind, found


def topics_of(block):
    """The topics of a subscription."""
    (count,) = struct.unpack(">H", block[:2])
    at, found = 2, []
    for _ in range(count):
        found.append(block[at + 1 : at + 1 + block[at]].decode("ascii"))
        at += 1 + block[at]
    if at != len(block):
        raise ValueError("bytes are left over")
    return found

"""Noren's socket: one per session for prices and orders, JSON texts both ways."""

import json

from domain.market import Depth, Mode
from test.twins.kit.stream.connection import Connection
from test.twins.kit.stream.garbage import MAKERS
from test.twins.kit.stream.server import PACE, Limits, StreamServer
from test.twins.noren import rows

STOPS = {"u": "t", "ud": "d"}
MOST_KEYS = 100
GARBAGE = {
    "cut": lambda dice: ['{"t":"tf","e":"NSE","tk":"1","lp":"1'],
    "stranger": lambda dice: ['{"t":"tf","e":"NSE","tk":"99999999","lp":"1.00"}'],
    "unnumbered": lambda dice: ['{"t":"tk","e":"NSE","tk":"1","lp":"many","v":"1.5"}'],
    "odd": lambda dice: ['{"t":"xx"}', "{}", '{"t":5}'],
    **MAKERS,
}


class NorenConnection(Connection):
    """A socket that signs in with its first message. `kinds`: what is asked of each instrument, t and d."""

    def __init__(self, number, socket, stream):
        super().__init__(number, socket, stream)
        self.kinds = {}
        self._sent = {}
        self._wants_orders = False

    @classmethod
    def credentials_of(cls, request):
        return None

    def obey(self, text):
        try:
            message = json.loads(text)
            word = message.get("t")
        except (ValueError, AttributeError):
            return []
        if word in ("a", "c"):
            return [self._signed_in(message)]
        if word == "h":
            return ['{"t":"hk"}']
        if self.user is None:
            return []
        if word in ("t", "d"):
            return self._asked(word, message.get("k", "").split("#"))
        if word in STOPS:
            return [self._stopped(word, message.get("k", "").split("#"))]
        if word in ("o", "uo"):
            self._wants_orders = word == "o"
            return [json.dumps({"t": f"{word}k", "actid": self.user})]
        return []

    def _signed_in(self, message):
        token = message.get("accesstoken") if message["t"] == "a" else None
        key = self._stream.sessions.key_of(token) if token else None
        is_own = key is not None and self._stream.sessions.user_of(key, token) == message.get("uid")
        accepted = is_own and self.sign_in(key, token)
        return json.dumps(
            {"t": f"{message['t']}k", "uid": message.get("uid"), "s": "OK" if accepted else "Not_Ok"}
        )

    def _asked(self, kind, keys):
        """An image of each; too many at once, or in all, are let drop without a word."""
        if len(keys) > MOST_KEYS:
            return []
        kinds = {key: self.kinds.get(key, set()) | {kind} for key in keys}
        wanted = [(key, Mode.DEPTH if "d" in found else Mode.QUOTE) for key, found in kinds.items()]
        for mode in (Mode.QUOTE, Mode.DEPTH):
            if not self.want([key for key, each in wanted if each is mode], mode):
                return []
        self.kinds |= {key: found for key, found in kinds.items() if key in self.modes}
        return [self._image(kind, key) for key in keys if key in self.modes]

    def _stopped(self, word, keys):
        for key in keys:
            left = self.kinds.get(key, set()) - {STOPS[word]}
            self._sent.pop((STOPS[word], key), None)
            if left:
                self.kinds[key] = left
            elif self.kinds.pop(key, None) is not None:
                self.forget([key])
        return json.dumps({"t": f"{word}k", "k": "#".join(keys)})

    def forget(self, tokens):
        for token in tokens:
            self.kinds.pop(token, None)
        super().forget(tokens)

    def _image(self, kind, key):
        listed = self._market.listing.by_token(key)
        is_index = listed.instrument.exchange.is_index
        depth = Depth(quote=self._market.quote(listed)) if is_index else self._market.depth(listed)
        shown = self._shown(kind, listed, depth)
        self._sent[kind, key] = shown
        return json.dumps({"t": f"{kind}k", **_names(key), **rows.image(listed, shown)})

    def _shown(self, kind, listed, depth):
        shown = rows.quote(listed, depth)
        return rows.touch(shown) if kind == "t" else shown

    def ticks(self, due):
        """What changed of each instrument, in each kind that is asked for."""
        frames = []
        for tick, listed in due:
            key = listed.token
            depth = Depth(quote=tick.quote, bids=tick.bids, asks=tick.asks)
            for kind in sorted(self.kinds.get(key, ())):
                shown, before = self._shown(kind, listed, depth), self._sent.get((kind, key), {})
                changed = {name: value for name, value in shown.items() if before.get(name) != value}
                if kind == "t" and not tick.bids:
                    changed = {name: value for name, value in changed.items() if name[0] not in "bs"}
                    changed |= _touched(tick.quote, before)
                self._sent[kind, key] = {**before, **changed}
                frames.append(json.dumps({"t": f"{kind}f", **_names(key), **changed, "lp": shown["lp"]}))
        return frames

    def orders(self, data):
        return [json.dumps({"t": "om", **data})] if self._wants_orders else []


def _names(key):
    exchange, _, token = key.partition("|")
    return {"e": exchange, "tk": token}


def _touched(quote, before):
    """Level 1 of a tick without a book."""
    found = {"bp1": quote.bid, "sp1": quote.ask, "bq1": quote.bid_qty, "sq1": quote.ask_qty}
    texts = {
        name: rows.money(value) if name[1] == "p" else str(value) for name, value in found.items() if value
    }
    return {name: text for name, text in texts.items() if before.get(name) != text}


def noren_socket(market, sessions, dials, member, seed=1, pace=PACE):
    """The socket's server; one socket per session."""
    limits = Limits(instruments_per_socket=5000, sockets_per_key=1)
    return StreamServer(
        market, sessions, dials, {member.ws: NorenConnection}, limits, seed=seed, pace=pace, makers=GARBAGE
    )

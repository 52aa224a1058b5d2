"""Subscriptions that a vendor takes beside its socket: snapshots, failures, dead sessions and renewed tokens."""

from __future__ import annotations

from collections.abc import Sequence

from broker.core.roles import Session, SideCall, StreamEvent
from domain.errors import SessionDead, Unavailable
from domain.instruments import Instrument
from domain.market import Mode
from test.ws.conftest import FAST, VendorCodec, session_of, vendor_tick


class RestVendor:
    """What the vendor's REST side was asked; `refusals` are raised first, in order."""

    def __init__(self, *refusals: Exception) -> None:
        self.asked: list[tuple[str, str, tuple[str, ...]]] = []
        self.refusals = list(refusals)
        self.snapshot: list[StreamEvent] = []

    def ask(self, what: str, tokens: tuple[str, ...]) -> SideCall:
        def run(session: Session) -> list[StreamEvent]:
            self.asked.append((what, session.tokens["token"], tokens))
            if self.refusals:
                raise self.refusals.pop(0)
            return list(self.snapshot) if what == "subscribe" else []

        return SideCall(what, tokens, run)


class SideCodec(VendorCodec):
    def __init__(self, url: str, rest: RestVendor) -> None:
        super().__init__(url)
        self._rest = rest

    def subscribe(self, wants: Sequence[tuple[Instrument, Mode]]) -> list[SideCall]:  # type: ignore[override]
        return [self._rest.ask("subscribe", tuple(row.token for row, _ in wants))]

    def unsubscribe(self, instruments: Sequence[Instrument]) -> list[SideCall]:  # type: ignore[override]
        return [self._rest.ask("unsubscribe", tuple(row.token for row in instruments))]


def world_of(world, rest: RestVendor):
    """The codec's address is known once the vendor listens."""
    place: list[str] = []
    built = world(roles={"stream": lambda: SideCodec(place[0], rest)}, feed=FAST)
    return built, place


def test_a_snapshot_of_a_side_call_arrives_like_a_tick_and_the_last_who_leaves_ends_it(run, world, wait):
    async def scenario():
        rest = RestVendor()
        rest.snapshot = [vendor_tick("NSE", "1", 3, 391.4)]
        built, place = world_of(world, rest)
        async with built as w:
            place.append(w.vendor.url)
            client = await w.client()
            await client.subscribe("ALPHA")
            assert (await client.expect(type="market_data", symbol="ALPHA"))["data"]["ltp"] == 391.4
            await client.ask(
                {"action": "unsubscribe", "symbol": "ALPHA", "exchange": "NSE", "mode": 1}, type="unsubscribe"
            )
            await wait(lambda: ("unsubscribe", "t1", ("1",)) in rest.asked or not w.vendor.sockets)
            assert rest.asked[0] == ("subscribe", "t1", ("1",))

    run(scenario)


def test_a_side_call_that_fails_is_made_again_and_costs_no_socket(run, world, wait, monkeypatch):
    monkeypatch.setattr("websocket_proxy.feed.wire.AGAIN_SECONDS", 0.05)

    async def scenario():
        rest = RestVendor(Unavailable("busy"))
        built, place = world_of(world, rest)
        async with built as w:
            place.append(w.vendor.url)
            client = await w.client()
            await client.subscribe("ALPHA")
            await wait(lambda: rest.asked.count(("subscribe", "t1", ("1",))) == 2)
            assert w.vendor.logins == ["t1"]

    run(scenario)


def test_a_dead_session_found_beside_the_socket_ends_the_connection_until_a_new_login(run, world, wait):
    async def scenario():
        rest = RestVendor(*[SessionDead("Invalid Token")] * 100)
        built, place = world_of(world, rest)
        async with built as w:
            place.append(w.vendor.url)
            client = await w.client()
            await client.subscribe("ALPHA")

            def waits_for_a_login() -> bool:
                account = w.process.feed.figures()["accounts"].get("7") or {}
                return account.get("state") == "no_session" and "Invalid Token" in account["reason"]

            await wait(waits_for_a_login)

    run(scenario)


def test_tokens_that_a_side_call_renewed_are_dialled_with_at_once(run, world, wait):
    async def scenario():
        rest = RestVendor()
        built, place = world_of(world, rest)
        async with built as w:
            place.append(w.vendor.url)
            client = await w.client()
            real = rest.ask

            def renewing(what: str, tokens: tuple[str, ...]) -> SideCall:
                call = real(what, tokens)

                def run_it(session: Session) -> list[StreamEvent]:
                    w.house.logins[7] = session_of(7, "t2")
                    return call.run(session)

                return SideCall(what, tokens, run_it)

            rest.ask = renewing  # type: ignore[method-assign]
            await client.subscribe("ALPHA")
            await wait(lambda: w.vendor.logins == ["t1", "t2"] and ("subscribe", "t2", ("1",)) in rest.asked)

    run(scenario)


def test_a_connection_that_the_vendor_calls_over_is_dialled_again(run, world, wait):
    async def scenario():
        async with world() as w:
            client = await w.client()
            await client.subscribe("ALPHA")
            await w.upstream("1")
            await w.vendor.say({"control": "closed", "detail": "moved"})
            await wait(lambda: w.vendor.logins == ["t1", "t1"])
            await w.upstream("1")

    run(scenario)

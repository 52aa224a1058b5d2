"""The wire between app and vendor, in memory: what each call meets is drawn from the seed, and noted for the judge."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from broker.core.http import Request, Response
from domain.errors import NotSent, OutcomeUnknown
from test.sim.stage.threads import VirtualThreads
from test.sim.stage.vendor import Answer, Vendor

CONNECT_SECONDS = 4.0
PAGE = b"<html><h1>Bad gateway</h1></html>"
# fault -> weight, for writes and for reads.
WRITE_FAULTS = {
    "fine": 62, "not_sent": 3, "timeout_before": 4, "timeout_after": 5, "late": 3, "reset_before": 3, "reset_after": 4,
    "page_before": 3, "page_after": 3, "sorry_before": 2, "sorry_after": 2, "busy": 2, "busy_quiet": 2, "garbled": 2,
}  # fmt: skip
READ_FAULTS = {
    "fine": 80, "not_sent": 3, "timeout_before": 3, "reset_after": 4, "page_before": 4, "sorry_before": 2, "busy": 2,
    "garbled": 2,
}  # fmt: skip
# What the caller can know after each: a clean answer, a clean refusal, or nothing.
REFUSED = ("not_sent", "busy", "busy_quiet")


@dataclass
class WireCall:
    """One write as it met the wire. target: the order in its path. terms: its form without the tag.

    told: `answer`, `refused` or `nothing`, at `told_at`; `order_id` when the vendor acted, at `acted_at`.
    """

    label: str
    life: int
    method: str
    target: str
    tag: str | None
    at: float
    fault: str
    terms: tuple[tuple[str, str], ...] = ()
    told: str = "nothing"
    told_at: float = 0.0
    order_id: str | None = None
    acted_at: float = 0.0


class Wire:
    """The transport that every adapter of the world is given."""

    def __init__(self, threads: VirtualThreads, vendor: Vendor, seed: int, log: Callable[..., None]) -> None:
        self._threads = threads
        self._vendor = vendor
        self._dice = random.Random(f"wire-{seed}")
        self._log = log
        self.calm = False
        self.script: list[tuple[str, str, dict[str, Any]]] = []
        self.down_until = 0.0
        self.failed_read_at = 0.0
        self.read_ends: list[tuple[float, bool]] = []
        self.writes: list[WireCall] = []
        self.acted_on: Callable[[str, dict[str, Any]], None] = lambda order_id, plan: None

    def send(self, request: Request) -> Response:
        """See broker.core.http.Transport."""
        threads = self._threads
        threads.step()
        path = request.url.partition("?")[0].split("//", 1)[1].partition("/")[2]
        plan = self._plan(request.method, path)
        is_write = request.method != "GET" and path.startswith("orders")
        call = self._note(request, path, plan) if is_write else None
        try:
            response = self._meet(request, plan, call)
        except (NotSent, OutcomeUnknown):
            self._ended(request, path, plan, call, failed=True)
            raise
        finally:
            if call is not None:
                call.told_at = threads.now
        failed = response.status >= 400 or plan["fault"] == "garbled"
        self._ended(request, path, plan, call, failed=failed)
        threads.step()
        return response

    def close(self) -> None:
        """See broker.core.http.Transport."""

    def _plan(self, method: str, path: str) -> dict[str, Any]:
        """What this call meets."""
        for number, (wanted, prefix, plan) in enumerate(self.script):
            if wanted == method and path.startswith(prefix):
                del self.script[number]
                return {"fault": "fine", **plan}
        if self._threads.now < self.down_until:
            return {"fault": self._dice.choice(("not_sent", "timeout_before"))}
        if self.calm or not path.startswith(("orders", "portfolio", "trades")):
            return {"fault": "fine"}
        weights = READ_FAULTS if method == "GET" else WRITE_FAULTS
        fault = self._dice.choices(list(weights), list(weights.values()))[0]
        plan: dict[str, Any] = {"fault": fault}
        if method == "POST" and self._dice.random() < 0.15:
            plan["hide"] = self._dice.uniform(0.5, 20.0)
        if method == "POST" and self._dice.random() < 0.08:
            plan["reject"] = self._dice.uniform(0.01, 8.0)
        return plan

    def _note(self, request: Request, path: str, plan: dict[str, Any]) -> WireCall:
        form = parse_qs((request.body or b"").decode())
        task = self._threads.current
        assert task is not None and task.life is not None
        call = WireCall(
            label=task.label, life=task.life.number, method=request.method, target=path.rpartition("/")[2],
            tag=form.get("tag", [None])[0] if request.method == "POST" else None, at=self._threads.now,
            fault=plan["fault"],
            terms=tuple(sorted((name, value[0]) for name, value in form.items() if name != "tag")),
        )  # fmt: skip
        self.writes.append(call)
        return call

    def _ended(
        self, request: Request, path: str, plan: dict[str, Any], call: WireCall | None, *, failed: bool
    ) -> None:
        now = self._threads.now
        at = call.order_id if call is not None else ""
        self._log("wire", request.method, path, plan["fault"], "failed" if failed else "answered", at)
        if request.method == "GET" and path == "orders":
            self.read_ends.append((now, not failed))

    def _meet(self, request: Request, plan: dict[str, Any], call: WireCall | None) -> Response:
        fault, dice = plan["fault"], self._dice
        if fault == "not_sent":
            self._threads.sleep(dice.choice((0.0, CONNECT_SECONDS)))
            self._tell(call, "refused")
            raise NotSent("The vendor could not be reached; nothing was sent")
        begun = self._threads.now
        self._threads.sleep(dice.uniform(0.005, 0.06))
        if fault == "late":
            self._later(request, plan, call)
        if fault in ("busy", "busy_quiet"):
            self._tell(call, "refused")
            return _busy(dice, quiet=fault == "busy_quiet")
        if fault.endswith("_before") or fault == "late":
            return self._lost(request, fault, begun)
        answer = self._act(request, plan, call)
        self._threads.sleep(dice.uniform(0.005, 0.06))
        if fault in ("timeout_after", "reset_after", "page_after", "sorry_after"):
            return self._lost(request, fault, begun)
        if fault == "garbled":
            return _response(200, answer.body[: len(answer.body) // 2])
        if "edit" in plan:
            answer.body = plan["edit"](answer.body)
        clean = call is not None and answer.status == 200
        self._tell(call, "answer" if clean else "refused")
        return _response(answer.status, answer.body, answer.content_type)

    def _act(self, request: Request, plan: dict[str, Any], call: WireCall | None) -> Answer:
        """The vendor works; nothing of our app happens meanwhile."""
        answer = self._vendor.answer(request)
        if call is not None and answer.status == 200:
            call.order_id = json.loads(answer.body)["data"]["order_id"]
            call.acted_at = self._threads.now
            if request.method == "POST":
                self.acted_on(str(call.order_id), plan)
        return answer

    def _later(self, request: Request, plan: dict[str, Any], call: WireCall | None) -> None:
        """The request sits in a queue of the vendor and is worked on after the caller has given up."""
        seconds = plan.get("seconds") or self._dice.uniform(0.1, 20.0)
        self._threads.later(seconds, lambda: self._act_late(request, plan, call), "vendor-queue")

    def _act_late(self, request: Request, plan: dict[str, Any], call: WireCall | None) -> None:
        self._act(request, plan, call)
        self._log("late", request.method, call.order_id if call else None)

    def _lost(self, request: Request, fault: str, begun: float) -> Response:
        """No trustworthy answer comes back."""
        if fault.startswith("page"):
            return _response(self._dice.choice((502, 503, 504)), PAGE, "text/html")
        if fault.startswith("sorry"):
            kind = self._dice.choice(("NetworkException", "GeneralException", "DataException"))
            body = {"status": "error", "message": "Gateway timed out", "error_type": kind, "data": None}
            return _response(self._dice.choice((500, 503)), json.dumps(body).encode())
        if not fault.startswith("reset"):
            self._threads.sleep(max(0.0, request.timeout - (self._threads.now - begun)))
        raise OutcomeUnknown("No whole answer from the vendor")

    @staticmethod
    def _tell(call: WireCall | None, told: str) -> None:
        if call is not None:
            call.told = told


def _busy(dice: random.Random, *, quiet: bool) -> Response:
    """429 with and without Retry-After, as JSON and as a page."""
    headers = {} if quiet else {"retry-after": str(dice.choice((1, 2, 3)))}
    body = {"status": "error", "message": "Too many requests", "error_type": "NetworkException", "data": None}
    text = PAGE if quiet and dice.random() < 0.5 else json.dumps(body).encode()
    return Response(429, headers, text)


def _response(status: int, body: bytes, kind: str = "application/json") -> Response:
    return Response(status, {"content-type": kind}, body)

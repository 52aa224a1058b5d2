"""REST calls of a vendor over the simulated exchange: faults, rates, sessions and routes around its own calls."""

import asyncio
import re
from functools import partial

from test.twins.kit.http_server import RESET, Answer

ID = r"([^/]+)"
"""One part of a path, for routes."""


class Rest:
    """A vendor fills `routes`, `user`, `success`, `refused`, `failed` and `missing`, and may answer `open_call`.

    errors: exceptions that `refused` can say in the vendor's words. rates: a RateLimits.
    """

    errors = (ValueError,)

    def __init__(self, market, sessions, faults, rates):
        self._market = market
        self._sessions = sessions
        self._faults = faults
        self.rates = rates
        self.requests = []
        self._routes = [(method, re.compile(path), work) for method, path, work in self.routes()]

    def routes(self):
        """(method, pattern of the whole path, work) each; work(user, request, *groups) answers data or an Answer."""
        raise NotImplementedError

    def user(self, request):
        """Whose session the request carries; raises for none."""
        raise NotImplementedError

    def success(self, data):
        """The Answer of a call that went well."""
        raise NotImplementedError

    def refused(self, wrong):
        """The Answer that tells one of `errors`."""
        raise NotImplementedError

    def failed(self, fault):
        """The Answer of a `status` fault."""
        raise NotImplementedError

    def missing(self, is_known):
        """The Answer for a path that no route has, or, when `is_known`, for its method."""
        raise NotImplementedError

    def throttled(self):
        """The Answer above the published rate."""
        raise NotImplementedError

    def caller(self, request):
        """Whose rates a request counts against."""
        return request.headers.get("authorization", "")

    def open_call(self, request):
        """The Answer of a call that needs no session (login page, login), or what makes its data; None for others."""
        return

    async def handle(self, request):
        """One request with its faults; None drops the connection, RESET resets it."""
        method, path = request.method, request.path
        self.requests.append(f"{method} {path}")
        faults = self._faults
        await faults.delay(method, path, "delay_before")
        if faults.take(method, path, "drop_before"):
            return None
        if faults.take(method, path, "reset"):
            return RESET
        if not self.rates.admit(method, path, self.caller(request)):
            return self.throttled()
        fault = faults.take(method, path, "status", "html")
        if fault is not None:
            if fault.kind == "html":
                return Answer(fault.status, b"<html><h1>Bad gateway</h1></html>", "text/html")
            return self.failed(fault)
        answer = await self._answer(request)
        await faults.delay(method, path, "delay_after")
        if faults.take(method, path, "garbled"):
            answer = Answer(answer.status, answer.body[: len(answer.body) // 2], answer.content_type)
        return None if faults.take(method, path, "drop_after") else answer

    async def _answer(self, request):
        """Sessions on the loop, books on a thread of their own."""
        try:
            found = self._work(request)
            return found if isinstance(found, Answer) else self._told(await asyncio.to_thread(found))
        except self.errors as wrong:
            return self.refused(wrong)

    def answer(self, request):
        """One request without faults, on the caller's thread: for a twin inside another program."""
        try:
            found = self._work(request)
            return found if isinstance(found, Answer) else self._told(found())
        except self.errors as wrong:
            return self.refused(wrong)

    def _told(self, data):
        return data if isinstance(data, Answer) else self.success(data)

    def _work(self, request):
        """The answer, or the call that makes its data."""
        answer = self.open_call(request)
        return self._route(request, self.user(request)) if answer is None else answer

    def _route(self, request, user):
        known = False
        for method, path, work in self._routes:
            match = path.fullmatch(request.path)
            if match is None:
                continue
            known = True
            if method == request.method:
                return partial(work, user, request, *match.groups())
        return self.missing(known)

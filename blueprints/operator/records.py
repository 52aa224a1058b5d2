"""Traffic, broker calls, and the API and analyzer logs."""

from __future__ import annotations

from typing import Any, Literal

import flask
from pydantic import Field, field_validator

from blueprints.edge import Call, Form, session_route
from blueprints.operator.paging import PageQuery, rows_of
from services.ops.records.search import CallFilter, TrafficFilter

blueprint = flask.Blueprint("operator_records", __name__)
ROOT = "/ui/api/operator"
METHODS = ("", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


class TrafficQuery(PageQuery):
    """status: one digit for a class, or all three."""

    path: str = Field("", max_length=200)
    method: str = Field("", max_length=10)
    status: str = Field("", pattern=r"^([1-5]|[1-5]\d\d)?$")
    address: str = Field("", max_length=50)
    request_id: str = Field("", max_length=40)

    @field_validator("method")
    @classmethod
    def _known(cls, method: str) -> str:
        if method.upper() not in METHODS:
            raise ValueError("is not a method of HTTP")
        return method.upper()

    @property
    def wanted(self) -> TrafficFilter:
        """As the search takes it."""
        return TrafficFilter(
            path=self.path, method=self.method, status=self.status, address=self.address,
            request_id=self.request_id,
        )  # fmt: skip


class HoursQuery(Form):
    """How far back."""

    hours: int = Field(24, ge=1, le=720)


class RequestQuery(PageQuery):
    """Of one request, where it is named."""

    request_id: str = Field("", max_length=40)


class CallQuery(RequestQuery):
    """mode: live, or analyze for paper trading. words: a part of the request or the answer."""

    mode: Literal["live", "analyze"]
    api_type: str = Field("", max_length=50)
    words: str = Field("", max_length=100)


@session_route(blueprint, f"{ROOT}/traffic", auth="admin", query=TrafficQuery)
def show_traffic(call: Call) -> Any:
    """HTTP requests, newest first."""
    return rows_of(call.services.operator.records.traffic(call.query.wanted, call.query.page))


@session_route(blueprint, f"{ROOT}/traffic/endpoints", auth="admin", query=HoursQuery)
def show_endpoints(call: Call) -> Any:
    """Requests, refusals (4xx) and failures (5xx) by endpoint, most asked first."""
    return call.services.operator.records.traffic_sums(call.query.hours)


@session_route(blueprint, f"{ROOT}/broker-calls", auth="admin", query=RequestQuery)
def show_broker_calls(call: Call) -> Any:
    """Calls to brokers, newest first."""
    return rows_of(call.services.operator.records.broker_calls(call.query.request_id, call.query.page))


@session_route(blueprint, "/ui/api/logs/calls", query=CallQuery)
def show_calls(call: Call) -> Any:
    """API calls of orders with request and answer, newest first: one's own, everybody's for an administrator."""
    asked: CallQuery = call.query
    wanted = CallFilter(
        user_id=None if call.principal.is_admin else call.principal.user_id, api_type=asked.api_type,
        words=asked.words, request_id=asked.request_id,
    )  # fmt: skip
    return rows_of(call.services.operator.records.calls(asked.mode, wanted, asked.page))

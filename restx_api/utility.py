"""Calendar, mode, liveness and chart preferences."""

from __future__ import annotations

from typing import Any

from flask_restx import Namespace, Resource

from restx_api.edge import Call, Reply, endpoint
from restx_api.schemas.market import ChartBody, EmptyBody, HolidaysBody, TimingsBody, ToggleBody
from services.accounts.keys.access import Need
from services.trading.modes import AppMode
from services.trading.router import require_account
from utils.clock import ist

utility = Namespace("utility", path="/")


@utility.route("/ping", "/ping/")
class Ping(Resource):
    """The cheapest check of a key and its broker session."""

    @endpoint(EmptyBody, needs=Need.DATA, tag="utility", summary="Check key and connection")
    def post(self, call: Call) -> Reply:
        """Asks no broker."""
        broker = require_account(call.principal).broker
        return Reply({"data": {"message": "pong", "broker": broker}})


@utility.route("/analyzer", "/analyzer/")
class Analyzer(Resource):
    """The paper switch."""

    @endpoint(EmptyBody, needs=Need.READ, tag="utility", paper=True, summary="Whether paper trading is on")
    def post(self, call: Call) -> Reply:
        """Also how many calls were logged in that mode."""
        data = _switch(call)
        return Reply({"data": data}, data["mode"])


@utility.route("/analyzer/toggle", "/analyzer/toggle/")
class AnalyzerToggle(Resource):
    """Switches paper trading."""

    @endpoint(
        ToggleBody, needs=Need.SWITCH, tag="utility", paper=True, summary="Switch paper trading on or off"
    )
    def post(self, call: Call) -> Reply:
        """For the whole installation; saying it twice changes nothing."""
        if not call.body.mode:
            call.services.approvals.require_none_waiting(call.principal.user_id)
        call.services.installation.set_analyze_mode(call.body.mode)
        data = _switch(call)
        message = f"Analyzer mode switched to {data['mode']}"
        return Reply({"data": {**data, "message": message}}, data["mode"])


def _switch(call: Call) -> dict[str, Any]:
    mode = call.services.trading.modes.app_mode()
    return {
        "mode": mode.value,
        "analyze_mode": mode is AppMode.ANALYZE,
        "total_logs": call.services.call_log.analyzer_calls(),
    }


@utility.route("/market/holidays", "/market/holidays/")
class Holidays(Resource):
    """The year's holidays."""

    @endpoint(HolidaysBody, needs=Need.DATA, tag="utility", summary="Market holidays of a year")
    def post(self, call: Call) -> Reply:
        """This year when none is named."""
        year = call.body.year or ist(call.services.clock.now()).year
        rows = call.services.calendar.holidays(year)
        return Reply({"year": year, "timezone": "Asia/Kolkata", "data": rows})


@utility.route("/market/timings", "/market/timings/")
class Timings(Resource):
    """The day's sessions."""

    @endpoint(TimingsBody, needs=Need.DATA, tag="utility", summary="Trading hours of a day")
    def post(self, call: Call) -> Reply:
        """Epoch milliseconds."""
        return Reply({"data": call.services.calendar.timings(call.body.date)})


@utility.route("/chart", "/chart/")
class ChartPreferences(Resource):
    """What charts remember of the user; the desk's own chart keeps its settings here, too."""

    @endpoint(
        EmptyBody, needs=Need.READ, tag="utility", in_query=True, summary="Chart preferences",
        without_key="Missing apikey parameter",
    )  # fmt: skip
    def get(self, call: Call) -> Reply:
        """Every value under its name."""
        return Reply({"data": call.services.chart_preferences.values(call.principal.user_id)})

    @endpoint(ChartBody, needs=Need.TRADE, tag="utility", summary="Keep chart preferences")
    def post(self, call: Call) -> Reply:
        """Names that are not given keep their values."""
        call.services.chart_preferences.put(call.principal.user_id, call.body.preferences)
        return Reply({"message": "Preferences updated successfully"})

"""The id that follows a request: from the edge to log rows, the order story, the broker call and the answer."""

from __future__ import annotations

import ipaddress

import flask

from blueprints.guards.proxies import THROUGH_PROXY
from utils import request_ids
from utils.ids import IdSource

HEADER = "X-Request-ID"


def install_request_ids(app: flask.Flask, ids: IdSource) -> None:
    """Number every request. Only a caller who is trusted may bring an id: this machine, or our own reverse proxy.

    Anybody else could give many requests one id, and so hide among them what he did.
    """

    def begin() -> None:
        offered = flask.request.headers.get(HEADER, "")
        trusted = bool(offered) and request_ids.is_request_id(offered) and _is_trusted()
        flask.g.request_id = offered if trusted else ids.unique()
        request_ids.begin(flask.g.request_id)

    app.before_request(begin)
    app.teardown_request(lambda _error: request_ids.begin(""))


def _is_trusted() -> bool:
    if THROUGH_PROXY in flask.request.environ:
        return True
    peer = flask.request.remote_addr
    # A peer without an address came through a socket of this machine.
    try:
        return not peer or ipaddress.ip_address(peer).is_loopback
    except ValueError:
        return False

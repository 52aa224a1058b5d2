"""Puts the browser side onto a Flask app: sessions, security, errors, routes and Socket.IO, in that order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import flask
from flask_socketio import SocketIO

from blueprints import (
    accounts,
    action_center,
    apikeys,
    automation,
    contracts,
    docs,
    health,
    market,
    operator,
    react_app,
    sandbox,
    session,
    trading,
)
from blueprints.desk import basket, drift, exits, gtts, payoff, preferences, risk, ticket, watchlists
from blueprints.guards.addresses import install_bans
from blueprints.guards.errors import install_errors
from blueprints.guards.proxies import TrustedProxies
from blueprints.guards.request_ids import install_request_ids
from blueprints.guards.security import install_security, install_traffic
from blueprints.guards.web_session import install_sessions
from blueprints.identity import bans, passkeys, profile, recovery, second_factor, users
from blueprints.socketio import install_socketio

if TYPE_CHECKING:
    from services.container import AppServices

BLUEPRINTS = (
    session.blueprint,
    second_factor.blueprint,
    profile.blueprint,
    recovery.blueprint,
    users.blueprint,
    passkeys.blueprint,
    bans.blueprint,
    accounts.blueprint,
    apikeys.blueprint,
    contracts.blueprint,
    preferences.blueprint,
    watchlists.blueprint,
    trading.blueprint,
    *automation.BLUEPRINTS,
    basket.blueprint,
    payoff.blueprint,
    gtts.blueprint,
    risk.blueprint,
    drift.blueprint,
    exits.blueprint,
    ticket.blueprint,
    sandbox.blueprint,
    action_center.blueprint,
    docs.blueprint,
    market.blueprint,
    health.blueprint,
    *operator.BLUEPRINTS,
    react_app.blueprint,
)


def install(app: flask.Flask, services: AppServices) -> SocketIO:
    """Everything of this package. The caller then checks utils.route_policy.undeclared_routes(app)."""
    app.extensions["openalgo"] = services
    install_sessions(app, services.settings)
    install_request_ids(app, services.ids)
    install_bans(app, services)
    install_security(app, services.settings)
    install_errors(app)
    install_traffic(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    socketio = install_socketio(app, services)
    if services.settings.trust_proxy_headers:
        # Outermost, so that Socket.IO's own door sees the client's address, too.
        app.wsgi_app = TrustedProxies(app.wsgi_app, services.settings.trusted_proxies)  # type: ignore[method-assign]
    return socketio

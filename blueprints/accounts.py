"""Brokers on offer and the user's accounts at them: forms, connecting, the vendor's callback, activating."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode

import flask
import msgspec
from pydantic import Field

from blueprints.contracts import contracts_view
from blueprints.edge import Call, Form, session_route
from blueprints.guards.web_session import browser, device
from domain.errors import OpenAlgoError
from services.accounts.broker_sessions import AccountView

if TYPE_CHECKING:
    from services.container import AppServices

blueprint = flask.Blueprint("accounts", __name__)
MOST_CALLBACK_FIELDS, LONGEST_POST = 40, 8192
POSTED = "posted"

Text = dict[str, str]


class NewAccount(Form):
    broker: str = Field(min_length=1, max_length=40)
    label: str = Field(min_length=1, max_length=80)
    credentials: Text = Field(default_factory=dict, max_length=40)


class AccountChange(Form):
    label: str | None = Field(default=None, max_length=80)
    credentials: Text | None = Field(default=None, max_length=40)


class LoginAnswers(Form):
    """The fields that the manifest's login form asks for; which ones is the manifest's word, not this model's."""

    model_config = {**Form.model_config, "extra": "allow"}
    __pydantic_extra__: dict[str, str]


@session_route(blueprint, "/ui/api/brokers")
def list_brokers(call: Call) -> Any:
    """Every plug-in with its manifest, broken ones with the reason."""
    broken = call.services.brokers.broken()
    manifests = call.services.brokers.manifests()
    ready = [
        {
            "id": manifest.id,
            "name": manifest.name,
            "family": manifest.family,
            "practice": manifest.practice,
            "status": "broken" if manifest.id in broken else "ready",
            "reason": broken.get(manifest.id),
            "exchanges": manifest.exchanges,
            "products": manifest.products,
            "price_types": manifest.price_types,
            "auth": {
                "kind": manifest.auth.kind,
                "credentials": manifest.auth.credentials,
                "login": manifest.auth.login,
            },
            "capabilities": manifest.capabilities,
            "proofs": call.services.brokers.proofs(manifest.id),
            "limits": msgspec.to_builtins(manifest.limits),
            "stream": msgspec.to_builtins(manifest.stream),
            "gtt": msgspec.to_builtins(manifest.gtt),
            "evidence": msgspec.to_builtins(manifest.evidence),
            "callback_url": _callback_url(call.services, manifest.id),
        }
        for manifest in manifests.values()
    ]
    unreadable = [
        {"id": name, "name": name, "status": "broken", "reason": reason}
        for name, reason in broken.items()
        if name not in manifests
    ]
    return ready + unreadable


@session_route(blueprint, "/ui/api/accounts")
def list_accounts(call: Call) -> Any:
    """The user's accounts."""
    return account_views(call.services, call.principal.user_id)


@session_route(blueprint, "/ui/api/accounts", methods=("POST",), body=NewAccount)
def create_account(call: Call) -> Any:
    """A new account; credentials are sealed at once."""
    form = call.body
    account = call.services.accounts.create(call.principal.user_id, form.broker, form.label, form.credentials)
    return account_view(call.services, account)


@session_route(blueprint, "/ui/api/accounts/<int:account_id>", methods=("PUT",), body=AccountChange)
def change_account(call: Call, account_id: int) -> Any:
    """Rename or re-key; blank credentials keep what is stored."""
    account = call.services.accounts.update(
        call.principal.user_id, account_id, call.body.label, call.body.credentials
    )
    return account_view(call.services, account)


@session_route(blueprint, "/ui/api/accounts/<int:account_id>", methods=("DELETE",))
def delete_account(call: Call, account_id: int) -> Any:
    """Remove the account and its session."""
    call.services.accounts.delete(call.principal.user_id, account_id)
    return {}


@session_route(
    blueprint,
    "/ui/api/accounts/<int:account_id>/connect",
    methods=("POST",),
    body=LoginAnswers,
    limit="connect",
)
def connect(call: Call, account_id: int) -> Any:
    """Log the account in, or answer where the browser must go."""
    user_id = call.principal.user_id
    account = call.services.accounts.own(user_id, account_id)
    progress = call.services.logins.begin(
        user_id, account_id, call.body.__pydantic_extra__ or {},
        callback_url=_callback_url(call.services, account.broker), browser=browser().browser_key,
        device=device(),
    )  # fmt: skip
    if progress.account is None:
        return {"redirect_url": progress.redirect_url}
    return {"account": account_view(call.services, progress.account)}


@session_route(blueprint, "/<broker>/callback", limit="login")
def return_from_vendor(call: Call, broker: str) -> Any:
    """The vendor sends the browser back here; it ends at the broker page, whatever happened."""
    answers = dict(list(flask.request.args.items())[:MOST_CALLBACK_FIELDS])
    try:
        if POSTED in answers:
            answers = call.services.logins.posted(answers[POSTED])
        account = call.services.logins.complete_redirect(
            call.principal.user_id, broker, answers, callback_url=_callback_url(call.services, broker),
            browser=browser().browser_key, device=device(),
        )  # fmt: skip
    except OpenAlgoError as error:
        return _to_broker_page({"error": error.message[:200]})
    return _to_broker_page({"connected": str(account.id)})


@session_route(blueprint, "/<broker>/callback", methods=("POST",), auth="public", limit="login")
def return_posted(call: Call, broker: str) -> Any:
    """Some vendors post their answer. Such a post brings no cookie, so the browser comes again with it, sealed."""
    raw = flask.request.get_data(cache=False)[: LONGEST_POST + 1]
    if len(raw) > LONGEST_POST:
        return _to_broker_page({"error": "The broker's answer is too long"})
    text = raw.decode("utf-8", "replace")
    try:  # JSON, plain or encoded for a URL, is no form
        bare = text.startswith(("{", '"', "%"))
        form = [("body", text)] if bare else parse_qsl(text, max_num_fields=MOST_CALLBACK_FIELDS)
    except ValueError:
        return _to_broker_page({"error": "The broker's answer has too many fields"})
    answers = {**dict(list(flask.request.args.items())[:MOST_CALLBACK_FIELDS]), **dict(form)}
    response = flask.Response(status=303)
    query = urlencode({POSTED: call.services.logins.seal_posted(answers)})
    response.headers["Location"] = f"/{quote(broker, safe='')}/callback?{query}"
    response.headers["Cache-Control"] = "no-store"
    return response


@session_route(blueprint, "/ui/api/accounts/<int:account_id>/disconnect", methods=("POST",))
def disconnect(call: Call, account_id: int) -> Any:
    """End the broker session."""
    account = call.services.logins.disconnect(call.principal.user_id, account_id)
    return account_view(call.services, account)


@session_route(blueprint, "/ui/api/accounts/<int:account_id>/activate", methods=("POST",))
def activate(call: Call, account_id: int) -> Any:
    """Let desk and API key stand for this account."""
    account = call.services.accounts.activate(call.principal.user_id, account_id)
    return account_view(call.services, account)


def account_views(services: AppServices, user_id: int) -> list[dict[str, Any]]:
    """All accounts of a user as the desk shows them."""
    return [account_view(services, account) for account in services.accounts.list(user_id)]


def account_view(services: AppServices, account: AccountView) -> dict[str, Any]:
    """One account as the desk shows it."""
    manifest = services.brokers.manifests().get(account.broker)
    return {
        "id": account.id,
        "broker": account.broker,
        "broker_name": manifest.name if manifest else account.broker,
        "practice": manifest is not None and manifest.practice,
        "label": account.label,
        "active": account.active,
        "session": {
            "state": account.state,
            "since": account.since,
            "expires_at": account.expires_at,
            "reason": account.reason,
        },
        "broker_user_id": account.broker_user_id,
        "contracts": contracts_view(services, account.broker),
    }


def _callback_url(services: AppServices, broker: str) -> str:
    """Where the vendor must send the browser back: REDIRECT_URL where it names this broker."""
    configured = services.settings.redirect_url
    if re.search(rf"/{re.escape(broker)}/callback$", configured):
        return configured
    return f"{services.settings.host_server}/{broker}/callback"


def _to_broker_page(query: dict[str, str]) -> flask.Response:
    response = flask.Response(status=303)
    response.headers["Location"] = f"/broker?{urlencode(query)}"
    response.headers["Cache-Control"] = "no-store"
    return response

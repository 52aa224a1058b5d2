"""What every HTTP route declares about itself. A route that declares nothing stops the start."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any, TypeVar

import msgspec

AUTH_KINDS = (
    "public", "session", "admin", "api_key", "one_time_token", "secret_path", "signed_body", "bearer_token",
)  # fmt: skip
# Largest bodies by limit class; a class that is not named takes what the installation takes.
MOST_BYTES = {
    "login": 16_384, "code": 16_384, "reset": 16_384, "credentials": 65_536, "connect": 65_536, "contracts": 65_536,
    "page_error": 16_384, "webhook": 65_536, "order": 262_144, "smart_order": 262_144,
    "ui": 1_048_576, "strategy": 1_048_576,
}  # fmt: skip
_MARK = "__route_policy__"

F = TypeVar("F", bound=Callable[..., Any])


class RoutePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """auth: one of AUTH_KINDS. limit: name of the inbound limit class that the route spends. needs: see Need."""

    auth: str
    limit: str
    needs: str = ""


def declare(*, auth: str, limit: str, needs: str = "") -> Callable[[F], F]:
    """Mark a view function, or a method or class of a method view, with its policy."""
    if auth not in AUTH_KINDS:
        raise ValueError(f"unknown kind of authentication {auth!r}")

    def mark(view: F) -> F:
        setattr(view, _MARK, RoutePolicy(auth=auth, limit=limit, needs=needs))
        return view

    return mark


def policy_of(view: Any, method: str) -> RoutePolicy | None:
    """The policy of a view for an HTTP method, None when it declared none.

    Views made from classes carry `view_class`; there the method's own mark wins over the class's.
    """
    view_class = getattr(view, "view_class", None)
    if view_class is not None:
        handler = getattr(view_class, method.lower(), None)
        found = getattr(handler, _MARK, None) or getattr(view_class, _MARK, None)
    else:
        found = getattr(view, _MARK, None)
    return found if isinstance(found, RoutePolicy) else None


def undeclared_routes(app: Any, limits: Container[str] | None = None) -> list[str]:
    """`METHOD /path` of every route of a Flask app that declared no policy, or a limit that is none of `limits`."""
    missing = []
    for rule in app.url_map.iter_rules():
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            policy = policy_of(app.view_functions[rule.endpoint], method)
            if policy is None:
                missing.append(f"{method} {rule.rule}")
            elif limits is not None and policy.limit not in limits:
                missing.append(f"{method} {rule.rule} (no limit is called {policy.limit})")
    return sorted(missing)


def most_bytes(limit: str, most: int) -> int:
    """How large a body may be on a route that spends a limit; `most` is what the installation takes at all."""
    return min(most, MOST_BYTES.get(limit, most))


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One route with its policy."""

    method: str
    path: str
    policy: RoutePolicy


def table_of(app: Any) -> list[Route]:
    """Every declared route of a Flask app, by path and method; the two spellings of a path are one."""
    found = {
        (path, method): Route(method=method, path=path, policy=policy)
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if (policy := policy_of(app.view_functions[rule.endpoint], method)) is not None
        for path in (rule.rule.rstrip("/") or "/",)
    }
    return [found[key] for key in sorted(found)]

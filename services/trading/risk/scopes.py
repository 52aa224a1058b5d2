"""Whom limits and kill switches are about: everybody, a broker account, a strategy of a user, an API key."""

from __future__ import annotations

from domain.errors import InvalidInput

ALL = "all"
LONGEST = 300
KINDS = ("all", "account", "strategy", "key")


def account(account_id: int) -> str:
    """Scope of a broker account."""
    return f"account:{account_id}"


def strategy(user_id: int, name: str) -> str:
    """Scope of a user's strategy; two users' strategies of one name are two."""
    return f"strategy:{user_id}:{name}"


def key(key_id: int) -> str:
    """Scope of an API key."""
    return f"key:{key_id}"


def of_order(user_id: int, account_id: int, name: str, key_id: int | None) -> tuple[str, ...]:
    """Every scope that an order falls under."""
    found = (ALL, account(account_id), strategy(user_id, name))
    return found if key_id is None else (*found, key(key_id))


def parts(scope: str) -> tuple[str, str, str]:
    """(kind, owner or id, strategy name), empty text for what the kind has not. Raises InvalidInput."""
    kind, _, rest = scope.partition(":")
    if scope == ALL:
        return ALL, "", ""
    if kind in ("account", "key") and rest.isdecimal():
        return kind, rest, ""
    owner, _, name = rest.partition(":")
    if kind == "strategy" and owner.isdecimal() and name.strip() and len(scope) <= LONGEST:
        return kind, owner, name
    text = "must be all, account, strategy or key, with whom it is about"
    raise InvalidInput(f"scope: {text}", errors={"scope": [text]})

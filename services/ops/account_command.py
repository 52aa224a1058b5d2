"""The operator's door: `app.py account …` repairs how a user comes in, beside the running program.

    app.py account list
    app.py account reset-totp NAME     forget a lost authenticator and its recovery codes
    app.py account reset-link NAME     print a link to a new password, good for 15 minutes and one use
    app.py account unlock NAME         open the doors that wrong tries have shut

It needs the settings file of the installation, so whoever can run it owns the installation anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from database import identity
from database.identity import UserRecord
from database.migrate import SchemaError
from domain.errors import NotFound, OpenAlgoError
from services.accounts.signin.audit import OPERATOR
from services.container import Foundation, build_sign_in
from utils.clock import SystemClock
from utils.ids import SystemIds
from utils.settings import Settings

USAGE = "Use: app.py account list | reset-totp NAME | reset-link NAME | unlock NAME"
EXIT_PROBLEM = 2


def run(arguments: Sequence[str], settings: Settings, say: Callable[[str], None]) -> int:
    """Carry out one command; the exit code."""
    verb, names = (arguments[0], arguments[1:]) if arguments else ("", ())
    if not (verb in _VERBS and len(names) == 1) and list(arguments) != ["list"]:
        say(USAGE)
        return EXIT_PROBLEM
    try:
        foundation = Foundation(settings, SystemClock(), SystemIds(), (), owner=False)
    except SchemaError as error:
        say(str(error))
        return EXIT_PROBLEM
    try:
        desk = _Desk(foundation)
        for line in desk.users() if verb == "list" else _VERBS[verb](desk, names[0]):
            say(line)
    except OpenAlgoError as error:
        say(error.message)
        return EXIT_PROBLEM
    finally:
        foundation.close()
    return 0


class _Desk:
    """One command's view of the house."""

    def __init__(self, foundation: Foundation) -> None:
        self._house = foundation
        self._sign_in = build_sign_in(foundation)

    def users(self) -> list[str]:
        """A line for each user."""
        with self._house.stores.main.reading() as unit:
            users = identity.Users(unit).all()
        return [self._line(user) for user in users] or ["There is no user yet"]

    def reset_totp(self, name: str) -> list[str]:
        """Forget the authenticator and sign every browser out."""
        user = self._user(name)
        had = self._sign_in.factors.reset(user.id, OPERATOR)
        ended = self._sign_in.end_sessions(user.id, "The second step was reset by the operator")
        if not had:
            return [f"{user.username} had no authenticator; {ended} browsers were signed out"]
        return [
            f"The authenticator of {user.username} is forgotten; {ended} browsers were signed out.",
            "The next sign-in asks for the password alone: turn the second step on again.",
        ]

    def reset_link(self, name: str) -> list[str]:
        """A link to a new password."""
        return ["Good for 15 minutes and one use:", self._sign_in.resets.link_for(self._user(name).username)]

    def unlock(self, name: str) -> list[str]:
        """Open the user's doors."""
        user = self._user(name)
        opened = self._sign_in.doors.open_all(user.id, user.username)
        self._sign_in.record.note(user.id, "unlocked", OPERATOR)
        return [f"{user.username} may try again" if opened else f"No door of {user.username} was shut"]

    def _user(self, name: str) -> UserRecord:
        user = self._house.users.find(name)
        if user is None:
            raise NotFound(f"There is no user {name}; `app.py account list` names them")
        return user

    def _line(self, user: UserRecord) -> str:
        status = self._sign_in.factors.status(user.id)
        second = (
            f"second step on, {status.recovery_codes_left} recovery codes left"
            if status.enabled
            else ("second step off")
        )
        return f"{user.username} <{user.email}>{' administrator' if user.is_admin else ''}: {second}"


_VERBS: dict[str, Callable[[_Desk, str], list[str]]] = {
    "reset-totp": _Desk.reset_totp, "reset-link": _Desk.reset_link, "unlock": _Desk.unlock,
}  # fmt: skip

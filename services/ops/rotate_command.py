"""`app.py rotate-keys`: a new salt for the keys of everything sealed, in steps each of which survives a kill.

    1  `.env` gets a new FERNET_SALT; the old one becomes FERNET_SALT_PREVIOUS. Skipped when there is a previous one:
       then an earlier run was interrupted, and this one ends it.
    2  every sealed value is brought under the new salt, in small transactions
    3  FERNET_SALT_PREVIOUS leaves `.env`

The program may be started between any two of them: it opens values under both salts. While it runs the command refuses,
because the running program would go on sealing under the old one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from database.migrate import SchemaError
from domain.errors import OpenAlgoError
from services.accounts.rotation import Rotation, reseal_all
from services.container import Foundation
from services.ops.launch import checks
from services.ops.launch.console import StartProblem
from services.ops.launch.first_start import change_env_file
from utils.clock import SystemClock
from utils.ids import SystemIds, secret_hex
from utils.settings import Settings, load_settings

SALT, PREVIOUS = "FERNET_SALT", "FERNET_SALT_PREVIOUS"
EXIT_PROBLEM = 2


def run(env_file: Path, environ: Mapping[str, str], say: Callable[[str], None]) -> int:
    """Carry the rotation out, or end one that was interrupted; the exit code. Raises SettingsError."""
    settings = load_settings(env_file, environ)
    if not settings.fernet_salt:
        say(f"{SALT} is not set in {env_file}: start the program once, which writes it")
        return EXIT_PROBLEM
    held = [name for name in (SALT, PREVIOUS) if environ.get(name)]
    if held:
        say(f"{' and '.join(held)} come from the environment: only a value in {env_file} can be changed here")
        return EXIT_PROBLEM
    try:
        with checks.hold_folder(settings.data_dir):
            return _rotate(env_file, environ, settings, say)
    except (StartProblem, SchemaError) as problem:
        say(str(problem))
    except OpenAlgoError as error:
        say(error.message)
    return EXIT_PROBLEM


def _rotate(
    env_file: Path, environ: Mapping[str, str], settings: Settings, say: Callable[[str], None]
) -> int:
    if settings.fernet_salt_previous:
        say("An earlier rotation was interrupted; it is being ended")
    else:
        change_env_file(env_file, {SALT: secret_hex(16), PREVIOUS: settings.fernet_salt})
        settings = load_settings(env_file, environ)
    done = _renew(settings)
    say(f"{done.renewed} values renewed, {done.current} were current")
    if done.unreadable:
        places = ", ".join(sorted(set(done.unreadable)))
        say(
            f"{len(done.unreadable)} cannot be opened with this installation's secrets ({places}): enter those anew,"
            f" then run this again. {PREVIOUS} stays until then"
        )
        return EXIT_PROBLEM
    change_env_file(env_file, {PREVIOUS: None})
    say(
        "Done. A copy of .env and of the stores from before today opens with its own salt only: make a new backup"
    )
    return 0


def _renew(settings: Settings) -> Rotation:
    house = Foundation(settings, SystemClock(), SystemIds(), (), owner=False)
    try:
        return reseal_all(house.stores.main, house.vault)
    finally:
        house.close()

"""`app.py rotate-keys`: everything sealed moves under the new salt; killed anywhere, nothing is lost and it goes on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from database.housekeeping.sealed import SealedValues, sealed_columns
from database.stores import Stores, StoreUrls
from services.accounts.rotation import PURPOSES
from services.ops import rotate_command
from services.ops.launch import checks
from utils.settings import load_settings

CHILD = Path(__file__).with_name("rotate_child.py")
ROOT = Path(__file__).resolve().parents[2]


def key_ids(folder: Path) -> dict[str, set[str]]:
    """The key ids under which each column's values are sealed."""
    stores = Stores(StoreUrls(), folder)
    try:
        with stores.main.reading() as unit:
            rows = SealedValues(unit)
            return {
                name: {value.text.split(".")[1] for value in rows.page(name, None, 100)}
                for name in sealed_columns()
            }
    finally:
        stores.close()


def opened(services: Any, name: str) -> str:
    """The one value of a column, in clear."""
    with services.stores.main.reading() as unit:
        (value,) = SealedValues(unit).page(name, None, 10)
    return str(services.vault.open(PURPOSES[name], value.text))


def secrets_read(services: Any) -> dict[str, str]:
    """What the house reads back of what was planted."""
    account = services.accounts.list(1)[0]
    session = services.accounts.session(account.id)
    return {
        "broker application secret": session.credentials["api_secret"],
        "broker token": session.tokens["access_token"],
        "API key": services.api_keys.reveal(1),
        "mail password": opened(services, "mail_settings.password_sealed"),
        "signing secret": opened(services, "strategies.signing_sealed"),
        "authenticator secret": opened(services, "second_factors.secret_sealed"),
    }


def test_every_sealed_column_has_a_stated_purpose_and_a_value_in_these_tests(
    planted: dict[str, str], env_file: Path
) -> None:
    assert set(PURPOSES) == set(sealed_columns())
    assert all(key_ids(env_file.parent).values())


def test_everything_is_under_the_new_salt_and_the_old_one_is_gone(
    planted: dict[str, str], env_file: Path, reopened: Callable[[], Any]
) -> None:
    before, said = key_ids(env_file.parent), []
    assert rotate_command.run(env_file, {}, said.append) == 0
    after = key_ids(env_file.parent)
    assert all(after[name] and not after[name] & before[name] for name in after)
    settings = load_settings(env_file, {})
    assert settings.fernet_salt != "ab" * 16 and settings.fernet_salt_previous == ""
    assert env_file.stat().st_mode & 0o777 == 0o600
    assert not any(secret in line for secret in planted.values() for line in said)
    read = secrets_read(reopened())
    assert read == {name: planted[name] for name in read}


@pytest.mark.parametrize("renewed", [0, 3])
def test_a_rotation_that_is_killed_loses_nothing_and_is_ended_by_the_next_run(
    planted: dict[str, str], env_file: Path, reopened: Callable[[], Any], renewed: int
) -> None:
    killed = subprocess.run(
        [sys.executable, CHILD, env_file, str(renewed)], cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert killed.returncode == 9, killed.stderr.decode()
    services = reopened()
    half_way = secrets_read(services)
    assert half_way == {name: planted[name] for name in half_way}
    services.close()
    said: list[str] = []
    assert rotate_command.run(env_file, {}, said.append) == 0
    assert "interrupted" in said[0]
    assert {len(ids) for ids in key_ids(env_file.parent).values()} == {1}
    read = secrets_read(reopened())
    assert read == half_way


def test_what_cannot_be_opened_is_told_and_the_old_salt_stays(
    planted: dict[str, str], env_file: Path
) -> None:
    stores = Stores(StoreUrls(), env_file.parent)
    with stores.main.unit() as unit:
        rows = SealedValues(unit)
        (value,) = rows.page("strategies.signing_sealed", None, 10)
        rows.swap("strategies.signing_sealed", value, "oa1.00000000.x.y")
    stores.close()
    said: list[str] = []
    assert rotate_command.run(env_file, {}, said.append) == 2
    assert "strategies.signing_sealed" in said[-1]
    assert load_settings(env_file, {}).fernet_salt_previous == "ab" * 16


def test_a_running_program_and_a_salt_of_the_environment_are_not_rotated(env_file: Path) -> None:
    said: list[str] = []
    before = env_file.read_text()
    with checks.hold_folder(env_file.parent):
        assert rotate_command.run(env_file, {}, said.append) == 2
    assert rotate_command.run(env_file, {"FERNET_SALT": "cd" * 16}, said.append) == 2
    assert "already runs" in said[0] and "environment" in said[1]
    assert env_file.read_text() == before

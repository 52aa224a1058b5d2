"""Secrets at rest: sealed per purpose, bound to the installation, renewable."""

from __future__ import annotations

import pytest

from services.accounts.crypto import SealBroken, Vault

ROOT = "r" * 64
SALT, NEXT = "ab" * 16, "cd" * 16


def test_what_is_sealed_can_be_opened_and_does_not_show() -> None:
    vault = Vault(ROOT, [SALT])
    sealed = vault.seal("tokens", "very secret")
    assert "very secret" not in sealed
    assert sealed.startswith("oa1.")
    assert vault.open("tokens", sealed) == "very secret"


def test_the_same_text_never_seals_alike() -> None:
    vault = Vault(ROOT, [SALT])
    assert vault.seal("tokens", "x") != vault.seal("tokens", "x")


@pytest.mark.parametrize(
    "other", [Vault("s" * 64, [SALT]), Vault(ROOT, [NEXT])], ids=["another pepper", "another salt"]
)
def test_another_installation_cannot_open_it(other: Vault) -> None:
    with pytest.raises(SealBroken):
        other.open("tokens", Vault(ROOT, [SALT]).seal("tokens", "x"))


def test_a_value_opens_for_its_own_purpose_only() -> None:
    vault = Vault(ROOT, [SALT])
    with pytest.raises(SealBroken):
        vault.open("credentials", vault.seal("tokens", "x"))


@pytest.mark.parametrize("broken", ["", "plain text", "oa1.a.b", "oa2.a.b.c"])
def test_what_is_not_sealed_is_refused_without_showing_it(broken: str) -> None:
    with pytest.raises(SealBroken) as caught:
        Vault(ROOT, [SALT]).open("tokens", broken)
    assert "plain text" not in str(caught.value)


def test_a_changed_character_is_noticed() -> None:
    vault = Vault(ROOT, [SALT])
    sealed = vault.seal("tokens", "very secret")
    damaged = sealed[:-5] + ("A" if sealed[-5] != "A" else "B") + sealed[-4:]
    with pytest.raises(SealBroken):
        vault.open("tokens", damaged)


def test_after_a_new_salt_old_values_open_and_can_be_renewed() -> None:
    old = Vault(ROOT, [SALT]).seal("tokens", "very secret")
    rotated = Vault(ROOT, [NEXT, SALT])
    assert rotated.open("tokens", old) == "very secret"
    assert not rotated.is_current(old)
    renewed = rotated.reseal("tokens", old)
    assert rotated.is_current(renewed)
    assert Vault(ROOT, [NEXT]).open("tokens", renewed) == "very secret"


def test_digests_are_keyed_by_purpose_and_survive_a_new_salt() -> None:
    vault = Vault(ROOT, [SALT])
    assert vault.digest("api key", "x") == Vault(ROOT, [NEXT]).digest("api key", "x")
    assert vault.digest("api key", "x") != vault.digest("web session", "x")
    assert vault.digest("api key", "x") != Vault("s" * 64, [SALT]).digest("api key", "x")


def test_a_short_root_is_refused() -> None:
    with pytest.raises(ValueError):
        Vault("short", [SALT])

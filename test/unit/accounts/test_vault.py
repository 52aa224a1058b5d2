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
    assert sealed.startswith("oa2.")
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


@pytest.mark.parametrize("broken", ["", "plain text", "oa1.a.b", "oa2.a.b.c", "oa3.a.b.c"])
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


# Sealed by the version before, under ROOT and SALT for "tokens".
EARLIER = (
    "oa1.effd3653.gAAAAABrDi-EbFil4zzkcCZrRsmR9qL7FTr9PMMxNZF__kq1rKThK_l9TjQU57kr92diiQCRwJ_VMJ747xATbY6"
    "_6I24aFkOfwvJRZOkZcr2duiqdUlTv7KyA12l7lU0XDX1aEcdFrjB.gAAAAABrDi-Ed7v4FqtiIseVBH9Kk0nGWFuPCJPVXidCoQ"
    "nuoGjfQHybzhXgMBzKlSxm4x-9MMxBsxJ_nmgLxqlbZpj4orMWGA=="
)


def test_what_the_version_before_sealed_opens_and_is_renewed() -> None:
    vault = Vault(ROOT, [SALT])
    assert vault.open("tokens", EARLIER) == "very secret"
    assert not vault.is_current(EARLIER), "a rotation renews it although its salt is the current one"
    renewed = vault.reseal("tokens", EARLIER)
    assert renewed.startswith("oa2.") and vault.is_current(renewed)
    assert vault.open("tokens", renewed) == "very secret"


@pytest.mark.parametrize("part", [1, 2, 3])
def test_no_part_of_one_value_fits_another(part: int) -> None:
    vault = Vault(ROOT, [SALT, NEXT])
    mixed, other = (
        vault.seal("tokens", "one").split("."),
        Vault(ROOT, [NEXT]).seal("tokens", "two").split("."),
    )
    mixed[part] = other[part]
    with pytest.raises(SealBroken):
        vault.open("tokens", ".".join(mixed))


def test_a_value_cut_short_or_with_other_signs_is_damaged() -> None:
    vault = Vault(ROOT, [SALT])
    sealed = vault.seal("tokens", "x")
    for damaged in (sealed[:-8], sealed + "!", sealed.replace("oa2", "oa1"), sealed.rpartition(".")[0] + "."):
        with pytest.raises(SealBroken):
            vault.open("tokens", damaged)

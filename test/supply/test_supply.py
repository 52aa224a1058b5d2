"""The bill of materials is whole, and an audit that could not ask is never taken for a clean one."""

from __future__ import annotations

import re
import tomllib

from test.supply.audit import CLEAN, UNPROVEN, VULNERABLE, npm_verdict, python_verdict
from test.supply.closure import ROOT, normal
from test.supply.sbom import bill


def test_the_bill_names_every_package_with_its_exact_version_and_what_needs_it() -> None:
    found = bill()
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.6")
    keys = [row["purl"] for row in found["components"]]
    assert len(keys) == len(set(keys)) and keys == sorted(keys)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for line in project["dependencies"]:
        name, version = re.match(r"([\w.-]+)(?:\[.*\])?==([^;\s]+)", line).groups()  # type: ignore[union-attr]
        assert f"pkg:pypi/{normal(name)}@{version}" in keys, line
    assert any(key.startswith("pkg:npm/react@") for key in keys) and any(
        "pkg:pypi/werkzeug@" in key for key in keys
    )
    assert not any("vitest" in key or "pytest" in key for key in keys), "tools are no part of the product"
    referred = {key for row in found["dependencies"] for key in row["dependsOn"]}
    assert referred <= set(keys) and {row["ref"] for row in found["dependencies"]} <= {"openalgo", *keys}
    assert [
        row for row in found["components"] if row["purl"].startswith("pkg:npm/") and not row.get("hashes")
    ] == []


def test_an_audit_is_clean_only_when_every_package_was_looked_up() -> None:
    fine = {"name": "flask", "version": "3", "vulns": []}
    assert python_verdict({"dependencies": [fine]}, {"flask"}) == (CLEAN, [])
    skipped = {"name": "flask", "skip_reason": "Dependency not found on PyPI and could not be audited"}
    assert python_verdict({"dependencies": [skipped]}, {"flask"}) == (UNPROVEN, ["not audited: flask"])
    assert python_verdict({}, {"flask"})[0] == UNPROVEN
    bad = {**fine, "vulns": [{"id": "CVE-1"}]}
    assert python_verdict({"dependencies": [bad]}, {"flask"}) == (VULNERABLE, ["flask 3: CVE-1"])


def test_an_audit_of_the_web_ui_that_got_no_answer_proves_nothing() -> None:
    assert npm_verdict({"vulnerabilities": {}}) == (CLEAN, [])
    assert npm_verdict({"message": "405 Method Not Allowed"})[0] == UNPROVEN
    assert npm_verdict({"vulnerabilities": {"x": {"severity": "high"}}}) == (VULNERABLE, ["x: high"])

"""What the documents say in numbers and names is what the program does."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from domain.errors import InvalidInput
from services.accounts import passwords, tickets, web_sessions
from services.accounts.keys import desk as keys
from services.accounts.signin import entry, resets
from services.automation import signals
from test.security.house import Home
from utils.settings import known_names
from utils.settings.policy import Sessions

ROOT = Path(__file__).resolve().parents[2]
SIGNING_IN = (ROOT / "docs/signing-in.md").read_text(encoding="utf-8")
RULES = (ROOT / "docs/security/input-rules.md").read_text(encoding="utf-8")


def test_the_page_on_signing_in_tells_the_real_lifetimes_and_numbers() -> None:
    text = " ".join(SIGNING_IN.split())
    assert Sessions.model_fields["session_expiry_time"].default == dt.time(3, 30) and "03:30 IST" in text
    assert f"for {web_sessions.LONGEST_DAYS} days" in text
    assert f"waits for a code lives {entry.PENDING_SECONDS // 60} minutes" in text
    assert f"a link to a new password {resets.LIFE_SECONDS // 60} minutes" in text
    assert f"a link good for {resets.LIFE_SECONDS // 60} minutes" in text and resets.LIFE_SECONDS <= 600
    assert f"a WebSocket ticket {tickets.LIFE_SECONDS} seconds" in text
    assert f"at most {keys.MOST_KEYS} API keys" in text
    assert f"the {len(passwords.common_passwords()):,} most used" in text
    for name in re.findall(r"`(services/[\w/.]+)`", SIGNING_IN):
        assert (ROOT / name).is_file(), name


GTT = {
    "strategy": "s", "trigger_type": "SINGLE", "exchange": "NSE", "symbol": "SBIN", "action": "BUY", "product": "CNC",
    "quantity": 1, "price": 100, "triggerprice_sl": 90, "triggerprice_tg": 110,
}  # fmt: skip


def test_the_rules_of_combined_fields_are_those_that_are_checked(home: Home) -> None:
    answers = {
        "not more than `quantity`": home.order(quantity="1", disclosed_quantity=2),
        "NRML in derivatives only": home.order(product="NRML"),
        "SINGLE has exactly one": home.call("placegttorder", GTT),
        "`start_date` is not after `end_date`": home.call(
            "history",
            {
                "symbol": "SBIN", "exchange": "NSE", "interval": "D", "start_date": "2026-11-03",
                "end_date": "2026-11-02",
            },
        ),
    }  # fmt: skip
    for words, answer in answers.items():
        assert words in RULES and answer.status_code == 400, (words, answer.get_json())
    with pytest.raises(InvalidInput):
        signals.payload_of({"symbol": "SBIN", "action": "BUY", "stocks": "SBIN", "scan_name": "x BUY"})


def test_costly_calls_are_held_by_settings_that_exist() -> None:
    known = set(known_names())
    named = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", RULES))
    assert named and named <= known
    assert passwords.AT_ONCE == 2 and "two at once" in RULES

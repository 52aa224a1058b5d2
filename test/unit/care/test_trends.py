"""The judge of the soak run: what surely grows is told from what only shakes."""

from __future__ import annotations

import random

import pytest

from test.perf.endurance.trends import trend

HOUR = [second * 5.0 for second in range(720)]


def test_what_only_shakes_is_flat() -> None:
    for seed in range(20):
        dice = random.Random(seed)
        found = trend(HOUR, [200 + dice.gauss(0, 3) for _ in HOUR])
        assert not found.grows(4.0) and abs(found.slope) < 2


def test_a_leak_of_ten_an_hour_under_noise_is_seen_with_its_size() -> None:
    dice = random.Random(1)
    found = trend(HOUR, [200 + 10 * second / 3600 + dice.gauss(0, 3) for second in HOUR])
    assert found.grows(4.0) and found.slope == pytest.approx(10, abs=2 * found.margin)
    assert not found.grows(20.0), "below the tolerance"


def test_a_step_at_the_beginning_is_no_leak() -> None:
    assert not trend(HOUR, [5.0] * len(HOUR)).grows(0.0)
    with pytest.raises(ValueError, match="three blocks"):
        trend(HOUR[:2], [1.0, 2.0])

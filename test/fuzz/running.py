"""Runs targets: so many cases each, or for so many seconds together, and tells each defect once."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from test.fuzz.mutate import Mutator
from test.fuzz.target import Finding, Target, try_out, watched

MOST_FINDINGS = 20


class Slices:
    """The cases of one target under one seed, a slice at a time."""

    def __init__(self, target: Target, seed: int) -> None:
        self.target = target
        self.cases = 0
        self.findings: dict[str, Finding] = {}
        target.prepare()
        pool = [sample.data for sample in target.samples]
        self._mutator = Mutator(f"{target.name} {seed}", pool, target.most)

    def run(self, cases: int) -> None:
        """So many further inputs; the samples themselves come first."""
        for _ in range(cases):
            number, samples = self.cases, self.target.samples
            is_sample = number < len(samples)
            sample = samples[number] if is_sample else self._mutator.random.choice(samples)
            data = sample.data if is_sample else self._mutator.next(sample.data)
            self.cases += 1
            finding = try_out(self.target, data, sample.about)
            if finding is not None and len(self.findings) < MOST_FINDINGS:
                self.findings.setdefault(f"{finding.what.partition(':')[0]} {finding.where}", finding)


def findings_of(targets: Iterable[Target], cases: int, seed: int) -> list[Finding]:
    """So many cases of each target."""
    found: list[Finding] = []
    with watched():
        for target in targets:
            slices = Slices(target, seed)
            slices.run(cases)
            found += slices.findings.values()
    return found


def run_for(targets: Sequence[Target], seconds: float, seed: int, slice_cases: int = 200) -> list[Slices]:
    """All targets in turns until the time is up; each gets one slice at least."""
    running = [Slices(target, seed) for target in targets]
    end = time.monotonic() + seconds
    with watched():
        while True:
            for slices in running:
                slices.run(slice_cases)
            if time.monotonic() >= end:
                return running

"""The judge: what clients were told, against what the vendor's own book says once everything has come to rest."""

from __future__ import annotations

from test.sim.stage.aftermath import Aftermath
from test.sim.stage.answers import Answers
from test.sim.stage.bench import Verdict
from test.sim.stage.stories import Stories
from test.sim.stage.streams import Streams


class Judge(Answers, Aftermath, Streams, Stories):
    """Looks at one world at rest."""

    def decide(self) -> Verdict:
        """Look at everything."""
        self._duplicates()
        for wish in self.clients.wishes:
            self._told(wish)
            self._isolation(wish)
            self._overshoot(wish)
            self._steered(wish)
        self._intents()
        self._resolutions()
        self._streams()
        self._books()
        self._stories()
        for app in self.world.lives:
            for error in app.errors:
                self.wrong("a listener failed", error)
        counts = self.verdict.counts
        counts["orders"] = sum(call.method == "POST" for call in self.calls)
        counts["live"] = len(self.rows)
        counts["lives"] = len(self.world.lives)
        for call in self.calls:
            counts[f"fault {call.fault}"] += 1
        return self.verdict

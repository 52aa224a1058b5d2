"""See test.sim.kills.deaths."""

from __future__ import annotations

import sys

from test.sim.kills.deaths import main

sys.exit(main())

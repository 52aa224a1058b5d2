"""Deaths of a writing process, by the hundred: `python -m test.sim.kills [--times 100] [--seed 1]`."""

"""Contract files of vendors: what a file is made of, and formats other than CSV (broker.core.contracts)."""

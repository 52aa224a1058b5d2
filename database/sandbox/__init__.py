"""Paper trading at rest: records, and repositories on a unit of the sandbox store."""

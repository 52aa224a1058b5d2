"""Market use cases: calendar, contract master, search, quotes and history."""

"""Dhan's developer sandbox: DhanHQ v2 with play money."""

"""The Dhan twin: DhanHQ v2, live or as the developer sandbox."""

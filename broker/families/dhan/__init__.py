"""DhanHQ v2, as Dhan and its developer sandbox speak it."""

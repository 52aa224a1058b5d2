"""One trading day, the same for every plug-in that has a twin: no vendor's name is in it."""

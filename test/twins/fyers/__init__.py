"""A vendor that speaks Fyers API v3, its HSM market socket and its order socket."""

"""The order path in a world of its own: virtual time, threads chosen by a seed, wire and disk that fail on demand."""

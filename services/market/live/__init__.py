"""One service of market data for everybody inside: the live cache first, shared and batched broker calls otherwise."""

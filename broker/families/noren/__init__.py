"""Kambala's Noren order system, as its brokers offer it: words, wire, prices, contracts, socket."""

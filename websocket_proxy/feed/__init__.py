"""Broker feeds: demand from the bus, one supervised runtime per broker account, ticks back to the bus."""

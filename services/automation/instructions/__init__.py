"""The newer words of webhooks: start and stop of a whole strategy, entries and exits of one of its legs."""

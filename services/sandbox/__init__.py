"""Paper trading: a ledger and rules around domain.matching, fed by whichever market feed is live. Sends nothing."""

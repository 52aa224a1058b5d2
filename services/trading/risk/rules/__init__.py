"""The rules by subject: what may be traded, how large and at which price, what the account bears, how often."""

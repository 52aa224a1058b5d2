"""What time does to paper books: square-off, settlement, expiry, the turn of the day."""

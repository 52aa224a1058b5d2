"""Protected exits: where a venue bars MARKET and SL-M, the limits that stand in for them."""

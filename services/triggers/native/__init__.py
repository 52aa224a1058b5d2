"""GTTs that the broker itself holds."""

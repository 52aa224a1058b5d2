"""Orders that wait for a person: queued whole, checked again, executed at most once."""

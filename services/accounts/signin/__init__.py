"""Coming in: locks, the second step, reset links, changes of credentials. One room puts them together (`room`)."""

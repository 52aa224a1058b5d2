"""The targets, by where the bytes come from."""

"""Orders under protection."""

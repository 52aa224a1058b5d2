"""Orders: one way from a command to a broker and back, with a journal that remembers what was sent."""

"""The practice exchange: a broker like any other, always open, repeatable from a seed, with no network behind it."""

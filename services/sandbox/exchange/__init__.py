"""The market as paper orders meet it: prices, books, resting orders, matching."""

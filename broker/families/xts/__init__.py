"""Symphony XTS: an interactive application for orders and a market-data application, each with a token of its own."""

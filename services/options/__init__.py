"""Options: contract selection, pricing, chains and Greeks."""

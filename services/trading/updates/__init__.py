"""How order changes reach us, and the one stream per user that they are merged into."""

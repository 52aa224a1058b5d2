"""What the desk keeps for each of its users: preferences and watch lists."""

"""Whether the broker's books and ours agree: unknown outcomes settled by evidence, differences reported."""

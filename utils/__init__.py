"""Small tools without business words: settings, clock, ids, concurrency, logging, JSON, events."""

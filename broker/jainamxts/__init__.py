"""JainamXts."""

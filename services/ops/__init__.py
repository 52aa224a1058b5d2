"""Running the house: start, supervision, health."""

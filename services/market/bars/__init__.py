"""Historical bars: read in the broker's spans, finished days kept, and what is missing said."""

"""Messages to the trader outside the desk: which events are worth one, and the channels that carry them."""

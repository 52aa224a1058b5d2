"""Domain values in the words and number formats of the REST contract."""

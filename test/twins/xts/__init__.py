"""The XTS twin: Symphony's Interactive and Market Data APIs as the members of the family serve them."""

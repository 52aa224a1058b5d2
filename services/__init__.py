"""Use cases. A service takes typed commands and a Principal, and knows nothing of the web framework."""

"""Request bodies of the REST API, one model per route."""

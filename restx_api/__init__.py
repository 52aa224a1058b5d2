"""The REST API under /api/v1: one edge for every route, thin namespaces behind it. `routes.blueprint` serves it."""

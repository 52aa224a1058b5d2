"""The REST API under /api/v1: one edge for every route, thin namespaces behind it."""

from restx_api.routes import install

__all__ = ["install"]

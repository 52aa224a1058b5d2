"""Typed tables of the stores. Importing this package registers every table with its store's metadata."""

from database.models import identity

__all__ = ["identity"]

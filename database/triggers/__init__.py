"""Repositories of triggers that the gateway watches itself."""

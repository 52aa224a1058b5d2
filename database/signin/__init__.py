"""Repositories of the sign-in: second factors, locks, resets, the security record, the mail server."""

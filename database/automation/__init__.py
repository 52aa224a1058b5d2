"""Repositories of strategies and of what webhooks deliver to them."""

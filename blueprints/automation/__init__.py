"""Strategies: their desk, and the URLs at which the world reaches them."""

from blueprints.automation import strategies, webhooks

BLUEPRINTS = (strategies.blueprint, webhooks.blueprint)

"""Strategies: their desk, and the URLs at which the world reaches them; and where brokers post order changes."""

from blueprints.automation import postbacks, strategies, webhooks

BLUEPRINTS = (strategies.blueprint, webhooks.blueprint, postbacks.blueprint)

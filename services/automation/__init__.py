"""Strategies that trade on messages from outside: set-up, the inbox of their webhooks, the queue of their orders."""

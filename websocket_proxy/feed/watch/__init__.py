"""The silence watchdog: what is expected of a feed, and what is done when it does not come."""

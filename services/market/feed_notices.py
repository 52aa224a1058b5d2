"""Tells the streaming process what changed in the app: logins, keys, browsers, active accounts, contracts."""

from __future__ import annotations

from domain.errors import Unavailable
from services.events import (
    ActiveAccountChanged,
    ApiKeyChanged,
    BrowserSignedOut,
    ContractsChanged,
    Event,
    Events,
    SessionChanged,
)
from services.market.feed_client import FeedClient
from utils.logging import get_logger

log = get_logger(__name__)


class FeedNotices:
    """Passes events on to the bus."""

    def __init__(self, events: Events, feed: FeedClient) -> None:
        self._feed = feed
        watched = (SessionChanged, ApiKeyChanged, BrowserSignedOut, ActiveAccountChanged, ContractsChanged)
        events.subscribe(watched, self._pass_on, name="feed-notices")

    def _pass_on(self, event: Event) -> None:
        try:
            if isinstance(event, SessionChanged):
                self._feed.publish_session(event.account_id, event.state)
            elif isinstance(event, ApiKeyChanged | BrowserSignedOut | ActiveAccountChanged):
                self._feed.publish_key(event.user_id, "changed")
            elif isinstance(event, ContractsChanged):
                self._feed.publish_contracts(event.broker, event.status)
        except Unavailable:
            log.warning("The streaming process was not told of a change", change=type(event).__name__)

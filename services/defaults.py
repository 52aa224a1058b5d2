"""What the settings say about stores and the credentials of one broker."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from database.stores import StoreUrls
from utils.settings import Settings, reveal


def store_urls(settings: Settings) -> StoreUrls:
    """Where the transactional stores live."""
    return StoreUrls(
        main=settings.database_url,
        logs=settings.logs_database_url,
        latency=settings.latency_database_url,
        sandbox=settings.sandbox_database_url,
    )


def default_credentials(settings: Settings) -> Callable[[str], Mapping[str, str]]:
    """BROKER_API_KEY and the like, for the broker that REDIRECT_URL names; others have none."""
    parts = settings.redirect_url.rsplit("/", 2)
    named = parts[-2] if len(parts) == 3 else ""
    values = {
        "api_key": reveal(settings.broker_api_key),
        "api_secret": reveal(settings.broker_api_secret),
        "api_key_market": reveal(settings.broker_api_key_market),
        "api_secret_market": reveal(settings.broker_api_secret_market),
        "vendor_code": settings.broker_vendor_code,
        "client_id": settings.broker_client_id,
        "user_id": settings.broker_user_id,
    }
    return lambda broker: values if broker == named else {}

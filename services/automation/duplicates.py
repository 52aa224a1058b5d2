"""Which deliveries are the same: the sender's own key for a day, else the content for a short while.

The window reaches back from each delivery to the last one that was accepted; a duplicate does not lengthen it. The
question is asked inside the transaction that stores the delivery, so of equal deliveries at once one is first.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from database.automation.deliveries import Deliveries, DeliveryRow
from domain.errors import Conflict, InvalidInput
from services.wire.fields import clean

KEY_LIFETIME_MS = 24 * 3600 * 1000
LONGEST_KEY = 128
ALERT_ID = "alert_id"


def digest_of(content: Any) -> str:
    """Digest of a JSON value; the order of names and the blanks between them do not count."""
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()


def key_of(header: str | None, content: dict[str, Any]) -> str | None:
    """The sender's key: of the header, else `alert_id` of the body. Raises InvalidInput for one that is no key."""
    value = header or content.get(ALERT_ID)
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    try:
        key: str = clean(value)
        if not 0 < len(key) <= LONGEST_KEY:
            raise ValueError(f"must have 1 to {LONGEST_KEY} characters")
    except ValueError as error:
        raise InvalidInput(f"{ALERT_ID}: {error}", errors={ALERT_ID: [str(error)]}) from None
    return key


def earlier(
    rows: Deliveries, strategy_id: int, key: str | None, digest: str, now_ms: int, window_ms: int
) -> DeliveryRow | None:
    """The accepted delivery that this one repeats. Raises Conflict when its key came with another content.

    A clock that was set back leaves rows in the future: they count as far as the window reaches ahead.
    """
    if key is not None:
        first = rows.first_of_key(strategy_id, key, now_ms - KEY_LIFETIME_MS)
        if first is not None and first.digest != digest:
            raise Conflict(
                f"This {ALERT_ID} was used for another message within 24 hours; nothing was traded",
                code="IDEMPOTENCY_KEY_REUSED",
            )
        return first
    if window_ms <= 0:
        return None
    return rows.first_of_content(strategy_id, digest, now_ms - window_ms, now_ms + window_ms)

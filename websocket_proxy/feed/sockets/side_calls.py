"""Calls that a codec wants made beside its socket, off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from broker.core.roles import Session, SideCall, StreamEvent
from domain.errors import OpenAlgoError, SessionDead
from utils.logging import get_logger

log = get_logger(__name__)


async def made(call: SideCall, session: Session, connection: str) -> Sequence[StreamEvent] | None:
    """What the call brought, None where the vendor did not do it. Raises SessionDead."""
    try:
        return await asyncio.to_thread(call.run, session)
    except SessionDead:
        raise
    except OpenAlgoError as error:
        log.warning(
            "A call beside a stream failed", connection=connection, call=call.name, reason=error.message
        )
        return None

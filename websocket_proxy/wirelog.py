"""Loggers for the socket library: its debug records hold URLs with tokens and frames with keys, so it has no debug."""

from __future__ import annotations

import logging


def quiet_logger(name: str) -> logging.Logger:
    """A logger that stays at WARNING whatever the root logs."""
    logger = logging.getLogger(f"websocket_proxy.wire.{name}")
    logger.setLevel(logging.WARNING)
    return logger

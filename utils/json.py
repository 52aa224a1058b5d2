"""Compact JSON: no blank after `:` or `,`, Decimal as a number, NaN refused by the callers' types."""

from __future__ import annotations

import enum
from decimal import Decimal
from typing import Any

import msgspec


def _plain(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.value
    raise NotImplementedError(f"cannot write {type(value).__name__} as JSON")


_encoder = msgspec.json.Encoder(enc_hook=_plain, decimal_format="number")


def encode(value: Any) -> bytes:
    """Compact JSON bytes. Sets, functions and other unknown types raise NotImplementedError."""
    return _encoder.encode(value)


def encode_text(value: Any) -> str:
    """Compact JSON text."""
    return _encoder.encode(value).decode()


def decode(data: bytes | str) -> Any:
    """Strict JSON. Raises ValueError for anything else (NaN and Infinity included)."""
    try:
        return msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from None


def as_number(value: Decimal | None) -> float | int | None:
    """Decimal as the JSON number clients expect: integral values stay integral floats-free."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)

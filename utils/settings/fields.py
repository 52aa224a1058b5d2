"""The value formats that settings share: switches, ports, rate limits, wall-clock times, comma lists."""

from __future__ import annotations

import datetime as dt
import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_RATE = re.compile(r"(\d{1,9})\s+per\s+(second|minute|hour|day)", re.IGNORECASE)
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_WINDOW = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")
_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})*")


class Rate(NamedTuple):
    """At most `calls` in `seconds`."""

    calls: int
    seconds: int


def parse_rates(text: str) -> tuple[Rate, ...]:
    """Windows of a limit such as `10 per second; 500 per minute`. Raises ValueError for anything else."""
    rates = []
    for part in text.split(";"):
        match = _RATE.fullmatch(part.strip())
        if match is None or int(match[1]) < 1:
            raise ValueError("must read `N per second|minute|hour|day`, several joined with `;`")
        rates.append(Rate(int(match[1]), _SECONDS[match[2].lower()]))
    return tuple(rates)


def _rate_text(text: str) -> str:
    parse_rates(text)
    return text


def _time_of_day(value: Any) -> Any:
    if isinstance(value, dt.time):
        return value
    match = _TIME.fullmatch(str(value))
    if match is None:
        raise ValueError("must be a 24-hour time HH:MM")
    return dt.time(int(match[1]), int(match[2]))


def _window(text: str) -> str:
    if _WINDOW.fullmatch(text) is None:
        raise ValueError("must read HH:MM-HH:MM")
    return text


def _comma_list(value: Any) -> Any:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _url(*schemes: str) -> AfterValidator:
    def check(text: str) -> str:
        if not text.startswith(tuple(f"{scheme}://" for scheme in schemes)):
            raise ValueError(f"must start with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        return text.rstrip("/")

    return AfterValidator(check)


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _hex(text: str) -> str:
    if _HEX.fullmatch(text) is None:
        raise ValueError("must be hexadecimal with an even number of digits")
    return text


def _networks(value: Any) -> Any:
    parts = _comma_list(value)
    try:
        return tuple(ip_network(part, strict=False) for part in parts)
    except (TypeError, ValueError):
        raise ValueError("must list addresses or networks, such as 127.0.0.1, 10.0.0.0/8") from None


def _origins(values: tuple[str, ...]) -> tuple[str, ...]:
    for text in values:
        if _ORIGIN.fullmatch(text) is None:
            raise ValueError("must list exact origins such as https://chart.example, without `*` and path")
    return values


Port = Annotated[int, Field(ge=0, le=65535)]
Count = Annotated[int, Field(ge=1, le=10_000_000)]
Seconds = Annotated[float, Field(ge=0, le=31_536_000)]
RateText = Annotated[str, AfterValidator(_rate_text)]
TimeOfDay = Annotated[dt.time, BeforeValidator(_time_of_day)]
TimeWindow = Annotated[str, AfterValidator(_window)]
CommaList = Annotated[tuple[str, ...], BeforeValidator(_comma_list)]
Origins = Annotated[tuple[str, ...], BeforeValidator(_comma_list), AfterValidator(_origins)]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(_networks)]
HttpUrl = Annotated[str, _url("http", "https")]
SocketUrl = Annotated[str, _url("ws", "wss")]
StoreUrl = Annotated[str, _url("sqlite", "postgresql", "postgresql+psycopg")]
HexText = Annotated[str, AfterValidator(_hex)]
UpperCase = BeforeValidator(_upper)
LowerCase = BeforeValidator(_lower)


def setting(default: Any, meaning: str, *, reserved: bool = False, derived: str = "") -> Any:
    """A setting with its one-line meaning.

    reserved: accepted from existing `.env` files, read by no code yet (a test keeps this honest).
    derived: how the default follows from other settings, for the documentation.
    """
    return Field(default, description=meaning, json_schema_extra={"reserved": reserved, "derived": derived})


def required(meaning: str) -> Any:
    """A setting without a default; the first start writes it into `.env`."""
    return Field(
        description=meaning, json_schema_extra={"reserved": False, "derived": "written at first start"}
    )

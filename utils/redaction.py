"""Secrets out of whatever is written down: by key in structured values, by pattern in text as the last net."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

MASK = "***"

# Compared with the key stripped to its lower-case letters and digits, so api_key, Api-Key and X-API-KEY are one.
_SECRET_ENDINGS = (
    "apikey", "appkey", "apisecret", "secret", "secretkey", "pepper", "password", "passwd", "passphrase", "token",
    "authorization", "cookie", "csrf", "jwt", "totp", "otp", "mpin", "ticket", "checksum", "credentials", "privatekey",
    "fernetsalt", "totpcode", "apikeymarket", "secretmarket", "keysalt", "appsource", "userkey", "encryptionkey",
)  # fmt: skip
_SECRET_KEYS = frozenset(
    {"pin", "pwd", "sid", "cookies", "tokens", "answers", "seed2fa", "pan", "dob", "appid"}
)
# A vendor's number of an instrument is called a token, too, and is public.
_PUBLIC_KEYS = frozenset({"symboltoken", "instrumenttoken", "exchangetoken", "scriptoken", "hascredentials"})
_NOT_ALPHANUMERIC = re.compile(r"[^a-z0-9]")

_NAME_AND_JOINT = re.compile(
    r"(?<![\w-])(?P<name>(?:(?:api|app|access|secret|auth)[ ])?[\w-]{2,64})\\?[\"']?\s*(?:[:=]|%3[AaDd])\s*",
    re.IGNORECASE,
)
_VALUE = re.compile(r"(?P<quote>\\\"|\"|')(?:(?!(?P=quote))(?:\\.|[^\\]))*(?P=quote)|[^\s&,;\"'<>)}\]]+")
_AUTHORIZATION = re.compile(r"(?i)(authorization\\?[\"']?\s*[:=]\s*\\?[\"']?)[^\"'\\\r\n,}]+")
_SCHEME = re.compile(r"(?i)\b(bearer|basic|enctoken)\s+[A-Za-z0-9._~+/=:%-]{6,}")
_USER_INFO = re.compile(r"(://[^/\s:@]*:)[^@\s/]+(@)")
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_LONG_HEX = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{64}(?![0-9A-Za-z])")
_FERNET = re.compile(r"\b(?:gAAAA[A-Za-z0-9_-]{40,}={0,2}|oa2\.[0-9a-f]{8}\.[A-Za-z0-9_.=-]{40,})")
_DEEPEST = 12
# Values that this process knows to be secret: masked wherever they stand, whatever stands around them.
_MOST_KNOWN = 512
_SHORTEST_KNOWN = 12
_known: OrderedDict[str, None] = OrderedDict()


def is_secret_key(key: str) -> bool:
    """Whether a value under this key must never be written down."""
    plain = _NOT_ALPHANUMERIC.sub("", key.lower())
    if plain in _PUBLIC_KEYS:
        return False
    return plain in _SECRET_KEYS or plain.removesuffix("s").endswith(_SECRET_ENDINGS)


def redact(value: Any, depth: int = 0) -> Any:
    """A copy with secrets masked: mappings by key, at every depth, and text by pattern.

    Other objects come back unchanged; their text is caught when it is rendered.
    """
    if depth > _DEEPEST:
        return MASK
    if isinstance(value, Mapping):
        return {key: _redact_item(str(key), item, depth) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(item, depth + 1) for item in value]
    if isinstance(value, bytes):
        return redact_text(value.decode("utf-8", "replace"))
    return redact_text(value) if isinstance(value, str) else value


def _redact_item(key: str, value: Any, depth: int) -> Any:
    if value is None or value == "" or isinstance(value, bool):
        return value
    return MASK if is_secret_key(key) else redact(value, depth + 1)


def remember(*secrets: str) -> None:
    """Mask these values from now on, whole, in whatever is written down. Short ones are left: they would hide words."""
    for secret in secrets:
        if len(secret) >= _SHORTEST_KNOWN:
            _known[secret] = None
            _known.move_to_end(secret)
    while len(_known) > _MOST_KNOWN:
        _known.popitem(last=False)


def redact_text(text: str) -> str:
    """Text with everything that looks like a secret masked: known values, key=value pairs, headers, URLs, by shape."""
    if len(text) >= _SHORTEST_KNOWN:
        for secret in list(_known):
            if secret in text:
                text = text.replace(secret, MASK)
    text = _AUTHORIZATION.sub(rf"\1{MASK}", text)
    text = _mask_pairs(text)
    text = _SCHEME.sub(rf"\1 {MASK}", text)
    text = _USER_INFO.sub(rf"\1{MASK}\2", text)
    text = _JWT.sub(MASK, text)
    text = _FERNET.sub(MASK, text)
    return _LONG_HEX.sub(MASK, text)


def _mask_pairs(text: str) -> str:
    """Only the name and the joint are searched for, so that pairs inside a harmless pair's value are seen, too."""
    parts: list[str] = []
    done = 0
    for match in _NAME_AND_JOINT.finditer(text):
        if match.start() < done or not is_secret_key(match["name"]):
            continue
        value = _VALUE.match(text, match.end())
        if value is None:
            continue
        quote = value["quote"] or ""
        parts += [text[done : match.end()], quote, MASK, quote]
        done = value.end()
    return "".join([*parts, text[done:]])

"""Sections of the settings about sessions, browser policy and rate limits."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field

from utils.settings.core import Section
from utils.settings.fields import CommaList, Origins, RateText, TimeOfDay, setting


class Sessions(Section):
    """Sessions and browser policy"""

    session_expiry_time: TimeOfDay = setting(dt.time(3, 30), "Daily logout and day boundary, IST")
    disable_session_expiry: bool = setting(False, "Keep sessions for 365 days (markets that never close)")
    session_cookie_name: str = setting("session", "Name of the session cookie")
    csrf_cookie_name: str = setting("csrf_token", "Name of the form-token cookie", reserved=True)
    csrf_enabled: bool = setting(True, "Require form tokens on browser writes")
    csrf_time_limit: Annotated[int, Field(ge=1)] | None = setting(
        None, "Life of a form token in seconds; empty lives as long as the session"
    )
    cors_enabled: bool = setting(False, "Answer cross-origin requests to /api")
    cors_allowed_origins: Origins = setting(("http://127.0.0.1:5000",), "Exact origins allowed, comma list")
    cors_allowed_methods: CommaList = setting(("GET", "POST", "DELETE", "PUT", "PATCH"), "Methods allowed")
    cors_allowed_headers: CommaList = setting(
        ("Content-Type", "Authorization", "X-Requested-With"), "Request headers allowed"
    )
    cors_exposed_headers: CommaList = setting((), "Answer headers exposed")
    cors_allow_credentials: bool = setting(False, "Allow cookies on cross-origin requests")
    cors_max_age: Annotated[int, Field(ge=0, le=604_800)] = setting(
        86_400, "Seconds a preflight answer is cached"
    )


class ContentPolicy(Section):
    """Content security policy"""

    csp_enabled: bool = setting(True, "Send a Content-Security-Policy header")
    csp_report_only: bool = setting(False, "Report violations instead of blocking")
    csp_upgrade_insecure_requests: bool = setting(False, "Add upgrade-insecure-requests")
    csp_default_src: str = setting("'self'", "default-src")
    csp_script_src: str = setting("'self'", "script-src; a nonce is added")
    csp_style_src: str = setting("'self'", "style-src")
    csp_img_src: str = setting("'self' data: blob:", "img-src")
    csp_connect_src: str = setting("'self'", "connect-src; WEBSOCKET_URL is added")
    csp_font_src: str = setting("'self'", "font-src")
    csp_object_src: str = setting("'none'", "object-src")
    csp_media_src: str = setting("'self'", "media-src")
    csp_frame_src: str = setting("'self'", "frame-src")
    csp_child_src: str = setting("", "child-src")
    csp_form_action: str = setting("'self'", "form-action")
    csp_frame_ancestors: str = setting("'none'", "frame-ancestors")
    csp_base_uri: str = setting("'none'", "base-uri")
    csp_report_uri: str = setting("", "report-uri")
    csp_report_to: str = setting("", "report-to")
    referrer_policy: str = setting("strict-origin-when-cross-origin", "Referrer-Policy header")
    permissions_policy: str = setting(
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), screen-wake-lock=(), web-share=()",
        "Permissions-Policy header",
    )


class RateLimits(Section):
    """Rate limits"""

    login_rate_limit_min: RateText = setting("5 per minute", "Sign-in attempts per address")
    login_rate_limit_hour: RateText = setting("25 per hour", "Sign-in attempts per address, long window")
    reset_rate_limit: RateText = setting("15 per hour", "Password resets per address")
    api_rate_limit: RateText = setting("50 per second", "API reads per key")
    order_rate_limit: RateText = setting("10 per second", "Order calls per key; also paces split orders")
    smart_order_rate_limit: RateText = setting("10 per second", "Smart order calls per key")
    webhook_rate_limit: RateText = setting("100 per minute", "Webhook calls per strategy")
    strategy_rate_limit: RateText = setting("200 per minute", "Strategy page calls")
    greeks_rate_limit: RateText = setting("30 per minute", "Option Greeks calls per key")
    telegram_rate_limit: RateText = setting("30 per minute", "Telegram calls per key", reserved=True)
    telegram_message_rate_limit: RateText = setting(
        "10 per minute", "Telegram messages per key", reserved=True
    )
    whatsapp_rate_limit: RateText = setting("30 per minute", "WhatsApp calls per key", reserved=True)
    whatsapp_message_rate_limit: RateText = setting(
        "10 per minute", "WhatsApp messages per key", reserved=True
    )
    portfolio_api_rate_limit: RateText = setting("10 per minute", "Portfolio analysis calls", reserved=True)
    portfolio_tearsheet_rate_limit: RateText = setting("5 per minute", "Tear sheets", reserved=True)
    sip_api_rate_limit: RateText = setting("10 per minute", "SIP back-tests", reserved=True)
    strategy_chart_limit: RateText = setting("30 per minute", "Strategy chart calls", reserved=True)
    strategy_portfolio_read_limit: RateText = setting(
        "60 per minute", "Strategy portfolio reads", reserved=True
    )
    strategy_portfolio_write_limit: RateText = setting(
        "20 per minute", "Strategy portfolio writes", reserved=True
    )
    mcp_rate_limit_read: RateText = setting("60 per minute", "Remote tool reads", reserved=True)
    mcp_rate_limit_write: RateText = setting("50 per minute", "Remote tool writes", reserved=True)

"""A QR code as an SVG picture, drawn here: the secret in it must reach no service of others."""

from __future__ import annotations

import io


def qr_svg(text: str) -> str:
    """Black modules on white with the quiet zone that scanners need, whatever the theme of the page."""
    import segno

    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", scale=4, border=4, dark="#000", light="#fff", xmldecl=False, svgclass=None,
        lineclass=None, title="QR code for an authenticator app",
    )  # fmt: skip
    return out.getvalue().decode()

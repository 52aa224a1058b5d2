"""5paisa (XTS): a member of the XTS family; its manifest says what is its own."""

from broker.families.xts.adapter import build

__all__ = ["build"]

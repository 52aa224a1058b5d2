"""Zebu (MYNT): the Noren family as it stands."""

from broker.families.noren.adapter import build

__all__ = ["build"]

"""Shoonya (Finvasia): the Noren family; its contract files leave two BSE indices out."""

from __future__ import annotations

import msgspec

from broker.core.roles import Plugin, PluginContext
from broker.families.noren.adapter import build as build_member
from broker.families.noren.contracts import ZIPPED

MISSING = b"""Exchange,Token,LotSize,Symbol,TradingSymbol,Instrument
BSE,1,1,SENSEX,SENSEX,INDEX
BSE,12,1,BANKEX,BANKEX,INDEX
"""


def build(context: PluginContext) -> Plugin:
    """The plug-in."""
    return build_member(context, files=msgspec.structs.replace(ZIPPED, extra=MISSING))

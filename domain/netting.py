"""Netting fills into a position, in integer money so that nothing is lost to rounding."""

from __future__ import annotations

import msgspec


class Net(msgspec.Struct, frozen=True):
    """quantity: signed units. cost: what the open quantity cost (long) or brought in (short), >= 0, paise."""

    quantity: int = 0
    cost: int = 0


def apply_fill(net: Net, quantity: int, value: int) -> tuple[Net, int]:
    """The position after a fill of signed `quantity` units worth `value` paise (>= 0), and the realised paise.

    A fill against the position releases cost in proportion; what exceeds the position opens the other way at the
    fill's price. Realised profit and remaining cost always add up to the money that changed hands.
    """
    if quantity == 0:
        return net, 0
    if net.quantity == 0 or (net.quantity > 0) == (quantity > 0):
        return Net(net.quantity + quantity, net.cost + value), 0
    held, traded = abs(net.quantity), abs(quantity)
    closed = min(held, traded)
    closing_value = value * closed // traded
    released = net.cost * closed // held
    realised = (closing_value - released) if net.quantity > 0 else (released - closing_value)
    if traded <= held:
        return Net(net.quantity + quantity, net.cost - released), realised
    return Net(net.quantity + quantity, value - closing_value), realised

"""The members of the family at the XTS twin; between them they read every form that prices have."""

from functools import partial

from test.twins.kit.vendor import Vendor, redirected

JSON, BINARY = "/apimarketdata", "/apibinarymarketdata"
EQUITY = ("NSECM", "NSEFO", "BSECM", "BSEFO")


def answers(twin, step, credentials):
    """Nothing is asked beside the keys, except where a page stands in between."""
    return redirected(twin, step, credentials) if step.kind == "redirect" else {}


def hosts(prefix, twin):
    """Both applications and both sockets; `ws_other` is a path that the host does not serve."""
    other = BINARY if prefix == JSON else JSON
    return {
        "rest": f"{twin.url}/interactive", "market": f"{twin.url}{prefix}", "ws": f"{twin.ws_url}{prefix}/socket.io",
        "orders_ws": f"{twin.ws_url}/interactive/socket.io", "ws_other": f"{twin.ws_url}{other}/socket.io",
    }  # fmt: skip


def member(plugin, *more, prefix=JSON, options=None, **settings):
    """A member with the segments that its sheet lists."""
    return Vendor(
        plugin=plugin, wire="xts", place=("POST", "/interactive/orders"), answers=answers, hosts=partial(hosts, prefix),
        settings={"prefix": prefix, "segments": ",".join((*EQUITY, *more)), **settings}, options=options or {},
    )  # fmt: skip


VENDORS = (
    member("fivepaisaxts", options={"broadcast_mode": "Partial"}),
    member("iifl", "NSECD", "MCXFO"),
    member("compositedge", "NSECD", "MCXFO", login="thirdparty"),
    member("jainamxts", prefix=BINARY, layout="wide"),
    member("ibulls", "MCXFO", prefix=BINARY, layout="narrow", options={"publish_format": "Binary"}),
    member("wisdom", "NSECD", "MCXFO"),
)

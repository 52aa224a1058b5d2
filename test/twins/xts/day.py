"""The members of the family at the XTS twin; between them they read every form that prices have."""

from functools import partial

from test.twins.kit.vendor import Vendor, redirected

JSON, BINARY = "/apimarketdata", "/apibinarymarketdata"
EQUITY = ("NSECM", "NSEFO", "BSECM", "BSEFO")


def answers(twin, step, credentials):
    """Nothing is asked beside the keys, except where a page stands in between."""
    return redirected(twin, step, credentials) if step.kind == "redirect" else {}


def hosts(prefix, twin):
    """Both applications and both sockets."""
    return {
        "rest": f"{twin.url}/interactive", "market": f"{twin.url}{prefix}", "ws": f"{twin.ws_url}{prefix}/socket.io",
        "orders_ws": f"{twin.ws_url}/interactive/socket.io",
    }  # fmt: skip


def elsewhere(twin):
    """A host whose socket is not where its calls are: which of two paths serves it is not known."""
    found = hosts(BINARY, twin)
    return {**found, "ws": f"{twin.ws_url}{JSON}/socket.io", "ws_other": found["ws"]}


def member(plugin, *more, prefix=JSON, where=None, options=None, **settings):
    """A member with the segments that its sheet lists."""
    return Vendor(
        plugin=plugin, wire="xts", place=("POST", "/interactive/orders"), answers=answers,
        hosts=where or partial(hosts, prefix),
        settings={"prefix": prefix, "segments": ",".join((*EQUITY, *more)), **settings}, options=options or {},
    )  # fmt: skip


VENDORS = (
    member("fivepaisaxts", options={"broadcast_mode": "Partial"}),
    member("iifl", "NSECD", "MCXFO"),
    member("compositedge", "NSECD", "MCXFO", login="thirdparty"),
    member("jainamxts", prefix=BINARY, layout="wide"),
    member(
        "ibulls",
        "MCXFO",
        prefix=BINARY,
        where=elsewhere,
        layout="narrow",
        options={"publish_format": "Binary"},
    ),
    member("wisdom", "NSECD", "MCXFO"),
)

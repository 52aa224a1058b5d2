"""The Noren brokers, each at the twin as it runs for that broker."""

from functools import partial

from test.twins.kit.vendor import Vendor
from test.twins.noren.members import MEMBERS


def hosts(name, twin):
    """Base URLs by the manifest's names."""
    member = MEMBERS[name]
    is_pi = member.login == "pi"
    found = {
        "rest": f"{twin.url}{member.prefix}", "ws": f"{twin.ws_url}{member.ws.rstrip('/')}",
        "login": twin.url if is_pi else f"{twin.url}/OAuthlogin/authorize/oauth",
        "files": f"{twin.url}/scripmaster" if member.files == "csv" else twin.url,
    }  # fmt: skip
    return found | ({"token": twin.url} if is_pi else {})


VENDORS = tuple(
    Vendor(
        plugin=name, wire="noren", place=("POST", f"{member.prefix}/PlaceOrder"), hosts=partial(hosts, name),
        settings={"member": name},
    )
    for name, member in MEMBERS.items()
)  # fmt: skip

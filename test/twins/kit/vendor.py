"""How a scripted trading day, or a client's journey, meets a plug-in at its twin: all that is the vendor's own."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import requests

from test.twins.kit.process import TwinProcess

TWINS = Path(__file__).resolve().parents[1]


def redirected(_twin, step, _credentials):
    """What a login page hands to the browser: the query of its redirect."""
    page = requests.get(step.redirect_url, allow_redirects=False, timeout=5)
    return dict(parse_qsl(urlsplit(page.headers["Location"]).query))


def one_host(twin):
    """REST, login page and streams of a twin, by the host names that most manifests have."""
    return {"rest": twin.url, "login": twin.url, "ws": twin.ws_url}


@dataclass(frozen=True)
class Vendor:
    """One plug-in at a twin. plugin: the broker's id. wire: the folder of its twin.

    place: method and beginning of the path of the call that places an order, for faults.
    answers: (twin, login step, credentials) -> what `complete` gets, obtained from the twin as a user would.
    hosts: twin -> base URLs by the manifest's names. settings: of the twin; options: of the plug-in.
    """

    plugin: str
    wire: str
    place: tuple[str, str]
    answers: Callable = redirected
    hosts: Callable = one_host
    settings: Mapping = field(default_factory=dict)
    options: Mapping = field(default_factory=dict)

    def start(self, data_dir, *arguments, **options):
        """A twin for this plug-in."""
        words = [word for name, value in self.settings.items() for word in ("--set", f"{name}={value}")]
        return TwinProcess(self.wire, data_dir, *words, *arguments, **options)


def vendors():
    """Every Vendor of every `test/twins/<wire>/day.py`, by broker id."""
    names = sorted(path.parent.name for path in TWINS.glob("*/day.py"))
    found = [each for name in names for each in importlib.import_module(f"test.twins.{name}.day").VENDORS]
    return {each.plugin: each for each in found}

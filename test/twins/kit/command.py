"""The command line of every twin."""

import argparse
import asyncio
import json
import signal
from pathlib import Path


async def run(twin_class, options):
    """Serve until a signal."""
    apps = {}
    for text in options.app or [twin_class.default_app]:
        key, secret, user = text.split(":")
        apps[key] = (secret, user)
    settings = dict(text.split("=", 1) for text in options.set)
    twin = twin_class(
        Path(options.data_dir), apps, options.redirect_url, options.seed, options.scale, settings=settings
    )
    port, ws_port = await twin.start(options.port, options.ws_port)
    ready = {"port": port, "ws_port": ws_port, "user": twin.users()[0], "credentials": twin.credentials()}
    print(json.dumps(ready), flush=True)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()
    await twin.stop()


def main(twin_class):
    """Command line of a Twin class."""
    parser = argparse.ArgumentParser(description=twin_class.__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--ws-port", type=int, default=0)
    parser.add_argument("--data-dir", required=True)
    parser.add_argument(
        "--app", action="append", help=f"key:secret:user, repeatable ({twin_class.default_app})"
    )
    parser.add_argument("--redirect-url", default="http://127.0.0.1:5000/broker/callback")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=int, default=1)
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="the vendor's own settings"
    )
    asyncio.run(run(twin_class, parser.parse_args()))

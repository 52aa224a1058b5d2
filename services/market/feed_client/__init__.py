"""The app's end of the bus: market data on demand with a last-value cache, order pushes in, orders and notices out.

    client = FeedClient(feed_endpoint, ingress_endpoint, clock)
    client.start()
    watch = client.watch("zerodha", [InstrumentKey(Exchange.NSE, "TATAPOWER")], Mode.QUOTE)
    client.last("zerodha", key, Mode.QUOTE)        # LastValue with its age, None until the first tick
    watch.close()

One thread owns the sockets; every other thread only changes what is wanted or queues what is to be sent. Reconnecting
is ZeroMQ's: subscriptions are told again when the feed comes back.
"""

from services.market.feed_client.client import FeedClient, LastValue, Serving, Watch

__all__ = ["FeedClient", "LastValue", "Serving", "Watch"]

"""The Kite twin as a process of its own."""

from test.twins.kit.process import TwinProcess


class KiteProcess(TwinProcess):
    """See TwinProcess; the credentials of its application also by their names."""

    def __init__(self, data_dir, *arguments, redirect_url="http://127.0.0.1:5000/zerodha/callback"):
        super().__init__("kite", data_dir, *arguments, redirect_url=redirect_url)
        self.api_key, self.api_secret = self.credentials["api_key"], self.credentials["api_secret"]

    def demand_protection(self, on=True):
        """Whether MARKET and SL-M need `market_protection`."""
        self.rule(demands_protection=on)

    def fire_gtt(self, trigger_id, leg=0):
        """The market reaches a leg of a GTT; answers what became of its order."""
        return self.control("POST", "/twin/gtts", {"id": trigger_id, "leg": leg})

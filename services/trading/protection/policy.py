"""Which orders may not leave as they are asked: the manifest's protection section, read with the plug-in's options."""

from __future__ import annotations

from typing import Protocol

import msgspec

from broker.core.manifest import FirstSend, Manifest, Protection, ProtectionRule
from domain.errors import Refused
from domain.instruments import Instrument
from domain.orders import OrderTerms


class ProtectedBrokers(Protocol):
    """The part of the plug-in host that says what a broker bars."""

    def manifest(self, broker_id: str) -> Manifest:
        """A broker's manifest. Raises NotFound."""

    def option(self, broker_id: str, name: str) -> str:
        """What an option of its plug-in is set to."""


class Policy(msgspec.Struct, frozen=True):
    """What holds for one order: the rule, and what leaves first."""

    rule: ProtectionRule
    first_send: FirstSend


class Policies:
    """Asks the manifests; options are settings, so an answer stays true for the life of the process."""

    def __init__(self, brokers: ProtectedBrokers) -> None:
        self._brokers = brokers
        self._known: dict[str, tuple[Protection | None, FirstSend]] = {}

    def of(self, broker: str, terms: OrderTerms, instrument: Instrument) -> Policy | None:
        """The policy of an order; None when it leaves as it is asked."""
        if terms.price_type.needs_price:
            return None
        found = self._known.get(broker)
        if found is None:
            found = self._known[broker] = self._declared(broker)
        section, first = found
        rule = section.rule_for(terms, instrument) if section is not None else None
        if rule is None or (rule.first_send or first) == "off":
            return None
        return Policy(rule, rule.first_send or first)

    def _declared(self, broker: str) -> tuple[Protection | None, FirstSend]:
        section = self._brokers.manifest(broker).protection
        if section is None:
            return None, "off"
        if section.option is None:
            return section, section.first_send
        value = self._brokers.option(broker, section.option)
        return section, section.by_option.get(value, section.first_send)

    def require_sayable(self, broker: str, terms: OrderTerms, instrument: Instrument) -> None:
        """The last look before the wire. Raises Refused for an order that had to become a limit and did not."""
        policy = self.of(broker, terms, instrument)
        if policy is not None and policy.first_send == "limit":
            raise Refused(
                f"{terms.price_type.value} orders are barred on {terms.exchange.value} by this broker's rules;"
                " nothing was sent",
                code="BARRED",
            )

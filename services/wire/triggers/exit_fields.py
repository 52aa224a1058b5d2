"""Exits in a request: each level is told in exactly one way, so that no number can be read in two."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic import ConfigDict, Field, model_validator

from domain.triggers.exits import ExitTerms, Level, Measure, Trail
from services.wire.fields import Body, Integer, Positive


class _Strict(Body):
    """Unknown fields are refused; null means "not given"."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _drop_nulls(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: item for name, item in value.items() if item is not None}


def _one_of(**given: Decimal | None) -> Level:
    """The one that is given. Raises ValueError."""
    found = [(name, value) for name, value in given.items() if value is not None]
    if len(found) != 1:
        raise ValueError(f"takes exactly one of {', '.join(given)}")
    return Level(measure=Measure(found[0][0]), value=found[0][1])


class LevelFields(_Strict):
    """A level: one of an absolute price, rupees from the average price of the position, percent of it."""

    price: Positive | None = Field(None, description="Absolute, rupees, on the tick grid")
    points: Positive | None = Field(None, description="Rupees from the position's average price")
    percent: Positive | None = Field(None, description="Percent of the position's average price")

    @model_validator(mode="after")
    def _check(self) -> LevelFields:
        self.level()
        return self

    def level(self) -> Level:
        """The use case's level."""
        return _one_of(price=self.price, points=self.points, percent=self.percent)


class TrailFields(_Strict):
    """A distance behind the best price since the exits began: one of rupees, percent."""

    points: Positive | None = Field(None, description="Rupees behind the best price")
    percent: Positive | None = Field(None, description="Percent of the best price behind it")
    step: Positive | None = Field(
        None, description="The stop moves by at least so many rupees; one tick if absent"
    )

    @model_validator(mode="after")
    def _check(self) -> TrailFields:
        self.trail()
        return self

    def trail(self) -> Trail:
        """The use case's trail."""
        return Trail(distance=_one_of(points=self.points, percent=self.percent), step=self.step)


class ExitFields(_Strict):
    """Stop-loss, target and trailing stop of a position; at least one. The first that is reached ends the others."""

    stoploss: LevelFields | None = None
    target: LevelFields | None = None
    trailing_stop: TrailFields | None = None
    quantity: Integer | None = Field(
        None,
        gt=0,
        le=1_000_000_000,
        description="Units to protect at most; absent: the whole position, as it changes",
    )

    @model_validator(mode="after")
    def _check(self) -> ExitFields:
        if not (self.stoploss or self.target or self.trailing_stop):
            raise ValueError("needs at least one of stoploss, target, trailing_stop")
        return self

    def terms(self) -> ExitTerms:
        """The use case's terms."""
        return ExitTerms(
            stoploss=self.stoploss.level() if self.stoploss else None,
            target=self.target.level() if self.target else None,
            trailing_stop=self.trailing_stop.trail() if self.trailing_stop else None,
            quantity=self.quantity,
        )

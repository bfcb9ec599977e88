"""A fact of an incident: a value and how well it is known."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, Self, TypeVar

from pydantic import AwareDatetime, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from tocsin.schemas.record import Record

T = TypeVar("T")


class FactState(StrEnum):
    """How well a fact is known. Only `known` and `estimated` carry a value."""

    KNOWN = "known"
    ESTIMATED = "estimated"
    BEING_DETERMINED = "being_determined"
    CANNOT_BE_DETERMINED = "cannot_be_determined"
    NOT_APPLICABLE = "not_applicable"


class Precision(StrEnum):
    """How exactly an instant is known."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


class Fact(Record, Generic[T]):
    """A value with its state, its source and whether it may be published.

    In a file a bare value means a known one: `aware: 2026-11-20T09:30:00+01:00`.
    """

    state: FactState = FactState.BEING_DETERMINED
    value: T | None = None
    as_of: AwareDatetime | None = None
    source: str | None = None
    may_publish: bool = True

    @model_validator(mode="before")
    @classmethod
    def _bare_value_is_known(cls, data: object) -> object:
        if isinstance(data, Fact):
            return data
        if isinstance(data, dict) and data.keys() <= cls.model_fields.keys():
            if "value" in data and "state" not in data:
                return {"state": FactState.KNOWN, **data}
            return data
        if data is None:
            return {}
        return {"state": FactState.KNOWN, "value": data}

    @model_validator(mode="after")
    def _value_fits_state(self) -> Self:
        carries = self.state in {FactState.KNOWN, FactState.ESTIMATED}
        if carries and self.value is None:
            message = f"a fact that is {self.state} needs a value"
            raise ValueError(message)
        if not carries and self.value is not None:
            message = f"a fact that is {self.state} carries no value: remove it, or say known"
            raise ValueError(message)
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: Any, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return the schema of what is read: the record, a bare value that is known, or null."""
        whole = handler.resolve_ref_schema(handler(core))
        value = whole["properties"]["value"]
        bare = {"anyOf": value["anyOf"], "description": "A bare value is known; null is unknown."}
        return {"anyOf": [bare, whole]}

    @property
    def is_known(self) -> bool:
        """Whether the fact has a value, known or estimated."""
        return self.value is not None


class Instant(Record):
    """A point in time with its precision."""

    at: AwareDatetime
    precision: Precision = Precision.MINUTE

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: Any, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return the schema of what is read: the record, or a bare time."""
        whole = handler.resolve_ref_schema(handler(core))
        return {"anyOf": [whole["properties"]["at"], whole]}

    @model_validator(mode="before")
    @classmethod
    def _bare_time(cls, data: object) -> object:
        return {"at": data} if isinstance(data, str | datetime) else data

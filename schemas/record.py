"""The one base of every record: frozen, and strict about unknown fields."""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """An immutable record. An unknown field is an error, so that a typo never passes silently."""

    model_config = ConfigDict(frozen=True, extra="forbid")

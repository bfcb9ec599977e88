"""Whom an incident touched: typed conditions over columns that the configuration names."""

from typing import Self

from pydantic import Field, model_validator
from tocsin.schemas.record import Record

Scalar = str | int | bool


class Condition(Record):
    """One condition on one named column; exactly one test.

    `equals` and `any_of` compare values; `since` and `until` bound dates or numbers written as in
    the column (both inclusive) and may stand together; `holds` names a data kind that the person's
    row must hold.
    """

    column: str = Field(min_length=1, max_length=64)
    equals: Scalar | None = None
    any_of: tuple[Scalar, ...] | None = Field(default=None, min_length=1, max_length=10_000)
    since: Scalar | None = None
    until: Scalar | None = None

    @model_validator(mode="after")
    def _one_test(self) -> Self:
        tests = [self.equals is not None, self.any_of is not None]
        window = self.since is not None or self.until is not None
        if sum(tests) + window != 1:
            message = "give exactly one of: equals, any_of, or since/until"
            raise ValueError(message)
        return self


class Scope(Record):
    """All conditions of `where` hold and none of `except_where` does. At least one condition.

    A scope without a condition would be the whole directory; whoever means that writes
    `everyone: true`.
    """

    where: tuple[Condition, ...] = ()
    except_where: tuple[Condition, ...] = ()
    everyone: bool = False

    @model_validator(mode="after")
    def _says_whom(self) -> Self:
        if not self.where and not self.everyone:
            message = "name at least one condition, or write everyone: true for the whole directory"
            raise ValueError(message)
        if self.where and self.everyone:
            message = "everyone: true and conditions contradict each other: keep one"
            raise ValueError(message)
        return self

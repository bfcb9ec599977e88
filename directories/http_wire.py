"""What a directory service answers, to the letter: docs/directories.md is the same in words.

Every answer is read strictly. A field that is not known may be a misspelt one, and whoever it
speaks of would be forgotten.
"""

from datetime import date
from typing import Annotated, Literal, NoReturn, TypeVar

from pydantic import Field, ValidationError
from tocsin.schemas.audience import RecipientKind
from tocsin.schemas.channels import Channel
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.record import Record

Key = Annotated[str, Field(min_length=1, max_length=512)]
Text = Annotated[str, Field(max_length=8_192)]
Watermark = Annotated[str, Field(min_length=1, max_length=256)]
Residence = Annotated[str, Field(pattern=r"^[A-Za-z]{2}(-[A-Za-z0-9]{1,3})?$")]
_FIX = "answer as docs/directories.md says"


class WireReach(Record):
    """Where somebody can be reached; what is left out or null is not known."""

    email: Text | None = None
    phone: Text | None = None
    web_push: Text | None = None
    app_push: Text | None = None
    postal: tuple[Text, ...] | None = None
    """The lines of the envelope, without the country."""
    postal_country: Residence | None = None
    account: Text | None = None
    not_agreed: tuple[Channel, ...] = ()
    agreed: tuple[Channel, ...] = ()
    residence: Residence | None = None


class WireRelative(WireReach):
    """Whom a person's row names; without a key their own row is gone."""

    key: Key | None = None
    locale: Text | None = None


class WireContact(WireReach):
    """One of the keys that were asked for."""

    key: Key
    relatives: dict[Literal["guardian", "representative", "next_of_kin"], WireRelative] = Field(
        default_factory=dict
    )


class WirePerson(WireContact):
    """One person in scope."""

    kinds: tuple[DataKind, ...]
    locale: Text | None = None
    birth_date: date | None = None
    cancelled: bool = False
    deceased: bool = False
    organisation: bool = False
    mailbox_is_ours: bool = False


class Schema(Record):
    """What the service knows: `GET schema`."""

    protocol: Literal[1]
    keys: Literal["text", "integer"]
    """Whether keys stand in the order of their text, or are whole numbers in theirs."""
    columns: tuple[str, ...]
    """Names that conditions of a scope may use."""
    fields: tuple[str, ...] = ()
    """Which of the optional fields it ever fills: phone, postal, deceased ..."""


class Counted(Record):
    """How many people are in scope: `POST count`."""

    count: int = Field(ge=0)
    watermark: Watermark


class People(Record):
    """A page of people in key order; one without people is the end: `POST people`."""

    people: tuple[WirePerson, ...]
    watermark: Watermark


class Reached(Record):
    """Those of the keys whom the service still holds: `POST contacts`."""

    contacts: tuple[WireContact, ...]


Answer = TypeVar("Answer", Schema, Counted, People, Reached)

_MODELS: tuple[type[Record], ...] = (
    *(Schema, Counted, People, Reached),
    *(WirePerson, WireContact, WireRelative),
)
_NAMES = {name for model in _MODELS for name in model.model_fields} | {*RecipientKind}


def read(answer: type[Answer], body: bytes) -> Answer:
    """Return an answer of the service.

    Raises:
        InvalidInput: it is not as documented; `field` is the place in it. Neither values nor names
            that the protocol does not know are repeated: they may be personal data.

    """
    try:
        return answer.model_validate_json(body, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = "directory.answer"
    for step in first["loc"]:
        if isinstance(step, int):
            place += f"[{step}]"
        elif step in _NAMES:
            place += f".{step}"
    message = f"the directory service answers otherwise than agreed ({first['type']})"
    raise InvalidInput(message, field=place, fix=_FIX)


def refuse(place: str, message: str) -> NoReturn:
    """Raise the `InvalidInput` of an answer that is well formed and cannot be true."""
    raise InvalidInput(message, field=f"directory.answer.{place}", fix=_FIX)

"""The form of an authority as data: what one YAML file of `forms/` says."""

from datetime import date
from enum import StrEnum

from pydantic import Field
from tocsin.schemas.duty import Phase
from tocsin.schemas.fact import FactState
from tocsin.schemas.organisation import LocalizedText
from tocsin.schemas.record import Record


class FieldKind(StrEnum):
    """How a form wants a field answered."""

    TEXT = "text"
    ONE = "one"
    """One answer of a list."""
    MANY = "many"
    NUMBER = "number"
    DATE = "date"
    MOMENT = "moment"
    FLAG = "flag"
    ATTACHMENT = "attachment"


class FormOption(Record):
    """An answer of a list, and which of our values and states it stands for."""

    code: str
    """The authority's own, or ours where it has none."""
    label: LocalizedText
    values: tuple[str, ...] = ()
    """Our values; `*` stands for every one that no other answer names."""
    states: tuple[FactState, ...] = ()
    """How a fact is known whose state alone is this answer."""
    open: bool = False
    """The answer of who does not know yet: no complete filing may hold it."""


class ShownIf(Record):
    """A field that is asked only where a key has one of these values."""

    key: str
    values: tuple[str, ...] = Field(min_length=1, alias="is")


class FormField(Record):
    """One field of a form."""

    n: str
    """The authority's number, or ours where it has none."""
    key: str
    """The key of the superset that fills it (`rendering/report_values.py`)."""
    kind: FieldKind = FieldKind.TEXT
    label: LocalizedText
    required: Phase | None = None
    """The first phase whose report needs it, if it is asked; None: it may stay empty."""
    phases: tuple[Phase, ...] = ()
    """Phases in which it is asked; empty: all."""
    shown_if: tuple[ShownIf, ...] = ()
    """Asked only where all of these hold."""
    options: tuple[FormOption, ...] = ()
    published: bool = False
    """The authority makes the answer public."""


class FormSection(Record):
    """A part of a form, under its heading."""

    title: LocalizedText
    fields: tuple[FormField, ...] = Field(min_length=1)


class Serves(Record):
    """For which reports a form is taken where a regime names none itself."""

    regime: str
    phases: tuple[Phase, ...] = ()
    """Empty: all."""
    by_default: bool = True
    """False: only for organisations that name the form themselves."""

    def holds(self, regime: str, phase: Phase | None) -> bool:
        """Whether a report of a regime in a phase is one of these."""
        return self.regime == regime and (not self.phases or phase in self.phases)


class Form(Record):
    """The form of one authority, or the list that its law gives where there is none."""

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    title: LocalizedText
    version: str
    seen: date
    """When its sources were last read."""
    verified: LocalizedText
    """What of it is verified, and what is not."""
    locales: tuple[str, ...] = Field(min_length=1)
    """The languages that the authority takes, the first one where nothing else is set."""
    language_note: LocalizedText
    routes: tuple[LocalizedText, ...] = Field(min_length=1)
    """Ways to file it, in order of preference."""
    states: dict[FactState, LocalizedText] = Field(default_factory=dict)
    """How the authority wants to read that something is not known yet, or will never be."""
    returned: LocalizedText
    """What comes back."""
    published: LocalizedText
    """What becomes public."""
    attachments: LocalizedText
    serves: tuple[Serves, ...] = ()
    sections: tuple[FormSection, ...] = Field(min_length=1)
    spoken: tuple[LocalizedText, ...] = ()
    """What is said on the telephone, line by line; `{2a}` stands for the answer of field 2a."""
    sources: tuple[str, ...] = Field(min_length=1)

    def takes(self, regime: str, phase: Phase | None) -> bool:
        """Whether it serves the reports of a regime in a phase where nothing else is set."""
        return any(serves.by_default and serves.holds(regime, phase) for serves in self.serves)

    def fits(self, regime: str, phase: Phase | None) -> bool:
        """Whether an organisation may name it for the reports of a regime in a phase."""
        return any(serves.holds(regime, phase) for serves in self.serves)

    @property
    def fields(self) -> tuple[FormField, ...]:
        """Every field in the order of the form."""
        return tuple(field for section in self.sections for field in section.fields)

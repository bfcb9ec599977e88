"""Whether text messages may go to a country: what it asks for, against what the sender has.

A sender or a text that a country does not know is blocked there, or shown as a scam: registering
is done in peacetime, and a country that is not ready is refused before anything is sent.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType

import phonenumbers
import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.outcome import Reason, Refused


class Requirement(StrEnum):
    """What a country asks to be registered before it lets a text message in."""

    SENDER = "sender"
    TEMPLATE = "template"
    SIGNATURE = "signature"
    """Each text starts with the registered name of its sender in 【】."""


class Evidence(StrEnum):
    """What a row of the table rests on."""

    CONFIRMED = "confirmed"
    PARTLY = "partly"
    MEMORY = "memory"


class CountryRule(BaseModel):
    """One row: what the country requires, in a sentence, and where that is said."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    requires: frozenset[Requirement]
    evidence: Evidence
    rule: str
    cites: str = ""


@dataclass(frozen=True, slots=True)
class SmsSender:
    """A sender as it shows on the phone, and the countries where its papers are in order.

    `registered_in` and `templates_in` hold country codes (ISO 3166-1 alpha-2): the operator vouches
    that the sender is registered there, or needs not be, and likewise the texts. `signature` is the
    name, without its brackets, with which texts start where a country asks for that.
    """

    name: str
    registered_in: frozenset[str] = frozenset()
    templates_in: frozenset[str] = frozenset()
    signature: str = ""


@cache
def country_rules() -> MappingProxyType[str, CountryRule]:
    """Return the table: country code -> its rule."""
    text = resources.files("tocsin.notifiers").joinpath("sms_countries.yaml").read_text("utf-8")
    rows = TypeAdapter(dict[str, CountryRule]).validate_python(yaml.safe_load(text)["countries"])
    return MappingProxyType(rows)


def check_ready(country: str, sender: SmsSender) -> None:
    """Refuse a country in which this sender's text messages would be blocked or marked.

    Raises:
        InvalidInput: nothing is known of the country, or something is not registered there.
    """
    rule = country_rules().get(country)
    if rule is None:
        message = "it is not known what this country asks of senders of text messages"
        raise InvalidInput(
            message, field="country", fix="use another channel, or a country code of the table"
        )
    if Requirement.SENDER in rule.requires and country not in sender.registered_in:
        message = f"the sender is not registered in {country} ({rule.rule})"
        raise InvalidInput(
            message,
            field="sender.registered_in",
            fix=f"register it, then add {country}; until then use another channel",
        )
    if Requirement.TEMPLATE in rule.requires and country not in sender.templates_in:
        message = f"the texts are not registered in {country} ({rule.rule})"
        raise InvalidInput(
            message,
            field="sender.templates_in",
            fix=f"register them, then add {country}; until then use another channel",
        )

    if Requirement.SIGNATURE in rule.requires and not sender.signature:
        message = f"the sender has no signature for {country} ({rule.rule})"
        raise InvalidInput(
            message,
            field="sender.signature",
            fix="write the registered one, without its brackets; until then use another channel",
        )


def number_of(recipient: str) -> phonenumbers.PhoneNumber | None:
    """Return a number that is written in E.164 form and can exist; None for anything else."""
    try:
        number = phonenumbers.parse(recipient, None)
    except phonenumbers.NumberParseException:
        return None
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return number if written == recipient and phonenumbers.is_valid_number(number) else None


def refusal(recipient: str, sender: SmsSender, text: str) -> Refused | None:
    """Return why a number (E.164) does not get this text from this sender, if it does not."""
    number = number_of(recipient)
    if number is None:
        return Refused(Reason.MALFORMED_ADDRESS)
    country = phonenumbers.region_code_for_number(number) or ""
    try:
        check_ready(country, sender)
    except InvalidInput:
        return Refused(Reason.REFUSED_BY_POLICY)
    signed = text.startswith(f"【{sender.signature}】")
    if Requirement.SIGNATURE in country_rules()[country].requires and not signed:
        return Refused(Reason.REFUSED_CONTENT)
    return None

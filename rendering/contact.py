"""Whom a reader can turn to: the organisation's contact, and the authorities of their regimes."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from tocsin.rendering.locales import Messages, in_locale
from tocsin.rendering.story import Item
from tocsin.schemas.locales import best_locale
from tocsin.schemas.organisation import Organisation

_FAMILY = {"EU": "EU", "UK": "UK", "GB": "UK", "CN": "CN", "US": "US", "KR": "KR"}


@dataclass(frozen=True, slots=True)
class Contact:
    """The organisation as a reader meets it. Holds no person's name."""

    brand: str
    legal_name: str
    site: str
    rows: tuple[tuple[str, Item], ...]
    """Label and value, in the order in which they are printed."""
    codes: tuple[str, ...] = ()
    """Content codes that the rows have words for."""


def brand_in(organisation: Organisation, locale: str) -> str:
    """Return the name that people know, as it is written in a locale."""
    name = best_locale(locale, tuple(organisation.names), "")
    return organisation.names.get(name) or organisation.brand


def contact(organisation: Organisation, t: Messages, *, asked: Collection[str] = ()) -> Contact:
    """Return how to reach an organisation. The data protection officer stays unnamed.

    Of its group it says whose it is where that is among the content codes `asked`.
    """
    parent = organisation.parent if "ENTITY_PARENT" in asked else None
    hours = in_locale(organisation.contact_hours, t.locale)
    rows = [
        (t("notice.email"), organisation.contact_email, ""),
        (t("notice.phone"), organisation.contact_phone, ""),
        (t("notice.hours"), hours.text if hours else None, hours.lang if hours else ""),
        (t("notice.post"), f"{organisation.legal_name}, {organisation.postal_address}", ""),
        (t("notice.dpo"), organisation.dpo_contact, ""),
        (t("notice.parent"), parent, ""),
    ]
    return Contact(
        brand=brand_in(organisation, t.locale),
        legal_name=organisation.legal_name,
        site=organisation.site,
        rows=tuple(
            (label, Item(value, "" if lang == t.locale else lang))
            for label, value, lang in rows
            if value
        ),
        codes=(*_codes(organisation), *(["ENTITY_PARENT"] if parent else [])),
    )


_TOLL_FREE = re.compile(
    r"^(?:\+?1[ .()-]*)?\(?8(?:00|33|44|55|66|77|88)\)?|^(?:\+\d\d ?)?\(?0?800|^400"
)


def _codes(organisation: Organisation) -> tuple[str, ...]:
    phone = organisation.contact_phone or ""
    codes = {
        "ENTITY_ID": True,
        "CONTACT": bool(organisation.contact_email or phone),
        "TOLL_FREE": bool(_TOLL_FREE.match(phone)),
        "DPO_CONTACT": bool(organisation.dpo_contact),
    }
    return tuple(code for code, is_told in codes.items() if is_told)


def rights_codes(regimes: Sequence[str], authorities: Mapping[str, str]) -> tuple[str, ...]:
    """Return the content codes that `rights` has words for."""
    families = {_FAMILY.get(regime.split("-")[0], "other") for regime in regimes}
    claims = bool(families & {"EU", "UK", "CN", "KR"})
    ours = any(regime in authorities for regime in regimes)
    return (
        "COMPLAINT_RIGHT",
        *(["LEGAL_REMEDY"] if claims else []),
        *(["REGULATOR_INFORMED"] if ours else []),
    )


def rights(regimes: Sequence[str], authorities: Mapping[str, str], t: Messages) -> tuple[str, ...]:
    """Return to whom people under `regimes` can complain, each authority once.

    `authorities` are those that the organisation reports to, by regime id, in its own words.
    """
    families = dict.fromkeys(_FAMILY.get(regime.split("-")[0], "other") for regime in regimes)
    lines = [t(f"rights.{family}") for family in families or {"other": None}]
    ours = dict.fromkeys(authorities[regime] for regime in regimes if regime in authorities)
    lines += [t("rights.ours", authority=authority) for authority in ours]
    return tuple(lines)


def country_of(regimes: Sequence[str]) -> str | None:
    """Return `CN` or `US` when every regime is of it: only then are its services named."""
    countries = {regime.partition("-")[0] for regime in regimes}
    return next((c for c in ("CN", "US") if countries == {c}), None)

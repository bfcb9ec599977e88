"""What readers of the United States are told beside it: agencies, a freeze, a police report."""

from collections.abc import Sequence
from dataclasses import dataclass

from tocsin.rendering.advice_catalogue import Agency, catalogue
from tocsin.rendering.asked_words import Line, state_agencies
from tocsin.rendering.contact import country_of
from tocsin.rendering.locales import Messages
from tocsin.schemas.data_kinds import CREDIT_IDENTIFIERS, DataKind
from tocsin.schemas.notice import NoticeContext


@dataclass(frozen=True, slots=True)
class Help:
    """Who helps against identity theft: a heading, what it is about, the agencies one by one."""

    heading: str
    intro: tuple[Line, ...]
    agencies: tuple[Line, ...]
    after: tuple[Line, ...]


def help_for(
    regimes: Sequence[str],
    asked: frozenset[str],
    kinds: Sequence[DataKind],
    context: NoticeContext,
    t: Messages,
) -> Help | None:
    """Return the agencies that people are told of, the credit bureaus first; None without any.

    All of them are told where data that opens credit is concerned: to people whose regimes are all
    of the United States, and to whoever has a regime that asks for one. Else those asked for are.
    """
    concerned = bool(CREDIT_IDENTIFIERS & set(kinds))
    every = concerned and (country_of(regimes) == "US" or bool(asked & _AGENCIES))
    told = _AGENCIES if every else asked & _AGENCIES
    if "FREEZE_INFO" in told:
        told |= {"CRA_CONTACTS"}
    freeze = "CRA_CONTACTS" in told
    agencies = (
        *(_line(agency, t) for agency in catalogue().agencies["US"] if agency.code in told),
        *state_agencies(regimes, asked, context, t),
    )
    report = [Line(t("notice.police_report"), holds=("POLICE_REPORT",))]
    after = tuple(report if "POLICE_REPORT" in asked else ())
    if not agencies and not after:
        return None
    intro = [Line(t("notice.agencies_intro"), holds=("FREEZE_INFO",))] if freeze else []
    if freeze and "FREEZE_INFO" in asked:
        intro.append(Line(t("notice.freeze_how"), holds=("FREEZE_INFO",)))
    if agencies and not freeze:
        intro = [Line(t("notice.theft_intro"))]
    heading = t("notice.agencies" if freeze else "notice.theft")
    return Help(heading, tuple(intro), agencies, after)


_AGENCIES = frozenset({"CRA_CONTACTS", "FTC_CONTACT", "FREEZE_INFO"})


def _line(agency: Agency, t: Messages) -> Line:
    key = "notice.agency_online" if agency.site else "notice.agency"
    text = t(key, name=agency.name, phone=agency.phone, address=agency.address, site=agency.site)
    return Line(text, holds=(agency.code,))

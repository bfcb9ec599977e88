"""What a report says of the organisation, of whoever reports, and of others that took part."""

from collections.abc import Callable

from tocsin.rendering.locales import Messages, in_locale
from tocsin.rendering.report_words import (
    Value,
    determining,
    given,
    not_applicable,
    of_fact,
    of_many,
    tagged,
)
from tocsin.rendering.residences import EEA
from tocsin.schemas.circumstances import Party, PartyRole, Reporter
from tocsin.schemas.incident_facts import Sector
from tocsin.schemas.report import ReportContext

_STANDINGS = frozenset({Sector.LISTED_COMPANY, Sector.NIS2_ENTITY, Sector.ESSENTIAL_SERVICE})


def name(context: ReportContext, t: Messages) -> Value:
    """Return the legal entity, with the name that people know."""
    us = context.organisation
    brand = us.names.get(t.asked, us.brand)
    return Value(us.legal_name if brand == us.legal_name else f"{us.legal_name} ({brand})")


def name_address(context: ReportContext, t: Messages) -> Value:
    """Return the legal entity and where it sits."""
    us = context.organisation
    return Value(f"{name(context, t).text}\n{us.postal_address}, {us.country}")


def contact(context: ReportContext, t: Messages) -> Value:
    """Return the address, the e-mail, the telephone and the site of the organisation."""
    us = context.organisation
    reach = [part for part in (us.contact_email, us.contact_phone, us.site) if part]
    return Value(f"{us.postal_address}, {us.country}\n{t.listed(reach)}")


def place(context: ReportContext, t: Messages) -> Value:  # noqa: ARG001 - one signature for all
    """Return whether the organisation is established in the European Economic Area."""
    inside = context.organisation.country in EEA
    return tagged(Value(context.organisation.country), "inside_eea" if inside else "outside_eea")


def identifier_type(context: ReportContext, t: Messages) -> Value:
    """Return which number the identifier is."""
    us = context.organisation
    kind = "registration" if us.registration else "vat" if us.vat_number else ""
    return tagged(Value(kind), kind) if kind else determining(t, "organisation.registration")


def identifier(context: ReportContext, t: Messages) -> Value:
    """Return the number under which the state keeps the organisation."""
    us = context.organisation
    return given(us.registration or us.vat_number, "organisation.registration", t)


def lei(context: ReportContext, t: Messages) -> Value:
    """Return the legal entity identifier."""
    return given(context.organisation.lei, "organisation.lei", t)


def parent(context: ReportContext, t: Messages) -> Value:
    """Return the undertaking at the top of the group."""
    return given(context.organisation.parent, "organisation.parent", t)


def parent_lei(context: ReportContext, t: Messages) -> Value:
    """Return the legal entity identifier of that undertaking."""
    return given(context.organisation.parent_lei, "organisation.parent_lei", t)


def head(context: ReportContext, t: Messages) -> Value:
    """Return who represents the organisation by law."""
    path = "organisation.legal_representative"
    return given(context.organisation.legal_representative, path, t)


def owner(context: ReportContext, t: Messages) -> Value:
    """Return whose the organisation is: private or public."""
    return _standing(context.organisation.owner, "owner", t)


def size(context: ReportContext, t: Messages) -> Value:
    """Return how large the organisation is."""
    return _standing(context.organisation.size, "size", t)


def covered_entity(context: ReportContext, t: Messages) -> Value:
    """Return what the organisation is under HIPAA."""
    return _standing(context.organisation.covered_entity, "covered_entity", t)


def small(context: ReportContext, t: Messages) -> Value:
    """Return whether the organisation is a small business in the United States."""
    said = context.organisation.small_business
    if said is None:
        return determining(t, "organisation.small_business")
    return yes_no(t, said=said)


def activity(context: ReportContext, t: Messages) -> Value:
    """Return what the organisation does."""
    found = in_locale(context.organisation.activity, t.asked)
    return given(found.text if found else None, "organisation.activity", t)


def sectors(context: ReportContext, t: Messages) -> Value:
    """Return in which sectors the organisation works; what it is under a law is none of them."""
    said = of_many(context.incident.facts.sectors, "facts.sectors", t)
    works = tuple(tag for tag in said.tags if tag not in _STANDINGS)
    return tagged(said, *(works or said.tags))


def health_records(context: ReportContext, t: Messages) -> Value:
    """Return what the organisation is to personal health records."""
    return _standing(context.organisation.health_records, "health_records", t)


def address(context: ReportContext, t: Messages) -> Value:  # noqa: ARG001 - one signature for all
    """Return where the organisation sits."""
    return Value(f"{context.organisation.postal_address}, {context.organisation.country}")


def people_held(context: ReportContext, t: Messages) -> Value:
    """Return of how many people the organisation holds data in all."""
    count = context.organisation.people_held
    if count is None:
        return determining(t, "organisation.people_held")
    return Value(t("report.persons", count=f"{count:,}"), raw=count)


def capacity(context: ReportContext, t: Messages) -> Value:
    """Return in which capacity under HIPAA the organisation files."""
    circumstances = context.incident.circumstances
    sectors = set(context.incident.facts.sectors.value or ())
    associates = _parties(context, PartyRole.BUSINESS_ASSOCIATE)
    if Sector.HIPAA_COVERED_ENTITY in sectors or context.organisation.covered_entity:
        if circumstances.parties.value is None:
            return determining(t, "circumstances.parties")
        said = "covered_entity_for_associate" if associates else "covered_entity"
        return tagged(Value(said), said)
    if Sector.HIPAA_BUSINESS_ASSOCIATE in sectors:
        return tagged(Value("business_associate"), "business_associate")
    return determining(t, "facts.sectors")


def representative(context: ReportContext, t: Messages) -> Value:
    """Return the representative in the European Economic Area."""
    path = "organisation.eea_representative"
    return given(context.organisation.eea_representative, path, t)


def representative_contact(context: ReportContext, t: Messages) -> Value:
    """Return how to reach the representative."""
    path = "organisation.eea_representative_contact"
    return given(context.organisation.eea_representative_contact, path, t)


def reporter(context: ReportContext, t: Messages) -> Value:
    """Return who reports."""
    return _of_reporter(context, t, lambda who: who.name)


def reporter_contact(context: ReportContext, t: Messages) -> Value:
    """Return how to reach who reports."""
    return _of_reporter(context, t, lambda who: who.contact)


def relation(context: ReportContext, t: Messages) -> Value:
    """Return in what function somebody reports."""
    fact = context.incident.circumstances.reporter
    said = _of_reporter(context, t, lambda who: who.function.value)
    return tagged(said, fact.value.function.value) if fact.value else said


def position(context: ReportContext, t: Messages) -> Value:
    """Return what the function of the reporting person is, in words."""
    said = _of_reporter(context, t, lambda who: who.position)
    return said if said.text else determining(t, "circumstances.reporter.position")


def firm(context: ReportContext, t: Messages) -> Value:
    """Return the firm of somebody who reports for the organisation and is not of it."""
    said = _of_reporter(context, t, lambda who: who.firm)
    return said if said.text else not_applicable(t)


def officer(context: ReportContext, t: Messages) -> Value:
    """Return whether a data protection officer is designated."""
    named = bool(context.organisation.dpo_name or context.organisation.dpo_contact)
    return yes_no(t, said=named)


def officer_name(context: ReportContext, t: Messages) -> Value:
    """Return the data protection officer's name."""
    us = context.organisation
    if not us.dpo_name and not us.dpo_contact:
        return not_applicable(t)
    return given(us.dpo_name, "organisation.dpo_name", t)


def officer_contact(context: ReportContext, t: Messages) -> Value:
    """Return how to reach the data protection officer."""
    us = context.organisation
    if not us.dpo_name and not us.dpo_contact:
        return not_applicable(t)
    return given(us.dpo_contact, "organisation.dpo_contact", t)


def whom_to_ask(context: ReportContext, t: Messages) -> Value:
    """Return whose office answers questions."""
    us = context.organisation
    if us.incident_contact:
        return tagged(Value("other"), "other")
    if context.incident.circumstances.reporter.value is not None:
        return tagged(Value("reporter"), "reporter")
    if us.dpo_contact:
        return tagged(Value("dpo"), "dpo")
    return determining(t, "organisation.incident_contact")


def contact_name(context: ReportContext, t: Messages) -> Value:
    """Return who answers questions."""
    return given(context.organisation.incident_contact, "organisation.incident_contact", t)


def contact_person(context: ReportContext, t: Messages) -> Value:
    """Return who answers questions and how to reach them; at the least the organisation's own."""
    us, who = context.organisation, context.incident.circumstances.reporter.value
    own = t.listed([part for part in (us.contact_email, us.contact_phone) if part])
    if us.incident_contact:
        return Value(f"{us.incident_contact}\n{us.incident_contact_details or own}")
    if who is not None:
        return Value(f"{who.name}\n{who.contact}")
    if us.dpo_name or us.dpo_contact:
        return Value(f"{us.dpo_name or t('notice.dpo')}\n{us.dpo_contact or own}")
    return Value(own)


def parties(context: ReportContext, t: Messages) -> Value:
    """Return whether other organisations took part in the processing."""
    fact = context.incident.circumstances.parties
    words = of_fact(fact, "circumstances.parties", t, lambda all_: t(_yes(said=bool(all_))))
    return tagged(words, "yes" if fact.value else "no")


def party_names(context: ReportContext, t: Messages) -> Value:
    """Return what the others are called."""
    return _of_parties(context, t, lambda party: party.name)


def party_roles(context: ReportContext, t: Messages) -> Value:
    """Return what the others are in the processing."""
    return _of_parties(context, t, lambda party: t(f"report.roles.{party.role.value}"))


def party_contacts(context: ReportContext, t: Messages) -> Value:
    """Return how to reach the others."""
    return _of_parties(context, t, lambda party: party.contact)


def associates(context: ReportContext, t: Messages) -> Value:
    """Return the business associates that took part."""
    found = _parties(context, PartyRole.BUSINESS_ASSOCIATE)
    if not found:
        return determining(t, "circumstances.parties")
    return Value("\n".join(f"{party.name}, {party.contact}" for party in found))


def yes_no(t: Messages, *, said: bool) -> Value:
    """Return a yes or a no, in words and for a form to choose by."""
    return Value(t(_yes(said=said)), tags=("yes" if said else "no",), raw=said)


def _yes(*, said: bool) -> str:
    return "report.yes" if said else "report.no"


def _standing(value: object, field: str, t: Messages) -> Value:
    if value is None:
        return determining(t, f"organisation.{field}")
    return tagged(Value(str(value)), str(value))


def _of_reporter(context: ReportContext, t: Messages, say: Callable[[Reporter], str]) -> Value:
    return of_fact(context.incident.circumstances.reporter, "circumstances.reporter", t, say)


def _parties(context: ReportContext, role: PartyRole) -> tuple[Party, ...]:
    known = context.incident.circumstances.parties.value or ()
    return tuple(party for party in known if party.role is role)


def _of_parties(context: ReportContext, t: Messages, say: Callable[[Party], str]) -> Value:
    fact = context.incident.circumstances.parties
    if fact.value == ():
        return not_applicable(t)
    return of_fact(
        fact, "circumstances.parties", t, lambda known: "\n".join(say(party) for party in known)
    )

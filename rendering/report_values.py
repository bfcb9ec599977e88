"""The content of a report: for each key its value in words and its state.

One set of keys fills the form of every authority. The content codes of a duty are keys as well:
they are what a report says where an authority has no form. A key for which an incident holds no
fact is being determined: a report never says more than what was written down.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from tocsin.rendering import report_circumstances as around
from tocsin.rendering import report_counts, report_disposal, report_incident
from tocsin.rendering import report_filing as filing
from tocsin.rendering import report_organisation as who
from tocsin.rendering.locales import Messages
from tocsin.rendering.report_words import Said, Value, by_hand, determining, joined
from tocsin.schemas.report import ReportContext

BY_HAND = "by_hand"
"""The key of what no record answers: whoever files does, on the form itself."""


def value_of(key: str, context: ReportContext, t: Messages) -> Value:
    """Return what a report says under a key or content code; an unknown one is being determined."""
    find = _VALUES.get(key)
    return find(context, t) if find else determining(t, key)


def _not_recorded(code: str) -> Said:
    return lambda _, t: determining(t, code)


def _first_found(context: ReportContext, t: Messages) -> Value:
    """Return when it was found, and when it happened where that is known."""
    occurred = report_incident.time_occurred(context, t)
    named = replace(occurred, text=t("report.occurred", date=occurred.text))
    return joined([report_incident.time_aware(context, t), named], t, missing="facts.aware")


_CODES: Mapping[str, Said] = MappingProxyType(
    {
        "A_ENTITY": report_incident.entity,
        "A_CONTACT": report_incident.contact_point,
        "A_SYSTEM": around.system_basics,
        "A_TIME_OCCURRED": report_incident.time_occurred,
        "A_TIME_AWARE": report_incident.time_aware,
        "A_LOCATION": report_incident.location,
        "A_NATURE": report_incident.nature,
        "A_LEVEL": report_incident.severity,
        "A_CAUSE": report_incident.cause,
        "A_COUNT_SUBJECTS": report_counts.subjects,
        "A_COUNT_RECORDS": report_counts.records,
        "A_COUNT_RESIDENTS": report_counts.residents,
        "A_SUBJECT_CATEGORIES": around.persons_text,
        "A_DATA_CATEGORIES": report_incident.categories_of_data,
        "A_CONSEQUENCES": report_incident.consequences,
        "A_TREND": report_disposal.trend,
        "A_MEASURES_TAKEN": report_disposal.measures_taken,
        "A_MEASURES_PLANNED": report_disposal.measures_planned,
        "A_SECURITY_MEASURES": report_incident.protection,
        "A_ATTACKER": report_incident.attacker,
        "A_RANSOM": report_incident.ransom,
        "A_SUPPORT": around.text_of("support"),
        "A_SCENE": around.text_of("scene"),
        "A_INDIVIDUAL_NOTICE": report_disposal.notices,
        "A_SAMPLE_NOTICE": filing.sample,
        "A_DELAY_REASON": filing.late_reason,
        "A_CROSS_BORDER": report_counts.spread_over,
        "A_LE_INFORMED": around.others_told,
        "A_SERVICES": report_disposal.services,
        "A_WISP": around.programme,
        "A_FINANCIAL": _not_recorded("A_FINANCIAL"),
        "A_LESSONS": report_disposal.lessons,
    }
)
_KEYS: Mapping[str, Said] = MappingProxyType(
    {
        "rpt.type": filing.filing_type,
        "rpt.extent": filing.extent,
        "rpt.stage": filing.stage,
        "rpt.phase": filing.phase,
        "rpt.basis": filing.basis,
        "rpt.filed_at": filing.filed_at,
        "rpt.prev_ref": filing.previous,
        "rpt.internal_ref": filing.own_reference,
        "rpt.late_reason": filing.late_reason,
        "rpt.attest": filing.attestation,
        "org.name": who.name,
        "org.name_address": who.name_address,
        "org.contact": who.contact,
        "org.place": who.place,
        "org.id_type": who.identifier_type,
        "org.id": who.identifier,
        "org.lei": who.lei,
        "org.parent": who.parent,
        "org.parent_lei": who.parent_lei,
        "org.type": who.owner,
        "org.size": who.size,
        "org.small": who.small,
        "org.sector": who.activity,
        "org.role": who.capacity,
        "org.covered_entity": who.covered_entity,
        "org.rep": who.representative,
        "org.rep_contact": who.representative_contact,
        "who.reporter": who.reporter,
        "who.reporter_contact": who.reporter_contact,
        "who.relation": who.relation,
        "who.position": who.position,
        "who.legal": who.head,
        "who.dpo": who.officer,
        "who.dpo_name": who.officer_name,
        "who.dpo_contact": who.officer_contact,
        "who.ask": who.whom_to_ask,
        "who.contact_name": who.contact_name,
        "who.contact": who.contact_person,
        "tp.parties": who.parties,
        "tp.names": who.party_names,
        "tp.roles": who.party_roles,
        "tp.contacts": who.party_contacts,
        "tp.associates": who.associates,
        "t.when": around.when,
        "t.estimated": around.estimated,
        "t.start": around.started,
        "t.end": around.ended,
        "t.aware": around.aware,
        "t.detected": around.at("facts", "detected"),
        "t.classified": around.at("facts", "classified"),
        "t.recovered": around.at("circumstances", "recovered"),
        "t.duration": around.duration,
        "t.downtime": report_counts.downtime,
        "t.found": _first_found,
        "t.breach_dates": around.breach_dates,
        "t.discovery_dates": around.discovery_dates,
        "t.found_by": around.found_by,
        "t.found_how": around.text_of("found_how"),
        "t.told_by_other": around.told_by_other,
        "t.place": report_incident.location,
        "inc.summary": report_incident.nature,
        "inc.cia": around.cia,
        "inc.cyber": around.cyber,
        "inc.criteria": around.criteria,
        "inc.service_impact": around.text_of("service_impact"),
        "inc.cost": report_counts.costs,
        "inc.exfiltration": around.exfiltration,
        "inc.protected": around.protected,
        "inc.integrity": around.integrity,
        "inc.availability": around.availability,
        "inc.kind": around.kind,
        "inc.actor": around.actor,
        "inc.root_cause": report_incident.cause,
        "inc.vector": report_incident.attack_path,
        "inc.attacker": report_incident.attacker,
        "inc.ransom": report_incident.ransom,
        "inc.systems": around.system_basics,
        "inc.system_basics": around.system_basics,
        "inc.medium": around.media,
        "inc.grade": around.grade,
        "inc.trend": report_disposal.trend,
        "inc.harm": report_incident.harm,
        "inc.evidence": around.text_of("scene"),
        "inc.responsibility": around.text_of("responsibility"),
        "inc.lessons": report_disposal.lessons,
        "ppl.kinds": around.persons_kinds,
        "ppl.kinds_text": around.persons_text,
        "ppl.count": report_counts.subjects,
        "ppl.clients": report_counts.clients,
        "ppl.clients_share": report_counts.share_of("clients"),
        "ppl.counterparts_share": report_counts.share_of("counterparts"),
        "inc.transactions_share": report_counts.share_of("transactions"),
        "ppl.count_known": report_counts.subjects,
        "ppl.over_500": report_counts.over_500,
        "ppl.residents": report_counts.residents,
        "ppl.by_place": report_counts.spread_over,
        "ppl.eea": report_counts.in_eea,
        "data.kinds": report_incident.categories_of_data,
        "data.kinds_text": report_incident.data_text,
        "data.sensitive": report_incident.special_data,
        "data.records": report_counts.records,
        "data.records_known": report_counts.records,
        "sec.before": around.before,
        "sec.before_text": around.text_of("safeguards_described"),
        "sec.contain": report_disposal.measures_taken,
        "sec.prevent": around.prevention,
        "sec.prevent_text": report_disposal.prevention,
        "sec.planned": report_disposal.measures_planned,
        "risk.consequences": report_incident.consequences,
        "risk.of_confidentiality": around.of_confidentiality,
        "risk.of_integrity": around.of_integrity,
        "risk.of_availability": around.of_availability,
        "risk.impacts": around.impacts,
        "risk.impacts_text": around.text_of("impacts_described"),
        "risk.severity": report_incident.severity,
        "risk.outcome": around.risk,
        "risk.method": report_incident.risk_method,
        "ntc.status": filing.status,
        "ntc.date": filing.told_on,
        "ntc.dates": filing.told_between,
        "ntc.planned": filing.planned,
        "ntc.all": filing.everybody,
        "ntc.means": filing.means,
        "ntc.content": filing.content,
        "ntc.text": filing.sample,
        "ntc.none_reason": filing.none_reason,
        "ntc.summary": report_disposal.notices,
        "ntc.substitute": filing.substitute,
        "ntc.media": filing.media,
        "ntc.media_states": filing.media_states,
        "ntc.le_delay": filing.police_delay,
        "ntc.advice": report_incident.advice_given,
        "ntc.services": report_disposal.services,
        "oth.police": around.police,
        "oth.authorities": around.authorities,
        "oth.told": around.others_told,
        "oth.xborder": around.cross_border,
        "oth.outside_eea": around.outside_eea,
        "oth.lead": around.lead,
        "oth.establishments": around.establishments,
        "oth.help": around.text_of("support"),
        "oth.notes": around.text_of("notes"),
        "rpt.prompt": filing.prompt_or_final,
        "rpt.prior": filing.earlier,
        "rpt.confidential": around.text_of("confidential"),
        "org.address": who.address,
        "org.sectors": who.sectors,
        "org.health_records": who.health_records,
        "org.people_held": who.people_held,
        "who.firm": who.firm,
        "t.assessed": around.at("facts", "assessed"),
        "t.material": around.at("facts", "material_since"),
        "inc.critical": around.critical,
        "ppl.band": report_counts.band,
        "ppl.minors": report_counts.minors,
        "ppl.elderly": report_counts.elderly,
        "sec.program": around.programme,
        "risk.grounds": around.grounds,
        "ntc.count": report_counts.residents_told,
        "ntc.method": filing.channels,
        "ntc.public": filing.publication,
        "ntc.protection": report_disposal.protection,
        "ntc.protection_months": report_disposal.protection_months,
        "ntc.protection_provider": report_disposal.protection_provider,
        "oth.cra": around.bureaus,
        BY_HAND: by_hand,
    }
)
_VALUES = MappingProxyType({**_CODES, **_KEYS})
CODES = tuple(_CODES)
"""Every content code of a report that has a value of its own."""
KEYS = tuple(_KEYS)
"""Every key of the superset: what forms are filled from."""

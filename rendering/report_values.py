"""The content of a report: for each content code of a duty, its value in words and its state.

A code for which an incident holds no fact is being determined: a report never says more than what
was written down.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from tocsin.rendering import report_counts, report_disposal, report_incident
from tocsin.rendering.locales import Messages
from tocsin.rendering.report_words import Value, determining
from tocsin.schemas.report import ReportContext


def value_of(code: str, context: ReportContext, t: Messages) -> Value:
    """Return what a report says under a content code; an unknown code is being determined."""
    find = _VALUES.get(code)
    return find(context, t) if find else determining(t, code)


def _not_recorded(code: str) -> Callable[[ReportContext, Messages], Value]:
    return lambda _, t: determining(t, code)


_VALUES: Mapping[str, Callable[[ReportContext, Messages], Value]] = MappingProxyType(
    {
        "A_ENTITY": report_incident.entity,
        "A_CONTACT": report_incident.contact_point,
        "A_SYSTEM": report_incident.systems,
        "A_TIME_OCCURRED": report_incident.time_occurred,
        "A_TIME_AWARE": report_incident.time_aware,
        "A_LOCATION": report_incident.location,
        "A_NATURE": report_incident.nature,
        "A_LEVEL": report_incident.severity,
        "A_CAUSE": report_incident.cause,
        "A_COUNT_SUBJECTS": report_counts.subjects,
        "A_COUNT_RECORDS": report_counts.records,
        "A_COUNT_RESIDENTS": report_counts.residents,
        "A_SUBJECT_CATEGORIES": _not_recorded("A_SUBJECT_CATEGORIES"),
        "A_DATA_CATEGORIES": report_incident.categories_of_data,
        "A_CONSEQUENCES": report_incident.consequences,
        "A_TREND": report_disposal.trend,
        "A_MEASURES_TAKEN": report_disposal.measures_taken,
        "A_MEASURES_PLANNED": report_disposal.measures_planned,
        "A_SECURITY_MEASURES": report_incident.protection,
        "A_ATTACKER": report_incident.attacker,
        "A_RANSOM": report_incident.ransom,
        "A_SUPPORT": _not_recorded("A_SUPPORT"),
        "A_SCENE": _not_recorded("A_SCENE"),
        "A_INDIVIDUAL_NOTICE": report_disposal.notices,
        "A_SAMPLE_NOTICE": _not_recorded("A_SAMPLE_NOTICE"),
        "A_DELAY_REASON": report_disposal.delay,
        "A_CROSS_BORDER": report_counts.spread_over,
        "A_LE_INFORMED": _not_recorded("A_LE_INFORMED"),
        "A_SERVICES": report_disposal.services,
        "A_WISP": _not_recorded("A_WISP"),
        "A_FINANCIAL": _not_recorded("A_FINANCIAL"),
        "A_LESSONS": report_disposal.lessons,
    }
)
CODES = tuple(_VALUES)
"""Every content code of a report that has a value of its own."""

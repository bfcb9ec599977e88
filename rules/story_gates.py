"""The gates of what the organisation wrote itself: its story, measures and offers, in a language.

A finding names the field of the incident file, so that who wrote it finds the place.
"""

import re
from collections.abc import Iterator, Mapping

from tocsin.rules.phrases import HEDGES, LURES, TOLD, phrase_findings
from tocsin.rules.privacy import find_personal_data
from tocsin.schemas.fact import FactState
from tocsin.schemas.finding import Finding, FindingSeverity
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.locales import best_locale

_PLACEHOLDER = re.compile(
    r"\{\w*\}|\[\[.*?\]\]|\$\{?\w+\}?(?<=[a-z_}])|<[A-Z][A-Za-z _-]*>"
    r"|\b(?:TODO|TBD|TBC|FIXME|XXX+)\b"
    r"|lorem ipsum|_{3,}|\bN/A\b|\[(?:date|name|number|company|insert|enter)\b[^\]]*\]"
    r"|待(?:定|填|补充)(?!时间)|某某|×{2,}",
    re.IGNORECASE,
)
_FIGURES = re.compile(
    r"(?<![\d.])(?:\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d{2})|\d{4}([./-])\d{1,2}\2\d{1,2})(?!\d|\.\d)"
)
_TIME = re.compile(
    r"(?<!\d)(?:[01]?\d|2[0-3]):[0-5]\d(?!\d)|(?<!\d)\d{1,2} ?[ap]\.?m\b", re.IGNORECASE
)
_ZONE = re.compile(
    r"\b(?:UTC|GMT|CES?T|[ECMP][SD]?T|BST|JST|KST|IST|AES?T)\b|[+-]\d{2}:?\d{2}\b"
    r"|\b[A-Z][a-z]+ time\b|\blocal time\b|\btime zone\b|北京时间|当地时间|协调世界时",
)
_CITATION = re.compile(
    r"\bArt(?:icle|\.)\s*\d+|§+\s*\d+|\b(?:GDPR|CFR|PIPL|DSGVO|RGPD)\b|《[^》]+》第|第[一二三四五六七八九十百\d]+条"
)
_NAMED = (
    "what_happened", "why", "what_was_done", "what_will_be_done", "who_has_it", "why_late",
)  # fmt: skip
_OPEN = {FactState.BEING_DETERMINED, FactState.CANNOT_BE_DETERMINED, FactState.ESTIMATED}


def story_findings(incident: IncidentFile, locale: str) -> tuple[Finding, ...]:
    """Return what is wrong with what an incident's file tells readers of a locale."""
    return (
        *_missing(incident, locale),
        *(
            found
            for field, text in _texts(incident, locale)
            for found in _judged(field, text, incident, locale)
        ),
    )


def _texts(incident: IncidentFile, locale: str) -> Iterator[tuple[str, str]]:
    """Yield field and text of everything that readers of a locale are told."""
    told = incident.narratives
    written = [(f"narratives.{name}", getattr(told, name)) for name in _NAMED]
    written += [(f"measures[{i}].what", m.what) for i, m in enumerate(incident.measures)]
    written += [(f"remedies[{i}].details", r.details) for i, r in enumerate(incident.remedies)]
    for field, texts in written:
        if (name := _own(texts, locale)) is not None:
            yield f"{field}.{name}", texts[name]


def _own(texts: Mapping[str, str], locale: str) -> str | None:
    """Return the name under which a text stands in the language of a locale, or None."""
    spoken = {name: text for name, text in texts.items() if text.strip()}
    return best_locale(locale, tuple(spoken), "") or None


def _missing(incident: IncidentFile, locale: str) -> Iterator[Finding]:
    told = incident.narratives
    if _own(told.what_happened, locale) is None:
        field = f"narratives.what_happened.{locale}"
        yield Finding(
            rule="LANGUAGE",
            severity=FindingSeverity.WARN,
            text=f"Nobody wrote {field}: readers get the story in another language.",
            where=field,
            fix="write it, or say why another language will do",
        )
    others = [
        f"narratives.{name}.{locale}"
        for name in _NAMED[1:]
        if any(t.strip() for t in getattr(told, name).values())
        and _own(getattr(told, name), locale) is None
    ]
    if others:
        yield Finding(
            rule="LANGUAGE",
            severity=FindingSeverity.NOTE,
            text=f"Readers get another language where there is no {', '.join(others)}.",
            where=others[0],
            fix="write what is missing",
        )


def _judged(field: str, text: str, incident: IncidentFile, locale: str) -> Iterator[Finding]:
    tells = field.startswith("narratives.")
    for found in phrase_findings(text, locale, LURES, TOLD):
        yield found.at(field)
    if field.startswith(("narratives.what_happened", "narratives.why")):
        open_ = incident.facts.confidentiality.state in _OPEN
        for found in phrase_findings(text, locale, HEDGES):
            mild = found.model_copy(update={"severity": FindingSeverity.NOTE})
            yield (mild if open_ else found).at(field)
    yield from (found.at(field) for found in slip_findings(text))
    if tells and _CITATION.search(text):
        yield Finding(
            rule="NW-12",
            severity=FindingSeverity.WARN,
            text="It cites the law in the body of the notice.",
            where=field,
            fix="leave it out: the rights of readers stand at the end",
        )


def slip_findings(text: str) -> Iterator[Finding]:
    """Yield what was left over or written so that some read it wrongly: placeholders, figures."""
    for left in dict.fromkeys(m[0] for m in _PLACEHOLDER.finditer(text)):
        yield Finding(
            rule="NW-15",
            text=f"It holds '{left}', which nobody filled in.",
            fix="write what stands for it",
        )
    for date in dict.fromkeys(m[0] for m in _FIGURES.finditer(text)):
        yield Finding(
            rule="NW-16",
            text=f"The date {date} is in figures, which some read the other way round.",
            fix="write the month as a word: 12 November 2026, 2026年11月12日",
        )
    if _TIME.search(text) and not _ZONE.search(text):
        yield Finding(
            rule="NW-16",
            severity=FindingSeverity.NOTE,
            text="It names a time of day without its time zone.",
            fix="add the zone: 9:30 (UTC+1)",
        )
    if kind := find_personal_data(text):
        yield Finding(
            rule="NW-18",
            text=f"It seems to hold {kind}.",
            fix="describe it without the value",
        )

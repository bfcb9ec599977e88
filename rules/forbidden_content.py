"""The gates of what a regime forbids: what the words of a text say that they must not.

What a template leaves out is judged by its content codes (`content_gates.py`); here the words of
people are read, as far as patterns go.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from tocsin.rules.privacy import find_personal_data
from tocsin.schemas.audience import Cohort
from tocsin.schemas.finding import Finding, FindingSeverity
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.locales import best_locale
from tocsin.schemas.notice_law import forbidden_to
from tocsin.schemas.regime import NoticeRule

_PEOPLE = (
    r"(?:people|persons?|residents?|individuals?|customers?|users?|patients?|members?|accounts?"
    r"|consumers?|employees?|readers?|records?)"
)
_COUNTED = re.compile(
    rf"(?<![\w.])\d[\d,. ]*(?:thousand |million )?(?:of our |of the )?(?:[a-z]+ )?{_PEOPLE}\b"
    r"|\d[\d,.]* ?[万亿]?(?:多)?(?:名|位|人|个用户|条)",
    re.IGNORECASE,
)


def forbidden_text_findings(
    text: str, cohort: Cohort, rules: Mapping[str, NoticeRule], incident: IncidentFile
) -> tuple[Finding, ...]:
    """Return where the words of a text say what a regime of the cohort forbids.

    NO_COUNT is found by the known numbers of people, and by a number before a word for people. What
    tells of other people is found as far as patterns find it, and never by name.
    """
    found: list[Finding] = [
        *_others(cohort, rules, incident),
        *_untold(text, cohort, rules, incident),
    ]
    for regime in cohort.regimes:
        rule = rules.get(regime)
        if (
            rule is not None
            and "NO_COUNT" in rule.forbidden
            and (said := _count_in(text, incident))
        ):
            found.append(
                Finding(
                    rule=f"{regime} NO_COUNT",
                    text=f"It tells how many people are concerned ('{said}'), which {rule.cite} "
                    "forbids.",
                    fix="leave the number out of the narratives and measures",
                )
            )
    return tuple(found)


_OTHERS = ("NO_OTHER_PERSONS", "NO_IDENTIFY_INDIVIDUAL")


def _others(
    cohort: Cohort, rules: Mapping[str, NoticeRule], incident: IncidentFile
) -> Iterator[Finding]:
    """Yield where a regime forbids to tell of other people, and the story seems to."""
    told = incident.narratives
    texts = [getattr(told, name) for name in type(told).model_fields]
    texts += [measure.what for measure in incident.measures]
    spoken = (text[lang] for text in texts if (lang := best_locale(cohort.locale, tuple(text), "")))
    kind = next(filter(None, map(find_personal_data, spoken)), None)
    for regime in cohort.regimes if kind else ():
        for code in _OTHERS if regime in rules else ():
            if code in rules[regime].forbidden:
                yield Finding(
                    rule=f"{regime} {code}",
                    text=f"The story seems to hold {kind}; {rules[regime].cite} forbids to tell of "
                    "other people.",
                    fix="describe it without the value",
                )


def _untold(
    text: str, cohort: Cohort, rules: Mapping[str, NoticeRule], incident: IncidentFile
) -> Iterator[Finding]:
    """Yield where what happened is left out, and words stay that only a reader can judge."""
    told = incident.narratives
    for name in ("what_is_new", "correction"):
        if any(_begins_in(text, words) for words in getattr(told, name).values()):
            for regime in forbidden_to(cohort.regimes, rules, "NATURE"):
                yield Finding(
                    rule=f"{regime} NO_NATURE",
                    severity=FindingSeverity.WARN,
                    text=f"narratives.{name} is told to people under {regime}, whom "
                    f"{rules[regime].cite} lets nobody tell what happened.",
                    fix="have counsel read it: it must not say what happened",
                )


def _begins_in(text: str, words: str) -> bool:
    """Whether the first line of somebody's words stands in a text, however that breaks lines."""
    first = "".join(words.strip().partition("\n")[0].split())
    return bool(first) and first in "".join(text.split())


def _count_in(text: str, incident: IncidentFile) -> str | None:
    if match := _COUNTED.search(text):
        return match[0].strip()
    table = incident.facts.persons.value
    numbers = [] if table is None else [table.total, table.minimum, table.maximum]
    numbers += [] if table is None else list(table.by_residence.values())
    for number in filter(None, numbers):
        shapes = "|".join(
            re.escape(shape)
            for shape in dict.fromkeys(
                (str(number), *(f"{number:,}".replace(",", mark) for mark in ",.' "))
            )
        )
        if number > _TOO_COMMON and (
            match := re.search(rf"(?<![\d.,])(?:{shapes})(?![\d,]|\.\d)", text)
        ):
            return match[0]
    return None


_TOO_COMMON = 99
"""Numbers up to here stand in any text, for days and times."""


def forbidden_in_public(
    text: str,
    regimes: Sequence[str],
    rules: Mapping[str, NoticeRule],
    incident: IncidentFile,
    *,
    holds: Sequence[str],
) -> tuple[Finding, ...]:
    """Return what an announcement says that the notice to people under a regime must not.

    It takes a reason and does not block: a page for the public is not the notice to these people,
    and whether the rule reaches it is for counsel.
    """
    said = {told: f"tells {told}" for told in holds}
    if count := _count_in(text, incident):
        said["COUNT"] = f"tells how many people are concerned ('{count}')"
    return tuple(
        Finding(
            rule=f"{regime} NO_{told}",
            severity=FindingSeverity.WARN,
            text=f"The page {words}, which {rules[regime].cite} forbids in the notice to people "
            f"under {regime}.",
            fix="does the rule reach a page for the public? Ask counsel",
        )
        for told, words in said.items()
        for regime in forbidden_to(regimes, rules, told)
    )

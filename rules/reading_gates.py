"""The gate of reading ease: each section by the formula of its language, and its longest sentence.

Only a published formula blocks. Where a language has none, or a limit is ours, a finding says so
and warns at most. Under 100 words a formula means nothing: then only sentences are judged.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from tocsin.rules.readability import FALLBACK, MEASURES, Measure, count
from tocsin.rules.sections import Section, characters, is_unspaced, sentences, words
from tocsin.schemas.finding import Finding, FindingSeverity

FEWEST_WORDS = 100
FEWEST_CHARACTERS = 200
_SHOWN = 90
_BLOCK, _WARN, _NOTE = FindingSeverity.BLOCK, FindingSeverity.WARN, FindingSeverity.NOTE
_CLAUSE = re.compile(r"[，；：、,;:]")
_LISTED = "、"
_A_LIST = 3
"""So many marks between listed things make a list: it is read item by item, however long."""
_SHORTER = "make it two sentences, one idea each"


class Limits(NamedTuple):
    """Our own limits of a language: of its average and longest sentence, in words or characters."""

    average: int | None
    longest: int
    block: int | None = None
    clause: int | None = None


_LIMITS: Mapping[str, Limits] = MappingProxyType(
    {
        "zh": Limits(average=25, longest=45, block=60, clause=15),
        "ja": Limits(average=40, longest=70),
        "ko": Limits(average=14, longest=25),
        "hi": Limits(average=16, longest=28),
        "ar": Limits(average=18, longest=28),
    }
)
_ALPHABETIC = Limits(average=None, longest=35)
_INFORMATIVE = frozenset({"pl", "ru", "hu", "ar", "hi"})


def reading_findings(
    sections: Sequence[Section], locale: str, *, names: Sequence[str] = ()
) -> tuple[Finding, ...]:
    """Return which sections are hard to read, each with its worst sentence.

    `names` are taken out before anything is counted: nobody can write them more simply.
    """
    language = locale.partition("-")[0]
    found: list[Finding] = []
    for section in sections:
        said = tuple(sentences(section.lines, names=names))
        if said:
            where = section.heading or "opening"
            found += (f.at(where) for f in _sentence_findings(said, language))
            found += (f.at(where) for f in _formula_findings(said, language))
    return tuple(found)


def _length(sentence: str, language: str) -> int:
    """Return the length of a sentence; of a list of things its beginning, end and longest item."""
    if not is_unspaced(language):
        return len(words(sentence))
    first, *items = sentence.split(_LISTED)
    if len(items) < _A_LIST:
        return characters(sentence)
    return characters(first) + max(map(characters, items[:-1])) + characters(items[-1])


def _sentence_findings(said: Sequence[str], language: str) -> Iterator[Finding]:
    limits = _LIMITS.get(language, _ALPHABETIC)
    unit = "characters" if is_unspaced(language) else "words"
    lengths = [_length(each, language) for each in said]
    longest = max(lengths)
    if longest > limits.longest:
        worst = said[lengths.index(longest)]
        blocks = limits.block is not None and longest > limits.block
        yield Finding(
            rule="NW-10",
            severity=_BLOCK if blocks else _WARN,
            text=f"A sentence has {longest} {unit}, more than {limits.longest}: {_cut(worst)}",
            fix=_SHORTER,
        )
    total = sum(lengths)
    if total < (FEWEST_CHARACTERS if is_unspaced(language) else FEWEST_WORDS):
        return
    average = total / len(said)
    if limits.average is not None and average > limits.average:
        yield Finding(
            rule=f"READING-{language}",
            severity=_NOTE,
            text=f"A heuristic: sentences have {average:.0f} {unit} on average, more than "
            f"{limits.average}. The longest: {_cut(said[lengths.index(longest)])}",
            fix=_SHORTER,
        )
    if limits.clause is not None:
        clauses = [characters(c) for s in said for c in _CLAUSE.split(s) if characters(c)]
        if clauses and sum(clauses) / len(clauses) > limits.clause:
            yield Finding(
                rule=f"READING-{language}",
                severity=_NOTE,
                text=f"A heuristic: clauses have {sum(clauses) / len(clauses):.0f} characters on "
                f"average, more than {limits.clause}.",
                fix="put fewer words between two commas",
            )


def _formula_findings(said: Sequence[str], language: str) -> Iterator[Finding]:
    if is_unspaced(language) or language in {"ko", "ar", "hi"}:
        return
    counts = count(said, language)
    if counts.words < FEWEST_WORDS:
        return
    for measure in MEASURES.get(language, (FALLBACK,)):
        value = measure.formula(counts)
        if not measure.worse(value, measure.warn):
            continue
        severity = _BLOCK if measure.worse(value, measure.block) else _WARN
        if language not in MEASURES:
            severity = _NOTE if language in _INFORMATIVE else _WARN
        limit = measure.block if severity is _BLOCK else measure.warn
        side = "below" if measure.higher_is_easier else "above"
        worst = max(said, key=lambda s: _hardness(s, language, measure))
        yield Finding(
            rule=f"READING-{language}",
            severity=severity,
            text=f"{measure.name} is {value:.0f}, {side} {limit:g}. "
            f"The hardest sentence: {_cut(worst)}",
            fix="write shorter sentences and commoner words",
        )


def _hardness(sentence: str, language: str, measure: Measure) -> float:
    counts = count([sentence], language)
    if not counts.words:
        return float("-inf")
    # A heading-like scrap of two long words is no sentence that anybody could write more simply.
    weight = min(1.0, counts.words / 8)
    value = measure.formula(counts)
    return weight * ((200 - value) if measure.higher_is_easier else value)


def _cut(sentence: str) -> str:
    return f"“{sentence if len(sentence) <= _SHOWN else sentence[: _SHOWN - 1] + '…'}”"

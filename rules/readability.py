"""Reading ease: the published formulas, over counts of words, sentences, syllables and letters.

- en: Flesch 1948; grade: Kincaid and others 1975 (US Navy)
- de: Amstad 1978; first Wiener Sachtextformel, Bamberger and Vanecek 1984
- fr: Kandel and Moles 1958      - es: Szigriszt-Pazos 1993      - nl: Douma 1960
- it: Gulpease, Lucisano and Piemontese 1988      - pt: Martins and others 1996
- any other alphabet: LIX, Bjoernsson 1968, which needs no syllables

A formula finds texts that are hard; it does not show that a text is clear.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from tocsin.rules.sections import words
from tocsin.rules.syllables import COUNTERS

_LONG_LETTERS = 6
_MANY_SYLLABLES = 3


@dataclass(frozen=True, slots=True)
class Counts:
    """What the formulas count in a text; without a counter of syllables the last three are 0."""

    sentences: int
    words: int
    letters: int
    long_words: int
    """Words of more than six letters."""
    syllables: int = 0
    many: int = 0
    """Words of three syllables or more."""
    single: int = 0
    """Words of one syllable."""

    @property
    def asl(self) -> float:
        """Words per sentence."""
        return self.words / self.sentences

    @property
    def asw(self) -> float:
        """Syllables per word."""
        return self.syllables / self.words

    def percent(self, part: int) -> float:
        """Return a number of words as a share of all."""
        return 100 * part / self.words


def count(sentences: Iterable[str], locale: str) -> Counts:
    """Count a text, cut into sentences, in a language."""
    counter = COUNTERS.get(locale.partition("-")[0])
    cut = [each for each in map(words, sentences) if each]
    every = [word for each in cut for word in each]
    sizes = [len([c for c in word if c.isalnum()]) for word in every]
    spoken = [_spoken(word, counter) for word in every] if counter else []
    return Counts(
        sentences=len(cut),
        words=len(every),
        letters=sum(sizes),
        long_words=sum(size > _LONG_LETTERS for size in sizes),
        syllables=sum(spoken),
        many=sum(n >= _MANY_SYLLABLES for n in spoken),
        single=sum(n == 1 for n in spoken),
    )


@lru_cache(maxsize=8192)
def _spoken(word: str, counter: Callable[[str], int]) -> int:
    """Return the syllables of a word; a number counts as one, and so does what a reader spells."""
    if word[0].isdigit() or (word.isupper() and len(word) > 1):
        return 1
    return sum(map(counter, word.replace("‐", "-").split("-")))


def flesch(c: Counts) -> float:
    """Return Flesch's reading ease (English): 100 is very easy, below 30 is for graduates."""
    return 206.835 - 1.015 * c.asl - 84.6 * c.asw


def kincaid_grade(c: Counts) -> float:
    """Return the US school grade of an English text."""
    return 0.39 * c.asl + 11.8 * c.asw - 15.59


def amstad(c: Counts) -> float:
    """Return Flesch's reading ease as Amstad fitted it to German."""
    return 180 - c.asl - 58.5 * c.asw


def wiener(c: Counts) -> float:
    """Return the school year of a German text: the first Wiener Sachtextformel."""
    many, long_words, single = map(c.percent, (c.many, c.long_words, c.single))
    return 0.1935 * many + 0.1672 * c.asl + 0.1297 * long_words - 0.0327 * single - 0.875


def kandel_moles(c: Counts) -> float:
    """Return the reading ease of a French text."""
    return 207 - 1.015 * c.asl - 73.6 * c.asw


def szigriszt_pazos(c: Counts) -> float:
    """Return the perspicuity of a Spanish text."""
    return 206.835 - 62.3 * c.asw - c.asl


def gulpease(c: Counts) -> float:
    """Return the Gulpease index of an Italian text."""
    return 89 + (300 * c.sentences - 10 * c.letters) / c.words


def martins(c: Counts) -> float:
    """Return the reading ease of a Portuguese text: Flesch and 42."""
    return 248.835 - 1.015 * c.asl - 84.6 * c.asw


def douma(c: Counts) -> float:
    """Return the reading ease of a Dutch text."""
    return 206.835 - 0.93 * c.asl - 77 * c.asw


def lix(c: Counts) -> float:
    """Return LIX: below 30 is easy, above 50 is hard."""
    return c.asl + c.percent(c.long_words)


class Measure(NamedTuple):
    """A formula and its limits: beyond `warn` a text is hard, beyond `block` too hard."""

    name: str
    formula: Callable[[Counts], float]
    warn: float
    block: float
    higher_is_easier: bool = True

    def worse(self, value: float, limit: float) -> bool:
        """Whether a value lies on the hard side of a limit."""
        return value < limit if self.higher_is_easier else value > limit


_LIX = (Measure("LIX", lix, 40, 50, higher_is_easier=False),)
MEASURES: Mapping[str, tuple[Measure, ...]] = MappingProxyType(
    {
        "en": (
            Measure("Flesch reading ease", flesch, 60, 50),
            Measure("Flesch-Kincaid grade", kincaid_grade, 8, 10, higher_is_easier=False),
        ),
        "de": (
            Measure("Wiener Sachtextformel", wiener, 9, 11, higher_is_easier=False),
            Measure("Amstad reading ease", amstad, 50, 40),
        ),
        "fr": (Measure("Kandel-Moles reading ease", kandel_moles, 60, 50),),
        "es": (Measure("Szigriszt-Pazos perspicuity", szigriszt_pazos, 55, 45),),
        "it": (Measure("Gulpease index", gulpease, 60, 50),),
        "nl": (Measure("Douma reading ease", douma, 60, 50),),
        "pt": (Measure("Martins reading ease", martins, 50, 40),),
        "sv": _LIX,
        "da": _LIX,
        "no": _LIX,
        "nb": _LIX,
        "nn": _LIX,
    }
)
"""Language -> its published formulas with our limits."""
FALLBACK = _LIX[0]
"""For languages without a formula of their own: it informs and blocks nothing."""

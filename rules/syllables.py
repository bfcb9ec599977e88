"""Syllables of a word, by counting groups of vowels: what the formulas of reading ease need.

A heuristic without a dictionary: right for the great majority of words, and off by one in the rest.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType

_SHORT = 3

# Vowels that stand together and are spoken apart.
_PARTED_EN = re.compile(
    r"(?<![ctl])ia(?!ge)|lia(?=b|i)|(?<![ctsg])io(?!n|us)|(?<=[dr])io(?=n|us)|(?<=v)io(?=us)|iu(?=m)|(?<![qg])ua|uou|[eouy]ing"
    r"|crea(?=t[^u])|area|idea|react|real(?=i)|reu|ier$|iers$|iest$|scien|clien|ciety|(?:d|qu)iet"
    r"|rie(?=t|n)|video|theor|geo(?=g|l)|fluen|coop|pien|yee|sm$|yone"
)
# A written e that is not spoken: before an ending, or in the middle of what was two words.
_MUTE_EN = re.compile(
    r"[aeiouy][^aeiouy]e(?=(?:ly|ful|less|ness)|(?<!ele)ment)|some(?=[bhtw])|where(?=v|b)|there(?=f)"
)
_MUTE_END_EN = re.compile(
    r"(?:(?<![aeiouyl])(?<!\bth)(?<![^aeiouyl]l)e|(?<=[aeiouyl]l)e"
    r"|(?<=[^aeiouysxzcgl])(?<![cs]h)es|(?<=[aeiouyl]l)es"
    r"|(?<=[^aeiouytdl])ed|(?<=[aeiouyl]l)ed)$"
)


def _plain(word: str) -> str:
    """Return a word in small letters without its accents."""
    decomposed = unicodedata.normalize("NFD", word.casefold())
    return "".join(c for c in decomposed if unicodedata.category(c) != "Mn")


def _english(word: str) -> int:
    plain = re.sub(r"['’](?:s|t|ve|re|ll|d|m)?$", "", _plain(word))
    count = len(re.findall(r"[aeiouy]+", plain))
    count += len(_PARTED_EN.findall(plain)) - len(_MUTE_EN.findall(plain))
    if len(plain) > _SHORT or plain in {"are", "use", "one"}:
        count -= bool(_MUTE_END_EN.search(plain))
    return max(1, count)


def _german(word: str) -> int:
    vowels = r"aa|ai|au|äu|ee|ei|eu|ie(?!n$)|oo|ey|ay|[aeiouyäöüé]"
    return max(1, len(re.findall(vowels, word.casefold().replace("qu", "k"))))


def _french(word: str) -> int:
    text = word.casefold().replace("qu", "k")
    if len(text) > _SHORT:
        text = re.sub(r"(?:e|es|(?:(?<=ai)|(?<=iss)|(?<=r)|(?<=v)|(?<=tt))ent)$", "", text)
    plain = _plain(re.sub(r"gu(?=[eiéèê])", "g", text))
    parted = len(re.findall(r"éa|éo|éi|éé|[aou]ï", text))
    return max(1, len(re.findall(r"[aeiouyœæ]+", plain)) + parted)


def _romance(word: str) -> int:
    """Count by strong vowels: two of them part, a weak one joins its neighbour unless accented."""
    text = re.sub(r"gu(?=[eiéí])", "g", word.casefold().replace("qu", "k"))
    text = text.replace("ão", "a").replace("õe", "o").replace("ãe", "a")
    count, was = 0, ""
    for c in text:
        sound = _SOUND.get(c, "")
        joined = (was, sound) in {("strong", "weak"), ("weak", "strong"), ("weak", "weak")}
        count += bool(sound) and not joined
        was = sound
    return max(1, count)


_SOUND: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys("aeoáéóàèòâêôãõ", "strong"),
        **dict.fromkeys("íúìù", "accented"),
        **dict.fromkeys("iuüy", "weak"),
    }
)


def _dutch(word: str) -> int:
    parts = r"aai|ooi|oei|ieu|eeuw?|aa|ee|ie|oo|uu|eu|oe|ui|ij|ei|au|ou|[aeiouyéëïöü]"
    return max(1, len(re.findall(parts, word.casefold())))


COUNTERS: Mapping[str, Callable[[str], int]] = MappingProxyType(
    {
        "en": _english,
        "de": _german,
        "fr": _french,
        "es": _romance,
        "it": _romance,
        "nl": _dutch,
        "pt": _romance,
    }
)
"""Language -> how its syllables are counted."""

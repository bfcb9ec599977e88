"""Which voice reads which language at Twilio.

A voice of another language makes words that nobody understands, so a language without a row is not
spoken at all. Sources: Twilio's "Text-to-speech: available voices and languages" (Amazon Polly) and
Amazon's "Available voices" (read 2026-11; the voices' Twilio names are from memory).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from tocsin.schemas.locales import best_locale


class Voice(NamedTuple):
    """What `<Say>` is told: its `language` and its `voice`."""

    language: str
    name: str


VOICES: Mapping[str, Voice] = MappingProxyType(
    {
        "ar": Voice("arb", "Polly.Zeina"),
        "ca": Voice("ca-ES", "Polly.Arlet-Neural"),
        "cy": Voice("cy-GB", "Polly.Gwyneth"),
        "da": Voice("da-DK", "Polly.Naja"),
        "de": Voice("de-DE", "Polly.Vicki"),
        "en": Voice("en-US", "Polly.Joanna"),
        "en-AU": Voice("en-AU", "Polly.Nicole"),
        "en-GB": Voice("en-GB", "Polly.Amy"),
        "en-IN": Voice("en-IN", "Polly.Raveena"),
        "es": Voice("es-ES", "Polly.Lucia"),
        "es-MX": Voice("es-MX", "Polly.Mia"),
        "es-US": Voice("es-US", "Polly.Lupe"),
        "fi": Voice("fi-FI", "Polly.Suvi-Neural"),
        "fr": Voice("fr-FR", "Polly.Lea"),
        "fr-CA": Voice("fr-CA", "Polly.Chantal"),
        "hi": Voice("hi-IN", "Polly.Aditi"),
        "is": Voice("is-IS", "Polly.Dora"),
        "it": Voice("it-IT", "Polly.Bianca"),
        "ja": Voice("ja-JP", "Polly.Mizuki"),
        "ko": Voice("ko-KR", "Polly.Seoyeon"),
        "nb": Voice("nb-NO", "Polly.Liv"),
        "nl": Voice("nl-NL", "Polly.Lotte"),
        "no": Voice("nb-NO", "Polly.Liv"),
        "pl": Voice("pl-PL", "Polly.Ewa"),
        "pt": Voice("pt-PT", "Polly.Ines"),
        "pt-BR": Voice("pt-BR", "Polly.Camila"),
        "ro": Voice("ro-RO", "Polly.Carmen"),
        "ru": Voice("ru-RU", "Polly.Tatyana"),
        "sv": Voice("sv-SE", "Polly.Astrid"),
        "tr": Voice("tr-TR", "Polly.Filiz"),
        "yue": Voice("yue-CN", "Polly.Hiujin-Neural"),
        "zh-Hans": Voice("cmn-CN", "Polly.Zhiyu"),
        "zh-Hant": Voice("cmn-CN", "Polly.Zhiyu"),
        "zh-Hant-HK": Voice("yue-CN", "Polly.Hiujin-Neural"),
        "zh-Hant-MO": Voice("yue-CN", "Polly.Hiujin-Neural"),
    }
)
"""BCP 47 -> voice. A tag finds the row of its own region, else that of its language."""


def voice_of(lang: str) -> Voice | None:
    """Return who reads a language (BCP 47), or None where nobody does."""
    return VOICES.get(best_locale(lang, tuple(VOICES), ""))

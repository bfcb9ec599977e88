import re
from importlib.resources import files
from typing import Any

import pytest
import yaml
from tocsin.rendering.advice_catalogue import catalogue
from tocsin.rendering.locales import in_locale, locales, messages
from tocsin.schemas.locales import best_locale


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        ("en", "en"),
        ("en-GB", "en"),
        ("EN_us", "en"),
        ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("zh_CN", "zh-Hans"),
        ("zh-Hans-CN", "zh-Hans"),
        ("zh-SG", "zh-Hans"),
        ("zh-TW", "en"),
        ("zh-Hant", "en"),
        ("de", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_a_reader_gets_the_nearest_locale_or_the_default(wanted: str | None, got: str) -> None:
    assert best_locale(wanted, ("en", "zh-Hans"), "en") == got


def test_a_bare_language_gets_its_first_regional_form() -> None:
    assert best_locale("pt", ("en", "pt-BR", "pt-PT"), "en") == "pt-BR"
    assert best_locale("pt-PT", ("en", "pt-BR", "pt-PT"), "en") == "pt-PT"


def test_a_text_falls_back_to_english_and_then_to_the_first() -> None:
    assert in_locale({"de": "Hallo", "en": "hello"}, "zh-Hans") == ("hello", "en")
    assert in_locale({"de": "Hallo", "fr": "bonjour"}, "zh-Hans") == ("Hallo", "de")
    assert in_locale({"zh-CN": "你好", "en": "hello"}, "zh-Hans") == ("你好", "zh-CN")
    assert in_locale({"en": "  "}, "en") is None


def _leaves(tree: Any, path: str = "") -> dict[str, str]:
    if isinstance(tree, dict):
        found: dict[str, str] = {}
        for key, value in tree.items():
            assert isinstance(key, str), f"{path}.{key}: YAML reads it as {type(key).__name__}"
            found |= _leaves(value, f"{path}.{key}")
        return found
    return {path: " ".join(tree) if isinstance(tree, list) else tree}


@pytest.mark.parametrize("name", locales())
def test_every_locale_has_the_same_messages_with_the_same_braces(name: str) -> None:
    def read(locale: str) -> dict[str, str]:
        path = files("tocsin.templates").joinpath("locales", f"{locale}.yaml")
        return _leaves(yaml.safe_load(path.read_text("utf-8")))

    english, other = read("en"), read(name)
    assert other.keys() == english.keys()
    for key, text in english.items():
        if key not in {".months", ".name"}:
            used, asked = set(re.findall(r"{\w+}", other[key])), set(re.findall(r"{\w+}", text))
            assert used == asked, key


@pytest.mark.parametrize("name", locales())
def test_every_text_of_the_advice_catalogue_is_written_in_every_locale(name: str) -> None:
    book = catalogue()
    texts = [
        *(kind.label for kind in book.data_kinds.values()),
        *(harm.text for harm in book.harms.values()),
        *(offer.text for offer in book.remedies.values()),
        *(tier.label for tier in book.tiers.values()),
        *(action.text for action in book.actions.values()),
        *(action.why for action in book.actions.values()),
    ]
    assert all(text.get(name) for text in texts)


def test_a_missing_message_is_an_error_and_not_a_gap() -> None:
    with pytest.raises(KeyError, match="has no text"):
        messages("en")("notice.nothing")

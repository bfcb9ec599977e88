"""Locales: which one a reader gets, and the words of each, read from `templates/locales`."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from tocsin.schemas.locales import best_locale
from tocsin.schemas.organisation import LocalizedText
from tocsin.schemas.yaml_text import read_yaml

DEFAULT = "en"
_SPOKEN = frozenset({"notice", "channel"})
"""Branches whose words a kind of recipient, or of round, may have in a form of its own."""


class Localized(NamedTuple):
    """A text and the language that it is written in (BCP 47), for the `lang` attribute."""

    text: str
    lang: str


class Messages:
    """The words of one locale. Keys are dotted paths; `{name}` in a message is filled in."""

    def __init__(
        self, locale: str, tree: Mapping[str, Any], over: Sequence[str] = (), *, asked: str = ""
    ) -> None:
        """Take a catalogue; `over` names branches that precede `notice` and `channel`, in order.

        `asked` is the locale that was wanted: what people write, and what a form is called, may
        exist in it where there is no catalogue.
        """
        self.locale = locale
        self.asked = asked or locale
        self._tree = tree
        self._over = over

    def speaking_to(self, recipient: str, kind: str = "initial") -> "Messages":
        """Return the same words as a kind of round says them to a kind of recipient (`minor` ...).

        What a round that follows has to say comes first: it is the same for all recipients.
        """
        over = (f"rounds.{kind}", f"recipients.{recipient}")
        return Messages(self.locale, self._tree, over, asked=self.asked)

    @property
    def foreign(self) -> str:
        """The locale that was wanted, where the words are in another language; else empty."""
        return "" if best_locale(self.asked, (self.locale,), "") else self.asked

    def has(self, key: str) -> bool:
        """Whether there is a message of this name."""
        return _find(self._tree, key) is not None

    def __call__(self, key: str, **values: object) -> str:
        """Return a message. Raises KeyError for an unknown key: no text goes out with a gap."""
        found = None
        branch, _, name = key.partition(".")
        for over in self._over if branch in _SPOKEN else ():
            found = _find(self._tree, f"{over}.{name}")
            if found is not None:
                break
        if found is None:
            found = _find(self._tree, key)
        if not isinstance(found, str):
            message = f"the catalogue {self.locale} has no text {key}"
            raise KeyError(message)
        return found.format_map(values) if values else found

    def names(self, key: str) -> Sequence[str]:
        """Return a list of the catalogue, such as the months."""
        found = _find(self._tree, key)
        return tuple(found) if isinstance(found, list) else ()

    def listed(self, items: Sequence[str]) -> str:
        """Return items as one enumeration in the manner of the language."""
        return self("join").join(items)


def _find(tree: Mapping[str, Any], key: str) -> Any:
    node: Any = tree
    for part in key.split("."):
        if not isinstance(node, Mapping) or part not in node:
            return None
        node = node[part]
    return node


@cache
def locales() -> tuple[str, ...]:
    """Return every locale that has a catalogue, the default one first."""
    names = (
        entry.name.removesuffix(".yaml")
        for entry in files("tocsin.templates").joinpath("locales").iterdir()
        if entry.name.endswith(".yaml")
    )
    return tuple(sorted(names, key=lambda name: (name != DEFAULT, name)))


@cache
def messages(locale: str) -> Messages:
    """Return the words of a locale that has a catalogue, or of the one nearest to it."""
    name = best_locale(locale, locales(), DEFAULT)
    text = files("tocsin.templates").joinpath("locales", f"{name}.yaml").read_text("utf-8")
    return Messages(name, read_yaml(text), asked=locale)


def in_locale(text: LocalizedText, locale: str) -> Localized | None:
    """Return the text nearest to a locale, else the English one, else the first; None if none is.

    Empty texts count as none.
    """
    written = {lang: words for lang, words in text.items() if words.strip()}
    if not written:
        return None
    fallback = best_locale(DEFAULT, tuple(written), next(iter(written)))
    lang = best_locale(locale, tuple(written), fallback)
    return Localized(written[lang], lang)


def words(text: LocalizedText, locale: str) -> str:
    """Return a text of the product's own catalogues, which have every locale."""
    found = in_locale(text, locale)
    return found.text if found else ""

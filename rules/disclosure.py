"""What a channel must not say: the lint of texts that others may read.

An open text - a text message, a push, a call, an answering machine, the subject of an e-mail, what
is said before a check - says that there is a notice and nothing of what is in it: no kind of data,
no link, no number to call, no address to write to. A closed one does not name protected data.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import NamedTuple

from tocsin.schemas.channels import DISCLOSURE, Channel, Disclosure
from tocsin.schemas.data_kinds import SENSITIVITY, DataKind, Sensitivity
from tocsin.schemas.finding import Finding
from tocsin.schemas.organisation import Organisation

_ASIDE = re.compile(r"[(（][^)）]*[)）]")
_BETWEEN = re.compile(r"[,，、;；/]|\bor\b|\band\b|[或及与和]")
_CLASS = re.compile(r" (?:numbers?|records|data|history|address)$|(?:号码|信息|数据|记录)$")
"""What may stand after the word that tells: `passport number`, `医疗健康信息`."""
_SHORTEST_TERM = 2
_SHORTEST_CLOSED = 4
_OPEN_SLOTS = frozenset({"reference"})
_SLOT = re.compile(r"\{(\w+)\}")
_LINK = re.compile(
    r"\w+://\S*|\bwww\.\S+|[\w.-]*\w[.．｡][^\W\d_][\w.-]*(?:[:/?#]\S+)?", re.IGNORECASE
)
_DIGITS = re.compile(r"\d(?:[ ().\-/]*\d){4,}")
_AT = re.compile(r"\S[@＠]\S")


class OwnWords(NamedTuple):
    """What an organisation may always say: the site to type, and its names and codes."""

    site: str
    names: tuple[str, ...]

    @classmethod
    def of(cls, organisation: Organisation, code: str) -> "OwnWords":
        """Return the words of an organisation and the public code of a round."""
        names = (organisation.brand, organisation.legal_name, *organisation.names.values(), code)
        return cls(organisation.site, names)


def disclosure_findings(
    channel: Channel, text: str, *, kinds: Mapping[DataKind, str], own: OwnWords
) -> tuple[Finding, ...]:
    """Return what a text says that its channel may not say; empty when all is well.

    `kinds` is what each kind of data is called in the language of the text.
    """
    match DISCLOSURE.get(channel, Disclosure.OPEN):
        case Disclosure.OPEN:
            return open_findings(text, kinds=kinds, own=own)
        case Disclosure.CLOSED:
            return closed_findings(text, kinds=kinds)
        case Disclosure.SEALED:
            return ()


def open_findings(
    text: str, *, kinds: Mapping[DataKind, str], own: OwnWords
) -> tuple[Finding, ...]:
    """Return what an open text may not say: for subjects and answering machines as well."""
    unnamed = _without(text, own.names)
    elsewhere, sites = _without_site(text, own)
    return (
        *(
            _found("OPEN-KIND", f"It names a kind of data: {kinds[kind]}.")
            for kind in _named(unnamed, kinds)
        ),
        *(_found("NW-15", f"It has a place for '{name}'.") for name in _slots(text)),
        *(
            _found("NW-31", f"It holds a link or an address: {link}.")
            for link in _LINK.findall(elsewhere)
        ),
        *(
            [_found("NW-31", f"It names {own.site} {sites} times; once is enough.")]
            if sites > 1
            else []
        ),
        *(
            [_found("OPEN-NUMBER", "It holds a number that could be a telephone's.")]
            if _dialled(unnamed, own)
            else []
        ),
        *([_found("NW-31", "It holds an e-mail address.")] if _AT.search(text) else []),
    )


def closed_findings(text: str, *, kinds: Mapping[DataKind, str]) -> tuple[Finding, ...]:
    """Return which specially protected kinds a closed text names."""
    protected = {k: v for k, v in kinds.items() if SENSITIVITY[k] is Sensitivity.S3}
    said = _plain(text)
    named = (
        kind
        for kind, label in protected.items()
        if any(_says(said, term) for term in _listed(label) if _is_telling(term))
    )
    return tuple(
        _found("NAME_HEALTH", f"It names protected data: {kinds[kind]}.") for kind in named
    )


def _found(rule: str, text: str) -> Finding:
    fixes = {
        "NAME_HEALTH": "others may read it: tell it in the narratives without the kind of data",
        "OPEN-KIND": "others may read it: shorten the brand, or take the words out",
    }
    return Finding(rule=rule, text=text, fix=fixes.get(rule, "leave it out: anybody may read this"))


@cache
def terms(label: str) -> tuple[str, ...]:
    """Return the words that each name a kind: its label, what that enumerates, and their stems.

    `Passport number or copy` is also `passport number` and `passport`.
    """
    listed = _listed(label)
    stems = (_CLASS.sub("", term) for term in listed)
    return tuple(dict.fromkeys([*listed, *(s for s in stems if len(s) >= _SHORTEST_TERM)]))


@cache
def _listed(label: str) -> tuple[str, ...]:
    whole = _plain(label)
    pieces = (piece.strip() for piece in _BETWEEN.split(_ASIDE.sub("", whole)))
    return tuple(dict.fromkeys([whole, *(p for p in pieces if len(p) >= _SHORTEST_TERM)]))


def _is_telling(term: str) -> bool:
    """Whether a term alone gives protected data away; `victim` or `camera` stand in any story."""
    return " " in term if term.isascii() else len(term) >= _SHORTEST_CLOSED


def _plain(text: str) -> str:
    """Return a text as terms are looked for: in small letters, without hyphens."""
    return text.casefold().replace("-", "")


def _says(plain: str, term: str) -> bool:
    if not term.isascii():
        return term in plain
    return bool(_whole_word(term).search(plain))


@cache
def _whole_word(term: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z0-9]){re.escape(term)}(?:s|es)?(?![a-z0-9])")


def _named(text: str, kinds: Mapping[DataKind, str]) -> Iterator[DataKind]:
    said = _plain(text)
    for kind, label in kinds.items():
        if any(_says(said, term) for term in terms(label)):
            yield kind


def _slots(text: str) -> list[str]:
    return sorted({name for name in _SLOT.findall(text) if name not in _OPEN_SLOTS})


def _without(text: str, names: Collection[str]) -> str:
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = re.sub(re.escape(name), " ", text, flags=re.IGNORECASE)
    return text


def _without_site(text: str, own: OwnWords) -> tuple[str, int]:
    """Return a text without the plain site, and how often it stood there beside the brand.

    With a scheme, a path, or a label before or after it, it is not the plain site.
    """
    bare = rf"(?<![A-Za-z0-9_.@/-]){re.escape(own.site)}(?![A-Za-z0-9_-]|\.[A-Za-z0-9]|[:/?#@]\S)"
    rest, sites = re.subn(bare, " ", text, flags=re.IGNORECASE)
    branded = sum(own.site.casefold() == name.casefold() for name in own.names)
    return rest, sites - (1 if branded else 0)


def _dialled(text: str, own: OwnWords) -> bool:
    return bool(_DIGITS.search(_without(text, (own.site,))))

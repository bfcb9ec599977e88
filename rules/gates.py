"""The gates before approval: what a notice must never leave with.

Hard rules only: a short, sober subject (NW-01), no link but the organisation's own plain address
(NW-31), nothing that loads, runs or looks like phishing, a size that no mailbox cuts, and what must
stand in it. The text on screen is judged, and what the HTML holds beside it.
"""

import re
from collections.abc import Iterator, Sequence

from tocsin.rules.links import addresses, is_own
from tocsin.rules.page import Page
from tocsin.schemas.notice import RenderedNotice

SUBJECT_CHARACTERS = 60
LARGEST_BYTES = 100_000

_LURES = re.compile(r"click (?:here|below)|log ?in below|点击(?:此处|这里|下方)", re.IGNORECASE)
_EXERCISE = re.compile(r"^(?:\[[A-Z]+\] ?|【演练】)")
_LOUD = re.compile(r"[!！]|\burgent\b|紧急", re.IGNORECASE)


def check_notice(notice: RenderedNotice, *, required: Sequence[str], site: str) -> tuple[str, ...]:
    """Return what blocks a notice, as sentences; empty when nothing does.

    `required` are words that must stand in both the plain text and the HTML: the public code, the
    contact address. `site` is the organisation's own domain, the only one that may be named.
    """
    page = Page(notice.html)
    seen = page.text
    return (
        *_subject_findings(notice.subject),
        *_link_findings(notice, seen, targets=page.targets, site=site),
        *(f"The HTML holds {name}, which loads or runs something." for name in page.active),
        *_phrase_findings(notice, seen),
        *_size_findings(notice),
        *_required_findings(notice, seen, required=required),
    )


def as_real(text: str) -> str:
    """Return a text without the mark of an exercise, which judges what would really be sent."""
    return _EXERCISE.sub("", text)


def _subject_findings(subject: str) -> Iterator[str]:
    if not subject.strip():
        yield "The subject is empty."
    length = len(as_real(subject))
    if length > SUBJECT_CHARACTERS:
        yield f"The subject has {length} characters; at most {SUBJECT_CHARACTERS} are shown."
    if _LOUD.search(subject):
        yield "The subject is loud: no exclamation mark, no 'urgent'."
    letters = [c for c in subject if c.isalpha()]
    if letters and all(c.isupper() for c in letters):
        yield "The subject is in capitals only."


def _link_findings(
    notice: RenderedNotice, seen: str, *, targets: Sequence[str], site: str
) -> Iterator[str]:
    foreign: set[str] = set()
    own: set[str] = set()
    for text in (notice.subject, notice.plain, seen, *targets):
        for host, path in addresses(text):
            if is_own(host, site):
                own.add(host.removeprefix("www.") + path)
            else:
                foreign.add(host)
    yield from (f"It names {host}, which is not under {site}." for host in sorted(foreign))
    if len(own) > 1:
        yield f"It names {len(own)} addresses ({', '.join(sorted(own))}); at most one is allowed."
    for target in targets:
        if not target.lower().startswith(("https://", "mailto:", "tel:", "#")):
            yield "It holds a link that is not https."


def _phrase_findings(notice: RenderedNotice, seen: str) -> Iterator[str]:
    lures = {m[0].lower() for t in (notice.subject, notice.plain, seen) for m in _LURES.finditer(t)}
    yield from (f"It says '{lure}', as phishing does." for lure in sorted(lures))


def _size_findings(notice: RenderedNotice) -> Iterator[str]:
    for name, text in (("plain text", notice.plain), ("HTML", notice.html)):
        size = len(text.encode())
        if size >= LARGEST_BYTES:
            yield f"The {name} has {size:,} bytes; mailboxes cut at {LARGEST_BYTES:,}."
        if not text.strip():
            yield f"The {name} is empty."


def _required_findings(
    notice: RenderedNotice, seen: str, *, required: Sequence[str]
) -> Iterator[str]:
    for words in required:
        wanted = _squeezed(words)
        if wanted not in _squeezed(notice.plain):
            yield f"The plain text lacks '{words}'."
        if wanted not in _squeezed(seen):
            yield f"The HTML lacks '{words}'."


def _squeezed(text: str) -> str:
    """Return a text without white space, so that a broken line hides no word."""
    return "".join(text.split())

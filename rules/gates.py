"""The gates of an e-mail before approval: what a notice must never leave with.

A short, sober subject (NW-01), no link but the organisation's own plain address (NW-31), nothing
that loads, runs or looks like phishing (NW-35) or asks for a secret (NW-30), a size that no
mailbox cuts, and what must stand in it (NW-32). The text on screen is judged, and what the HTML
holds beside it.
"""

import re
from collections.abc import Collection, Iterator, Sequence

from tocsin.rules.links import OFFICIAL, addresses, is_own
from tocsin.rules.page import Page
from tocsin.rules.phrases import LURES, phrase_findings
from tocsin.schemas.finding import Finding
from tocsin.schemas.notice import RenderedNotice

SUBJECT_CHARACTERS = 60
LARGEST_BYTES = 100_000

_EXERCISE = re.compile(r"^(?:\[[A-Z]+\] ?|【演练】)")
_LOUD = re.compile(r"[!！]|\burgent\b|紧急", re.IGNORECASE)
_ASKS = re.compile(
    r"\b(?:send|give|tell|e-?mail|text|reply with|provide|confirm|verify|enter)\b(?: us| me)?"
    r"(?: back)?(?: with)? (?:your|the) (?:[\w-]+ ){0,3}"
    r"(?:password|passcode|pin|card number|security code|code|social security number"
    r"|account number)\b|\binstall (?:this|our|the) (?:software|app|tool)|\bremote access\b"
    r"|\bpay (?:a|the|this) fee\b"
    r"|(?:提供|发送|告知|输入|回复)(?:您的)?(?:密码|银行卡号|验证码|身份证号)",
    re.IGNORECASE,
)
_DENIES = re.compile(
    r"\b(?:never|not|nobody|no one|without|do not|don['’]t|ignore|hang up)\b"
    r"|绝不|不会|不要|请勿|切勿|不得|不需要|不索要",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[.!?。！？\n]")
_OPEN_SLOTS = frozenset({"reference", "enrolment"})
_SLOT = re.compile(r"\{(\w*)\}|\{\{|\}\}|%\(\w+\)s")


def check_notice(
    notice: RenderedNotice, *, required: Sequence[str], site: str
) -> tuple[Finding, ...]:
    """Return what blocks a notice; empty when nothing does.

    `required` are words that must stand in both the plain text and the HTML: the public code, the
    contact address. `site` is the organisation's own domain, the only one that may be named beside
    those of the authorities that people are sent to (`links.OFFICIAL`), which never are a link.
    """
    page = Page(notice.html)
    seen = page.text
    return (
        *_subject_findings(notice.subject),
        *_link_findings(notice, seen, targets=page.targets, site=site),
        *active_findings(page),
        *_phrase_findings(notice, seen),
        *_size_findings(notice),
        *_required_findings(notice, seen, required=required),
    )


def as_real(text: str) -> str:
    """Return a text without the mark of an exercise, which judges what would really be sent."""
    return _EXERCISE.sub("", text)


def active_findings(page: Page) -> Iterator[Finding]:
    """Yield what of a page loads or runs: a tracker, a form, a script."""
    for name in page.active:
        yield Finding(
            rule="NW-31 TRACKER",
            text=f"The HTML holds {name}, which loads or runs something.",
            where="HTML",
            fix="leave it out: a notice is text",
        )


def request_findings(text: str) -> Iterator[Finding]:
    """Yield where a text asks for a secret, a payment or remote access (NW-30)."""
    for sentence in _SENTENCE.split(text):
        if (match := _ASKS.search(sentence)) and not _DENIES.search(sentence):
            yield Finding(
                rule="NW-30",
                text=f"It asks for what a notice never asks for: '{match[0]}'.",
                fix="leave it out",
            )


def foreign_findings(
    texts: Collection[str], *, targets: Sequence[str], site: str
) -> Iterator[Finding]:
    """Yield each address of somebody else that texts or link targets name."""
    foreign = {h for t in texts for h, path in addresses(t) if not _may_stand(h, path, site)}
    foreign |= {h for t in targets for h, _ in addresses(t) if not is_own(h, site)}
    for host in sorted(foreign):
        yield Finding(
            rule="NW-31",
            text=f"It names {host}, which is not under {site}.",
            fix=f"name {site} alone",
        )


def _may_stand(host: str, path: str, site: str) -> bool:
    return is_own(host, site) or (host in OFFICIAL and not path)


def _subject_findings(subject: str) -> Iterator[Finding]:
    def found(text: str, fix: str) -> Finding:
        return Finding(rule="NW-01", text=text, where="subject", fix=fix)

    if not subject.strip():
        yield found("The subject is empty.", "say that there is a notice")
    length = len(as_real(subject))
    if length > SUBJECT_CHARACTERS:
        yield found(
            f"The subject has {length} characters; at most {SUBJECT_CHARACTERS} are shown.",
            "shorten the brand",
        )
    if _LOUD.search(subject):
        yield found("The subject is loud: no exclamation mark, no 'urgent'.", "say it calmly")
    letters = [c for c in subject if c.isalpha()]
    if letters and all(c.isupper() for c in letters):
        yield found("The subject is in capitals only.", "write it as a sentence")


def _link_findings(
    notice: RenderedNotice, seen: str, *, targets: Sequence[str], site: str
) -> Iterator[Finding]:
    texts = (notice.subject, notice.plain, seen)
    own = {
        host.removeprefix("www.") + path
        for text in (*texts, *targets)
        for host, path in addresses(text)
        if is_own(host, site)
    }
    yield from foreign_findings(texts, targets=targets, site=site)
    if len(own) > 1:
        yield Finding(
            rule="NW-31",
            text=f"It names {len(own)} addresses ({', '.join(sorted(own))}); "
            "at most one is allowed.",
            fix=f"name {site} alone, and no page to log in on",
        )
    for target in targets:
        if not target.lower().startswith(("https://", "mailto:", "tel:", "#")):
            yield Finding(
                rule="NW-31",
                text="It holds a link that is not https.",
                where="HTML",
                fix="leave the link out",
            )


def _phrase_findings(notice: RenderedNotice, seen: str) -> Iterator[Finding]:
    found: dict[tuple[str, str], Finding] = {}
    for text in (notice.subject, notice.plain, seen):
        for locale in ("en", "zh"):
            for each in (*phrase_findings(text, locale, LURES), *request_findings(text)):
                found.setdefault((each.rule, " ".join(each.text.split()).casefold()), each)
        for match in _SLOT.finditer(text):
            if match[1] not in _OPEN_SLOTS:
                left = Finding(
                    rule="NW-15",
                    text=f"It holds '{match[0]}', which nobody filled in.",
                    fix="write what stands for it",
                )
                found.setdefault((left.rule, left.text), left)
    yield from found.values()


def _size_findings(notice: RenderedNotice) -> Iterator[Finding]:
    for name, text in (("plain text", notice.plain), ("HTML", notice.html)):
        size = len(text.encode())
        if size >= LARGEST_BYTES:
            yield Finding(
                rule="SIZE",
                text=f"The {name} has {size:,} bytes; mailboxes cut at {LARGEST_BYTES:,}.",
                where=name,
                fix="shorten the narratives",
            )
        if not text.strip():
            yield Finding(rule="SIZE", text=f"The {name} is empty.", where=name)


def _required_findings(
    notice: RenderedNotice, seen: str, *, required: Sequence[str]
) -> Iterator[Finding]:
    for words in required:
        wanted = _squeezed(words)
        for name, text in (("plain text", notice.plain), ("HTML", seen)):
            if wanted not in _squeezed(text):
                yield Finding(rule="NW-32", text=f"The {name} lacks '{words}'.", where=name)


def _squeezed(text: str) -> str:
    """Return a text without white space, so that a broken line hides no word."""
    return "".join(text.split())

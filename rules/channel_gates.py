"""The gates of one channel's text: what it discloses, how long it is, and what must stand in it.

What is judged is what is handed over, with a sample where each person's own values go.
"""

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from tocsin.rules.disclosure import OwnWords, closed_findings, open_findings
from tocsin.rules.gates import as_real, check_notice, foreign_findings, request_findings
from tocsin.rules.page import Page
from tocsin.rules.phrases import LURES, phrase_findings
from tocsin.rules.sms_text import forces_ucs2, segments
from tocsin.schemas.channels import Channel
from tocsin.schemas.codes import SAMPLE_CODE
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.finding import Finding
from tocsin.schemas.notice import ChannelText, JudgedText, RenderedNotice, Segments
from tocsin.schemas.organisation import Organisation

TITLE_CHARACTERS = 40
BODY_CHARACTERS = 110
CALL_WORDS = 100
CALL_CHARACTERS = 180
"""In languages that are written without spaces."""
SMS_PARTS: Mapping[str, int] = MappingProxyType({"ar": 2, "hi": 2})
"""Language -> parts that a text message may take; one in any other."""

_SAMPLES = {
    "reference": "XXXXX-XXXXX",
    "code": "n-xxxxx-1-xxxxx-1-0-xxxxxxxxxxxxx",
    "enrolment": SAMPLE_CODE,
}
_TELLS_CODES = frozenset({Channel.IN_APP, Channel.WEBHOOK, Channel.CALL_LIST, Channel.LETTER})
"""Where a code of a pool may stand, beside e-mail: nobody else reads or hears it there."""
_UNSPACED = frozenset({"zh", "ja", "ko", "th"})
_FEW = 5


class _Words(NamedTuple):
    """What texts of a language and an organisation are judged by."""

    kinds: Mapping[DataKind, str]
    own: OwnWords
    code: str

    def open(self, text: str) -> tuple[Finding, ...]:
        return open_findings(text, kinds=self.kinds, own=self.own)

    def closed(self, text: str) -> tuple[Finding, ...]:
        return closed_findings(text, kinds=self.kinds)


_Judged = tuple[str, tuple[Finding, ...]]


def judge_text(
    text: ChannelText,
    *,
    kinds: Mapping[DataKind, str],
    organisation: Organisation,
    code: str,
) -> JudgedText:
    """Return a channel's text with its length and what blocks it.

    `kinds` is what each kind of data is called in the language of the text, `code` the public code
    of the round.
    """
    judge = _JUDGES[text.channel]
    size, findings = judge(text, _Words(kinds, OwnWords.of(organisation, code), code))
    return JudgedText(text, size, tuple(dict.fromkeys((*findings, *_slot_findings(text)))))


def notice_findings(
    notice: RenderedNotice,
    *,
    kinds: Mapping[DataKind, str],
    organisation: Organisation,
    code: str,
) -> tuple[Finding, ...]:
    """Return what an e-mail discloses that it may not: the subject is open, the rest is closed."""
    words = _Words(kinds, OwnWords.of(organisation, code), code)
    body = f"{notice.plain}\n{Page(notice.html).text}"
    subject = (found.at("subject") for found in words.open(notice.subject))
    return (*subject, *words.closed(body))


def _long(text: str) -> Finding:
    return Finding(rule="CHANNEL-LENGTH", text=text, fix="shorten the brand or the text")


def _slot_findings(text: ChannelText) -> tuple[Finding, ...]:
    slots = set(text.content.slots)
    wanted = {"reference"} if text.channel is Channel.SMS else {"reference", "code"}
    may_hold = wanted | {"enrolment"} if text.channel in _TELLS_CODES else wanted
    return (
        *(
            Finding(rule="NW-33", text=f"It lacks the person's {name}.")
            for name in sorted(wanted - slots)
        ),
        *(
            Finding(rule="NW-15", text=f"It has a place for '{name}'.")
            for name in sorted(slots - may_hold)
        ),
    )


def _filled(content: Segments) -> str:
    pieces = [content.parts[0].decode()]
    for slot, part in zip(content.slots, content.parts[1:], strict=True):
        pieces += [_SAMPLES.get(slot, ""), part.decode()]
    return "".join(pieces)


def _fields(content: Segments) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(_filled(content))
    return fields


def _sms(text: ChannelText, words: _Words) -> _Judged:
    said = _filled(text.content)
    real = as_real(said)
    size, most = segments(real), SMS_PARTS.get(text.cohort.locale.partition("-")[0], 1)
    findings = list(words.open(said))
    if size.segments > most:
        taken = f"{size.segments} parts ({size.units} units of {size.encoding})"
        findings.append(
            _long(f"It takes {taken}, more than {most}: shorten the brand or the text.")
        )
        foreign = forces_ucs2(real)
        if 0 < len(foreign) <= _FEW:
            findings.append(_long(f"It would be shorter without {' '.join(foreign)}."))
    parts = f"{size.segments} part{'' if size.segments == 1 else 's'}"
    return f"{len(real)} characters, {parts} ({size.encoding})", tuple(findings)


def _push(text: ChannelText, words: _Words) -> _Judged:
    fields = _fields(text.content)
    title, body = as_real(fields["title"]), fields["body"]
    findings = [*words.open(f"{title}\n{body}")]
    if len(title) > TITLE_CHARACTERS:
        findings.append(
            _long(f"The title has {len(title)} characters, more than {TITLE_CHARACTERS}.")
        )
    if len(body) > BODY_CHARACTERS:
        findings.append(_long(f"The body has {len(body)} characters, more than {BODY_CHARACTERS}."))
    return f"title {len(title)}, body {len(body)} characters", tuple(findings)


def _call(text: ChannelText, words: _Words) -> _Judged:
    fields = _fields(text.content)
    spoken = " ".join(fields["say"])
    if fields["lang"].partition("-")[0] in _UNSPACED:
        length, most, unit = len("".join(spoken.split())), CALL_CHARACTERS, "characters"
    else:
        length, most, unit = len(spoken.split()), CALL_WORDS, "words"
    findings = [*words.open(spoken), *words.open(" ".join(fields["voicemail"]))]
    if length > most:
        findings.append(
            _long(f"It has {length} {unit}, more than the {most} that people listen to.")
        )
    return f"{length} {unit}", tuple(findings)


def _whole(text: ChannelText, words: _Words) -> _Judged:
    fields = _fields(text.content)
    title, body, html = fields["title"], fields["body"], fields["html"]
    notice = RenderedNotice(text.cohort, subject=title, plain=body, html=html)
    findings = (
        *check_notice(notice, required=[words.code], site=words.own.site),
        *words.open(title),
        *words.closed(f"{body}\n{Page(html).text}"),
    )
    return f"{len(body):,} characters", findings


def _script(text: ChannelText, words: _Words) -> _Judged:
    lines = _fields(text.content)["script"]
    findings = words.open("\n".join(lines[:_BEFORE_THE_CHECK]))
    if len(lines) <= _BEFORE_THE_CHECK:
        findings += (Finding(rule="NW-02", text="It says nothing after the check."),)
    return f"{len(lines)} lines, {sum(map(len, lines)):,} characters", findings


def _sealed(text: ChannelText, words: _Words) -> _Judged:
    findings = (
        *foreign_findings([text.text], targets=(), site=words.own.site),
        *(found for lang in ("en", "zh") for found in phrase_findings(text.text, lang, LURES)),
        *request_findings(text.text),
    )
    return f"{len(text.text):,} characters", findings


_BEFORE_THE_CHECK = 2
"""The opening and the check itself: whoever answers hears the one, and maybe of the other."""
_JUDGES: Mapping[Channel, Callable[[ChannelText, _Words], _Judged]] = MappingProxyType(
    {
        Channel.SMS: _sms,
        Channel.WEB_PUSH: _push,
        Channel.APP_PUSH: _push,
        Channel.CALL: _call,
        Channel.IN_APP: _whole,
        Channel.WEBHOOK: _whole,
        Channel.CALL_LIST: _script,
        Channel.LETTER: _sealed,
    }
)

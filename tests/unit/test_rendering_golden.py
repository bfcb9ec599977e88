"""What readers get, byte for byte. `TOCSIN_WRITE_GOLDEN=1` writes the files anew: read the diff."""

import json
import os
from pathlib import Path

import pytest
from tocsin.rendering.channel_texts import CHANNELS, channel_text
from tocsin.rendering.edpb import FORM, edpb_json
from tocsin.rendering.letter import render_letter
from tocsin.rendering.mime import segments, splice
from tocsin.rendering.notice import render_notice
from tocsin.rendering.public_files import render_public_files
from tocsin.rendering.report import draft_report, report_json
from tocsin.rendering.report_sheet import report_html
from tocsin.rendering.report_values import CODES
from tocsin.rendering.splicing import splice as splice_any
from tocsin.schemas.audience import RecipientKind
from tocsin.schemas.channels import DISCLOSURE, Channel, Disclosure
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.duty import OneByOne, Phase

from golden.filings import filing
from golden.sample import (
    CODE,
    KINDS,
    NOW,
    OPEN,
    ORGANISATION,
    PROTECTED,
    RECIPIENTS,
    REFERENCE,
    cohort,
    context,
    open_texts,
    report_context,
)

_GOLDEN = Path(__file__).resolve().parents[1] / "golden"
# A webhook is told what the own app shows.
_CHANNELS = tuple(channel for channel in CHANNELS if channel is not Channel.WEBHOOK)
_REGIMES = {"en": ("EU-GDPR",), "zh-Hans": ("CN-PIPL",)}


def _compare(name: str, content: bytes) -> None:
    path = _GOLDEN / name
    if os.environ.get("TOCSIN_WRITE_GOLDEN"):
        path.write_bytes(content)
    assert content.decode() == path.read_bytes().decode()


@pytest.mark.parametrize("locale", _REGIMES)
@pytest.mark.parametrize("recipient", RECIPIENTS)
def test_the_notice_reads_as_it_was_agreed(locale: str, recipient: RecipientKind) -> None:
    notice = render_notice(
        cohort(locale=locale, regimes=_REGIMES[locale], recipient=recipient), context()
    )
    name = f"notice.{recipient.value}.{locale}"
    _compare(f"{name}.txt", f"{notice.subject}\n\n{notice.plain}".encode())
    _compare(f"{name}.html", notice.html.encode())


@pytest.mark.parametrize("locale", _REGIMES)
def test_the_notice_of_protected_data_reads_as_it_was_agreed(locale: str) -> None:
    protected = cohort(locale=locale, regimes=_REGIMES[locale], kinds=PROTECTED)
    notice = render_notice(protected, context())
    _compare(f"notice.protected.{locale}.txt", f"{notice.subject}\n\n{notice.plain}".encode())


@pytest.mark.parametrize("locale", _REGIMES)
def test_the_message_is_the_same_to_the_byte(locale: str) -> None:
    notice = render_notice(cohort(locale=locale, regimes=_REGIMES[locale]), context())
    cut = segments(
        notice,
        sender=(ORGANISATION.sender_name, ORGANISATION.sender_email),
        reply_to=ORGANISATION.contact_email,
        dated=NOW,
        organisation=ORGANISATION,
    )
    message = splice(
        cut,
        recipient="person@example.org",
        reference="23456-ABCDE",
        message_id="<0123456789abcdef@books.example.com>",
    )
    _compare(f"message.{locale}.eml", message)


@pytest.mark.parametrize("locale", _REGIMES)
@pytest.mark.parametrize("recipient", RecipientKind)
def test_the_letter_reads_as_it_was_agreed(locale: str, recipient: RecipientKind) -> None:
    kinds = (*KINDS, DataKind.MEDICAL)
    sealed = cohort(
        locale=locale,
        regimes=_REGIMES[locale],
        recipient=recipient,
        kinds=kinds,
        disclosure=Disclosure.SEALED,
    )
    text = json.loads(render_letter(sealed, context()).replace("\x00", "|"))
    shown = json.dumps(text, ensure_ascii=False, indent=1) + "\n"
    _compare(f"letter.{recipient.value}.{locale}.json", shown.encode())


def test_the_announcement_reads_as_it_was_agreed() -> None:
    files = render_public_files(
        context(),
        kinds=KINDS,
        regimes=("EU-GDPR", "CN-PIPL"),
        locales=tuple(_REGIMES),
        one_by_one=OneByOne.EVERYBODY,
        channels=(Channel.EMAIL, *OPEN),
        open_texts=open_texts(),
    )
    for name, content in files.items():
        _compare(name.replace("ended/", "ended."), content)


@pytest.mark.parametrize("locale", _REGIMES)
def test_the_report_reads_as_it_was_agreed(locale: str) -> None:
    report = draft_report(report_context(content=CODES, locale=locale))
    _compare(f"report.{locale}.html", report_html(report))
    _compare(f"report.{locale}.json", report_json(report))


@pytest.mark.parametrize(
    ("regime", "phase", "known"),
    [
        ("CN-PIPL", Phase.EARLY, False),
        ("CN-PIPL", Phase.FULL, True),
        ("EU-GDPR", Phase.FULL, True),
        ("US-HIPAA", Phase.FULL, True),
        ("US-CA", Phase.FULL, True),
    ],
)
def test_the_report_on_a_form_reads_as_it_was_agreed(
    regime: str, phase: Phase, *, known: bool
) -> None:
    report = draft_report(filing(regime, phase, known=known))
    assert report.form
    _compare(f"report.{report.form.id}.html", report_html(report))
    if report.form.id == FORM:
        _compare(f"report.{report.form.id}.edpb.json", edpb_json(report))


@pytest.mark.parametrize("locale", _REGIMES)
@pytest.mark.parametrize("channel", _CHANNELS)
def test_what_a_channel_tells_reads_as_it_was_agreed(channel: Channel, locale: str) -> None:
    people = RECIPIENTS if DISCLOSURE[channel] is not Disclosure.CLOSED else RECIPIENTS[:1]
    told = [
        f"#### {recipient.value}, {name}{', exercise' * drill}\n\n{text.text}\n"
        for recipient in people
        for name, kinds in {"ordinary data": KINDS, "protected data": PROTECTED}.items()
        for drill in ([False, True] if recipient is RecipientKind.SELF else [False])
        for text in [
            channel_text(
                channel,
                cohort(locale=locale, regimes=_REGIMES[locale], recipient=recipient, kinds=kinds),
                context(drill=drill),
            )
        ]
    ]
    _compare(f"text.{channel.value}.{locale}.txt", "\n".join(told).encode())


@pytest.mark.parametrize("locale", _REGIMES)
@pytest.mark.parametrize("channel", _CHANNELS)
def test_what_a_notifier_is_handed_is_the_same_to_the_byte(channel: Channel, locale: str) -> None:
    text = channel_text(channel, cohort(locale=locale, regimes=_REGIMES[locale]), context())
    content = splice_any(text.content, {"reference": REFERENCE, "code": CODE})
    suffix = "txt" if channel is Channel.SMS else "json"
    _compare(f"content.{channel.value}.{locale}.{suffix}", content)

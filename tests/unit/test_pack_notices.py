"""Every regime of the pack: a complete notice holds what it asks, and nothing that it forbids."""

from collections.abc import Iterator

import pytest
from tocsin.regimes.load import load_regimes
from tocsin.rendering.locales import locales
from tocsin.rules.content_gates import mailbox_findings
from tocsin.rules.forbidden_content import forbidden_text_findings
from tocsin.runtimes.press import NoticePress
from tocsin.schemas.channels import Channel
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.duty import OneByOne
from tocsin.schemas.finding import Finding, FindingSeverity
from tocsin.schemas.notice import NoticeContext
from tocsin.schemas.regime import NO_ANNOUNCEMENT, Regime
from tocsin.services.judging import judged_channel, judged_email, judged_round

from golden.complete import (
    CARDS,
    CREDIT,
    NATURE,
    ONLINE,
    complete_incident,
    newest,
    of_regimes,
    people_of,
    public_pages,
)
from golden.sample import OPEN

PRESS = NoticePress()
PACK = tuple(regime for regime in load_regimes() if regime.tells_people)
WHOLE = (Channel.LETTER, Channel.IN_APP, Channel.CALL_LIST)
CODES = tuple(
    sorted(
        {code for regime in PACK for code in regime.individuals.content}
        | {code for regime in PACK for code in regime.public.content}
        | {"LOCATION", "ENTITY_PARENT"}
    )
)


def _named(regime: Regime) -> str:
    return f"{regime.id}-{regime.valid_from.year}"


def _id(value: object) -> str | None:
    return _named(value) if isinstance(value, Regime) else None


def _found(
    context: NoticeContext, regime: Regime, locale: str, kinds: tuple[DataKind, ...]
) -> Iterator[Finding]:
    """Yield what the gates find in each text that is a whole notice."""
    each = people_of(regime, locale=locale, kinds=kinds)
    yield from judged_email(PRESS.notice(each, context), context, PRESS)
    for channel in WHOLE:
        yield from judged_channel(PRESS.text(channel, each, context), context, PRESS).findings
    yield from judged_round({each: (Channel.LETTER,)}, context)


def _every_text(context: NoticeContext, regime: Regime, locale: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the words of everything that people under a regime can read or hear."""
    each = people_of(regime, locale=locale)
    notice = PRESS.notice(each, context)
    yield "email", f"{notice.subject}\n{notice.plain}\n{notice.html}"
    for channel in (*WHOLE, *OPEN):
        text = PRESS.text(channel, each, context)
        yield channel.value, f"{text.text}\n{text.content.to_text()}"
    pages, _ = public_pages(context, regime, locale=locale)
    yield from pages.items()


@pytest.mark.parametrize("locale", locales())
@pytest.mark.parametrize("regime", PACK, ids=_id)
def test_a_complete_notice_has_nothing_that_blocks_it(regime: Regime, locale: str) -> None:
    context = of_regimes(regime)
    for kinds in (CREDIT, ONLINE, *([CARDS] if locale == "en" else [])):
        found = _found(context, regime, locale, kinds)
        assert [f for f in found if f.severity is FindingSeverity.BLOCK] == []


@pytest.mark.parametrize("locale", locales())
@pytest.mark.parametrize("regime", PACK, ids=_id)
def test_a_complete_announcement_has_nothing_that_blocks_it(regime: Regime, locale: str) -> None:
    _, found = public_pages(of_regimes(regime), regime, locale=locale)
    assert [f for f in found if f.severity is FindingSeverity.BLOCK] == []


@pytest.mark.parametrize("locale", locales())
@pytest.mark.parametrize("code", CODES)
def test_every_code_can_be_said_on_every_channel_and_on_the_page(code: str, locale: str) -> None:
    kinds = ONLINE if code == "PASSWORD_ADVICE" else CREDIT
    base = newest("US-CA")
    rule = base.individuals.model_copy(update={"content": (code,), "format": None})
    asking = base.model_copy(
        update={
            "individuals": rule,
            "public": NO_ANNOUNCEMENT.model_copy(update={"content": (code,)}),
        }
    )
    context = of_regimes(asking)
    each = people_of(asking, locale=locale, kinds=kinds)
    notice = PRESS.notice(each, context)
    said = {"email": {*notice.holds, *notice.pending}}
    for channel in WHOLE:
        text = PRESS.text(channel, each, context)
        said[channel.value] = {*(text.holds or ()), *text.pending}
    page = PRESS.said_in_public(
        context, kinds=kinds, regimes=each.regimes, locales=[locale], one_by_one=OneByOne.NOBODY
    )
    said["page"] = {*page[locale][0], *page[locale][1]}
    assert [name for name, codes in said.items() if code not in codes] == []


@pytest.mark.parametrize("locale", locales())
@pytest.mark.parametrize(
    "regime", [r for r in PACK if "NO_NATURE" in r.individuals.forbidden], ids=_id
)
def test_where_the_nature_is_forbidden_nothing_that_people_read_tells_it(
    regime: Regime, locale: str
) -> None:
    for name, text in _every_text(of_regimes(regime), regime, locale):
        told = [words for words in NATURE[locale] if words.casefold() in text.casefold()]
        assert (name, told) == (name, [])


@pytest.mark.parametrize("locale", locales())
@pytest.mark.parametrize(
    "regime", [r for r in PACK if "NO_COUNT" in r.individuals.forbidden], ids=_id
)
def test_where_a_count_is_forbidden_no_text_has_one(regime: Regime, locale: str) -> None:
    context, each = of_regimes(regime), people_of(regime, locale=locale)
    for name, text in _every_text(context, regime, locale):
        shown = "" if name.endswith((".cap.xml", ".atom")) else text
        found = forbidden_text_findings(shown, each, context.rules, context.incident)
        assert (name, [f.text for f in found]) == (name, [])


@pytest.mark.parametrize(
    "regime", [r for r in PACK if "NO_OTHER_PERSONS" in r.individuals.forbidden], ids=_id
)
def test_a_story_that_tells_of_somebody_else_is_found_with_the_section(regime: Regime) -> None:
    told = complete_incident().model_dump(mode="json")
    told["narratives"]["what_happened"]["en"] = "Write to somebody@example.org."
    context = of_regimes(regime, of=complete_incident(narratives=told["narratives"]))
    found = [
        f
        for f in _found(context, regime, "en", CREDIT)
        if f.rule == f"{regime.id} NO_OTHER_PERSONS"
    ]
    assert found
    assert all(regime.individuals.cite in f.text for f in found)


@pytest.mark.parametrize(
    "regime", [r for r in PACK if "NO_BREACHED_MAILBOX" in r.individuals.forbidden], ids=_id
)
def test_a_mailbox_whose_password_leaked_is_no_way_without_a_reason(regime: Regime) -> None:
    context, each = of_regimes(regime), people_of(regime, locale="en", kinds=ONLINE)
    found = mailbox_findings(each, [Channel.EMAIL], context.rules, context.incident)
    assert [f.rule for f in found] == [f"{regime.id} NO_BREACHED_MAILBOX"]


@pytest.mark.parametrize(
    "regime", [r for r in PACK if "NO_MIX" in r.individuals.forbidden], ids=_id
)
def test_what_is_not_of_the_incident_blocks_where_a_notice_has_to_stand_alone(
    regime: Regime,
) -> None:
    told = complete_incident().model_dump(mode="json")
    told["narratives"]["what_was_done"]["en"] = "Take 20% off your next order. Buy now."
    context = of_regimes(regime, of=complete_incident(narratives=told["narratives"]))
    found = list(_found(context, regime, "en", CREDIT))
    assert [f for f in found if f.rule == "NW-08 BUY_PRODUCT"]

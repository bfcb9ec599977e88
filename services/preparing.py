"""Preparing: with a notice's approval, the texts stand ready that would have to take it back.

Whoever finds an error later fills in one sentence, what was wrong. All else is drafted and judged
when there is time for it.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from tocsin.rules.versions import day_of_law, in_force
from tocsin.schemas.audience import Cohort
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import Commit, Fact, FactKind, Write
from tocsin.schemas.event import Event, PreparationDue
from tocsin.schemas.finding import Finding, ranked
from tocsin.schemas.identifiers import public_code
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.notice import Followed, NoticeContext
from tocsin.schemas.organisation import Organisation
from tocsin.schemas.regime import Regime
from tocsin.schemas.rounds import RoundKind
from tocsin.schemas.views import IncidentView, RoundView
from tocsin.services.drafting import Press, judged_text, notice_context
from tocsin.services.judging import judged_email
from tocsin.services.naming import text_name

PREPARED = (RoundKind.CORRECTION, RoundKind.RETRACTION)
PLACE = "REPLACE"
"""How a sentence begins that a person still has to write."""


class Cases(Protocol):
    """What is prepared for."""

    async def incident(self, incident_id: str) -> IncidentView:
        """Return an incident."""
        ...

    async def revision(self, incident_id: str, number: int) -> IncidentFile:
        """Return the incident as a revision describes it."""
        ...

    async def round(self, round_id: str) -> RoundView:
        """Return a round."""
        ...

    async def cohorts(self, round_id: str) -> Sequence[Cohort]:
        """Return a round's cohorts."""
        ...


class Standing(Protocol):
    """What was planned."""

    async def plan(self, round_id: str) -> Mapping[str, Any]:
        """Return a round's plan."""
        ...


class RoundKeys(Protocol):
    """Keys that live outside the ledger."""

    def of(self, round_id: str) -> bytes:
        """Return a round's key."""
        ...


def prepared_name(kind: RoundKind, round_id: str) -> str:
    """Return the name of what is prepared for a round: `correction-r1`, `retraction-r1`."""
    return f"{kind}-{round_id.rpartition('/')[2]}"


def to_fill_in(locales: Sequence[str]) -> dict[str, str]:
    """Return the sentence that is missing, per locale, as a place to fill in."""
    said = f"{PLACE} with one sentence that says what was wrong"
    return {locale: f"{said} ({locale})" for locale in locales}


async def prepare(
    event: Event,
    checkpoint: str | None,
    *,
    cases: Cases,
    standing: Standing,
    press: Press,
    round_keys: RoundKeys,
    organisations: Mapping[str, Organisation],
    regimes: Sequence[Regime],
) -> AsyncIterator[Commit]:
    """Draft and judge the correction and the retraction of a round that was just approved."""
    del checkpoint
    assert isinstance(event.payload, PreparationDue)  # noqa: S101  # narrows the payload
    view = await cases.round(event.payload.round)
    if not RoundKind(view.kind).is_first_notice:
        yield Commit(done=True)
        return
    case = await cases.incident(event.incident)
    ladders = (await standing.plan(view.id))["ladders"]
    cohorts = [c for c in await cases.cohorts(view.id) if str(c.id) in ladders]
    incident = await cases.revision(event.incident, view.revision)
    places = to_fill_in(sorted({c.locale for c in cohorts}))
    told = incident.narratives.model_copy(update={"correction": places})
    incident = incident.model_copy(update={"narratives": told})
    key = round_keys.of(view.id)
    law = in_force(regimes, day_of_law(incident, case.opened_at))
    writes: list[Write] = []
    for kind in PREPARED:
        context = notice_context(
            _as(view, kind),
            incident,
            organisations[incident.organisation],
            regimes=[r for r in law if any(r.id in c.regimes for c in cohorts)],
            drill=case.drill,
            key=key,
            follows=[Followed(public_code(key, view.id), view.opened_at)],
        )
        texts, findings = _texts(context, cohorts, ladders, press)
        body = {
            "kind": kind,
            "of": view.id,
            "correction": places,
            "texts": texts,
            "findings": findings,
        }
        writes.append(Fact(FactKind.PREPARED, prepared_name(kind, view.id), body, view.id))
    yield Commit(writes=writes, done=True)


def _as(view: RoundView, kind: RoundKind) -> RoundView:
    """Return a round as one of another kind that follows it would be."""
    return replace(view, kind=kind.value, follows=(view.id,))


def _texts(
    context: NoticeContext,
    cohorts: Sequence[Cohort],
    ladders: Mapping[str, Sequence[str]],
    press: Press,
) -> tuple[dict[str, str], list[str]]:
    """Return the text of each cohort on each channel, to be read, and what the gates find."""
    texts: dict[str, str] = {}
    findings: list[Finding] = []
    for cohort in cohorts:
        for name in ladders[str(cohort.id)]:
            channel = Channel(name)
            if channel is Channel.EMAIL:
                notice = press.notice(cohort, context)
                found = judged_email(notice, context, press)
                text = f"{notice.subject}\n\n{notice.plain}"
            else:
                judged = judged_text(channel, cohort, context, press)
                text, found = judged.text.text, judged.findings
            texts[text_name(context.round_id, cohort.id, channel)] = text
            findings += found
    return texts, [str(finding) for finding in ranked(findings)]

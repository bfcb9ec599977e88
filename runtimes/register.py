"""The register of incidents, read from the ledger in one snapshot."""

from datetime import datetime

from sqlalchemy import Connection
from tocsin.ledger import reads
from tocsin.ledger.first_notices import first_notices
from tocsin.runtimes.counted import counted_by_residence
from tocsin.runtimes.embedded import Runtime
from tocsin.runtimes.overview import duty_standings, in_snapshot, incident_in, public_view
from tocsin.schemas.artefact import Approval
from tocsin.schemas.canonical import parse_instant
from tocsin.schemas.commit import FactKind
from tocsin.schemas.duty import Severity
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.register import Recorded, Register
from tocsin.schemas.report import Receipt
from tocsin.schemas.spreadsheets import BOM
from tocsin.schemas.views import IncidentView
from tocsin.services.register import entry_of
from tocsin.services.register_choice import (
    annual_log,
    check_annual,
    check_regime,
    check_year,
    chosen,
)
from tocsin.services.register_rows import as_csv


async def register(
    runtime: Runtime,
    *,
    regime: str | None = None,
    year: int | None = None,
    drills: bool = False,
    annual: str | None = None,
) -> Register:
    """Return the register, of a regime or a year; `annual` is the regime of an annual log.

    InvalidInput for a regime or a year that cannot be.
    """
    regimes = runtime.settings.law.pack()
    check_year(year)
    if annual is not None:
        check_annual(annual, year, regimes)
    policy = runtime.settings.policy
    now = runtime.step.clock.now()

    def look(db: Connection) -> list[Recorded]:
        views = [view for view in reads.incidents(db) if drills or not view.drill]
        return [recorded(db, view, now=now) for view in reversed(views)]

    entries = [entry_of(r, regimes, policy) for r in await in_snapshot(runtime, look)]
    if regime is not None:
        check_regime(regime, regimes, entries)
    if annual is not None and year is not None:
        found = annual_log(entries, regime=annual, year=year)
    else:
        found = chosen(entries, regime=regime, year=year)
    return Register(
        as_of=now,
        zone=policy.home_zone,
        regime=annual or regime,
        year=year,
        annual=annual is not None,
        drills=drills,
        incidents=found,
    )


def recorded(db: Connection, view: IncidentView, *, now: datetime) -> Recorded:
    """Return what the ledger holds of an incident, within a snapshot."""
    case = incident_in(db, view)
    revision = reads.facts(db, view.id, FactKind.REVISION)[str(view.revision)]
    severity = reads.fact(db, view.id, FactKind.SEVERITY, "severity") or {}
    judged = {name: severity[name] for name in Severity.model_fields if name in severity}
    counted = any(round_.view.counts is not None for round_ in case.rounds)
    ends = [
        (at, body)
        for at, name, body in reads.history(db, view.id, FactKind.DECISION)
        if name in {"close", "withdraw"}
    ]
    at, end = ends[-1] if ends else ("", {"reason": ""})
    approvals = reads.facts(db, view.id, FactKind.APPROVAL)
    receipts = reads.facts(db, view.id, FactKind.RECEIPT)
    late = reads.facts(db, view.id, FactKind.LATE)
    return Recorded(
        view=view,
        file=IncidentFile.model_validate(revision["incident"]),
        severity=Severity.model_validate(judged) if judged else None,
        duties=tuple(
            (standing.duty, standing.met_at is not None)
            for standing in duty_standings(db, case, now=now, leads=())
        ),
        counted=counted_by_residence(db, view.id) if counted else None,
        artefacts=reads.artefacts(db, view.id),
        approvals={name: Approval.model_validate(each) for name, each in approvals.items()},
        reviews=reads.facts(db, view.id, FactKind.REVIEW),
        filings=reads.facts(db, view.id, FactKind.FILING),
        receipts={name: Receipt.model_validate(each) for name, each in receipts.items()},
        late_reasons={name: each["reason"] for name, each in late.items()},
        first_notices=first_notices(db, view.id),
        published_at=public_view(db, view.id).begun,
        over_at=parse_instant(at) if at else None,
        over_reason=end["reason"],
    )


def csv_of(given: Register, *, for_file: bool) -> bytes:
    """Return the register as CSV; a file begins with the mark by which spreadsheets know UTF-8."""
    return (BOM if for_file else b"") + as_csv(given)

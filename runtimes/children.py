"""Incidents of controllers that come from one of their processor: making them, listing them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from tocsin.detectors.incident_file import dump_incident
from tocsin.ledger import reads
from tocsin.rules.children import child_of, controller_named
from tocsin.rules.controllers import number_of, scope_of
from tocsin.runtimes.books import DutyBook
from tocsin.runtimes.embedded import Runtime
from tocsin.runtimes.intake import DraftedFile
from tocsin.schemas.canonical import parse_instant
from tocsin.schemas.commit import FactKind
from tocsin.schemas.errors import Conflict, InvalidInput

CLOCK_SKEW_S = 300


async def draft_child(
    runtime: Runtime,
    incident_id: str,
    *,
    controller: str,
    organisation: str,
    told: datetime | None,
) -> DraftedFile:
    """Return the incident file of one controller of a processor's incident; nothing is raised.

    Raises InvalidInput for an organisation that is not configured, NotFound for a controller that
    the incident does not name, Conflict where the incident is no processor's or the controller was
    not told yet.
    """
    known = {each.id: each for each in runtime.settings.organisations}
    if organisation not in known:
        message = f"there is no organisation {organisation!r} in the configuration"
        fix = f"one of: {', '.join(sorted(known))}"
        raise InvalidInput(message, field="--organisation", fix=fix)
    book = DutyBook(runtime.ledger)
    view = await book.incident(incident_id)
    parent = await book.revision(incident_id, view.revision)
    number, party = controller_named(parent, controller, incident_id=incident_id)
    at = await _told_at(runtime, incident_id, number, party.name, stated=told)
    scope = scope_of(parent, party)
    counted = None
    if party.where and party.persons is None and scope is not None:
        counted = await runtime.directory.count(scope)
    child, notes = child_of(
        parent,
        party,
        incident_id=incident_id,
        processor=known[parent.organisation],
        organisation=organisation,
        told=at,
        zone=ZoneInfo(runtime.settings.policy.home_zone),
        counted=counted,
    )
    text = dump_incident(child, notes=notes)
    return DraftedFile(text=text, title=child.title, unknown=notes, unmapped=())


async def _told_at(
    runtime: Runtime, incident_id: str, number: int, name: str, *, stated: datetime | None
) -> datetime:
    """Return when a controller was told: what was stated, else when the duty to it was met.

    What is on record cannot be made later by a statement: its clocks would start too late.
    """
    if stated is not None and (stated - runtime.step.clock.now()).total_seconds() > CLOCK_SKEW_S:
        message = "a controller cannot have been told in the future"
        raise InvalidInput(message, field="--told", fix="check the date and the time zone")
    filings = await runtime.ledger.ask(reads.history, incident_id, FactKind.FILING)
    met = min(
        (
            parse_instant(body["filed_at"])
            for _, _, body in filings
            if number_of(body["duty"]) == number
        ),
        default=None,
    )
    if met is None and stated is None:
        message = f"{name} was not told yet: no duty to it is met, and its clocks start with that"
        fix = (
            f"`tocsin incident met {incident_id} controller-{number} --reason ...` once it was"
            " told, or say when with --told"
        )
        raise Conflict(message, field="--told", fix=fix)
    if met is not None and stated is not None and stated > met:
        message = f"by {met:%Y-%m-%d %H:%M} UTC {name} had been told, as is on record"
        raise Conflict(message, field="--told", fix="leave it out, or name an earlier time")
    told = stated or met
    assert told is not None  # noqa: S101  # one of the two is there
    return told

"""The media notice: the text for the media that a regime wants told, drafted, approved, laid ready.

Sending it to a newsroom is a person's work; what they were handed is on record with its hash.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from tocsin.schemas.artefact import Approval, Artefact, ArtefactKind, ArtefactState, Binding
from tocsin.schemas.commit import Commit, DraftArtefact, Fact, FactKind, Write
from tocsin.schemas.duty import Addressee, Duty
from tocsin.schemas.event import Event, PressDue
from tocsin.schemas.finding import Finding, ranked
from tocsin.schemas.notice import OpenText
from tocsin.schemas.regime import Regime
from tocsin.services.drafting import Decided
from tocsin.services.judging import judged_pages
from tocsin.services.naming import artefact_name, texts_hash
from tocsin.services.public_drafts import PublicPress, draft_pages

_PRESS = "press."


class Approvals(Protocol):
    """What was put before an approver, and what was approved."""

    async def artefacts(self, incident_id: str) -> Sequence[Artefact]:
        """Return an incident's artefacts."""
        ...

    async def approval(self, incident_id: str, artefact: str) -> Approval | None:
        """Return the newest approval of an artefact."""
        ...


class Drafts(Protocol):
    """The drafted texts."""

    async def pages(self, incident_id: str, artefact: str) -> Mapping[str, str]:
        """Return the drafted texts by file name."""
        ...


class Cabinet(Protocol):
    """Where papers are laid ready; a drill's go elsewhere."""

    async def file(
        self, incident_id: str, name: str, files: Mapping[str, bytes]
    ) -> Sequence[tuple[str, str]]:
        """Write files under a name; return (path, SHA-256) of each."""
        ...


def owed_to_media(duties: Sequence[Duty], regimes: Sequence[Regime]) -> tuple[Duty, ...]:
    """Return the duties that the public's media are told of an incident."""
    named = {f"{regime.id}:{o.id}" for regime in regimes for o in regime.others if o.public}
    return tuple(
        duty
        for duty in duties
        if duty.addressee is Addressee.OTHER
        and duty.required
        and f"{duty.regime}:{duty.rule}" in named
    )


def media_drafts(
    decided: Decided,
    duties: Sequence[Duty],
    press: PublicPress,
    said: Sequence[OpenText],
    *,
    hands: tuple[str, ...],
) -> list[Write]:
    """Return the drafted text for the media in each language; nothing where none is owed it."""
    owed = owed_to_media(duties, decided.regimes)
    if not owed:
        return []
    pages = draft_pages(decided, press, said)
    texts = {path: text for path, text in pages.items() if path.startswith(_PRESS)}
    locales = sorted({c.locale for c in decided.cohorts})
    found = ranked(judged_pages(texts, locales, decided.context))
    artefact = _artefact(decided, owed, texts, hands=hands, findings=found)
    body = {"draft": texts, "duties": [duty.id for duty in owed]}
    name, round_id = artefact.name, decided.view.id
    return [Fact(FactKind.ANNOUNCEMENT, name, body, round_id), DraftArtefact(artefact)]


def _artefact(
    decided: Decided,
    owed: Sequence[Duty],
    texts: Mapping[str, str],
    *,
    hands: tuple[str, ...],
    findings: tuple[Finding, ...],
) -> Artefact:
    due = min((duty.due_at for duty in owed if duty.due_at), default=None)
    until = f", due {due:%Y-%m-%d %H:%M} UTC" if due else ""
    whom = "; ".join(f"{duty.to} ({duty.cite})" for duty in owed)
    return Artefact(
        name=artefact_name(ArtefactKind.PRESS, decided.view.id),
        incident=decided.view.incident,
        round=decided.view.id,
        kind=ArtefactKind.PRESS,
        summary=f"text for {whom}{until}",
        binding=Binding(text_hash=texts_hash(texts), channels=("media",)),
        hands=hands,
        findings=findings,
    )


async def lay_press(
    event: Event,
    checkpoint: str | None,
    *,
    approvals: Approvals,
    drafts: Drafts,
    cabinet: Cabinet,
    now: datetime,
) -> AsyncIterator[Commit]:
    """Lay the approved text ready for the media, and record for each duty what was laid when."""
    del checkpoint
    due = event.payload
    assert isinstance(due, PressDue)  # noqa: S101  # narrows the payload
    texts = await drafts.pages(event.incident, due.artefact)
    approval = await approvals.approval(event.incident, due.artefact)
    states = {a.name: a.state for a in await approvals.artefacts(event.incident)}
    approved = states.get(due.artefact) is ArtefactState.APPROVED
    if approval is None or not approved or approval.binding.text_hash != texts_hash(texts):
        text = f"{due.artefact} was not laid ready: it is not what was approved"
        alarm = Fact(FactKind.ALARM, f"void:{due.artefact}", {"text": text})
        yield Commit(writes=[alarm], done=True)
        return
    files = {path.removeprefix("press"): text.encode() for path, text in texts.items()}
    laid = await cabinet.file(event.incident, due.artefact, files)
    stated = [{"path": path, "sha256": digest} for path, digest in laid]
    yield Commit(
        writes=[
            Fact(
                FactKind.FILING,
                f"{due.artefact}/{duty}",
                {"duty": duty, "files": stated, "filed_at": now, "late": False},
            )
            for duty in due.duties
        ],
        done=True,
    )

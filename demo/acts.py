"""The acts of the demo: incidents raised, judged, approved by a second principal, told, closed."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from tocsin.demo.later_clock import LaterClock
from tocsin.demo.postman import Postman, write_results
from tocsin.demo.screen import Screen
from tocsin.demo.stage import Stage
from tocsin.runtimes.embedded import Runtime
from tocsin.runtimes.importing import import_file
from tocsin.runtimes.intake import incident_from
from tocsin.runtimes.overview import artefacts, standing
from tocsin.runtimes.preview import Preview, preview
from tocsin.runtimes.results_layouts import layout_of
from tocsin.schemas.artefact import Artefact, ArtefactKind, ArtefactState
from tocsin.schemas.errors import NotAllowed
from tocsin.schemas.principal import CommandType, Principal, Role

RAISER = "security-officer"
APPROVER = "privacy-officer"
_LOOK_S = 0.25
_HOUR = timedelta(hours=1)
_PATIENCE_H = 6
"""After so many hours nothing more can come back of any round."""


class Acts:
    """Plays one run of the demo on an open runtime."""

    def __init__(
        self, runtime: Runtime, stage: Stage, screen: Screen, postman: Postman | None = None
    ) -> None:
        """Name the parts; without a postman nothing comes back."""
        self._postman = postman
        self._runtime = runtime
        self._stage = stage
        self._screen = screen
        self._raiser = self._approver = ""
        self.cases: dict[str, str] = {}
        """Name of an incident's file -> incident id."""
        self.refusal = ""
        """What the raiser was told who tried to approve."""

    async def raise_incidents(self, *names: str) -> None:
        """Add two principals who may both approve, and let one of them raise the incidents."""
        door = self._runtime.door
        able = frozenset({Role.ADMIN, Role.RAISE, Role.APPROVE, Role.OPERATE, Role.VIEW})
        self._raiser = await door.add_principal(None, Principal(name=RAISER, roles=able))
        other = Principal(name=APPROVER, roles=frozenset({Role.APPROVE, Role.VIEW}))
        self._approver = await door.add_principal(self._raiser, other)
        for name in names:
            incident = incident_from(self._stage.incident(name))
            raised = await door.raise_incident(
                self._raiser, incident, drill=False, key=f"demo/{name}"
            )
            self.cases[name] = raised
            self._screen.say(f"  {raised}  {incident.title}: raised by {RAISER}")

    async def draft(self) -> None:
        """Let people be found and texts be drafted; early reports are filed meanwhile."""

        async def file_early_reports() -> None:
            for incident_id in self.cases.values():
                await self._file_early(incident_id)

        await self._work(file_early_reports)

    async def _file_early(self, incident_id: str) -> None:
        for artefact in await self._waiting(incident_id):
            if artefact.kind is ArtefactKind.REPORT and artefact.name.endswith("-early"):
                (case,) = (await standing(self._runtime, incident_id)).incidents
                counted = bool(case.rounds) and case.rounds[-1].view.in_scope is not None
                await self._approve(artefact)
                when = "" if counted else " while people are still being counted"
                self._say(artefact, f"filed{when}")

    async def look(self) -> Mapping[str, Preview]:
        """Return what each incident is about to do, and write it down for the approver."""
        seen: dict[str, Preview] = {}
        for name, incident_id in self.cases.items():
            seen[name] = await preview(self._runtime, incident_id)
            page = self._stage.preview(name)
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_bytes(seen[name].html())
            counts, decision = seen[name].counts, seen[name].decision
            self._screen.say(f"  {incident_id}  {counts.persons:,} people are in scope")
            self._screen.say(f"             {decision.grounds[0]}")
            self._screen.say(f"             So: {how_told(seen[name])}.")
        return seen

    async def approve(self) -> None:
        """Let the raiser try to approve, and the second principal do it."""
        for incident_id in self.cases.values():
            for artefact in await self._waiting(incident_id):
                if artefact.kind is ArtefactKind.REPORT:
                    continue  # full reports wait for the figures of the disposal
                if not self.refusal:
                    await self._try_own(artefact)
                await self._approve(artefact)
                what = {
                    ArtefactKind.DECISION: "not owed, with the reason why",
                    ArtefactKind.ANNOUNCEMENT: "the announcement, in each language",
                    ArtefactKind.PRESS: "the text for the media",
                }.get(artefact.kind, artefact.summary)
                self._say(artefact, what)

    async def _try_own(self, artefact: Artefact) -> None:
        try:
            await self._runtime.door.act(
                self._raiser, CommandType.APPROVE, artefact.incident, target=artefact.name
            )
        except NotAllowed as error:
            self.refusal = error.message
            self._screen.say(f"  {RAISER} tries {artefact.name} and is refused:")
            self._screen.say(f"             {self.refusal}")

    async def tell(self) -> None:
        """Tell everybody, and show how far that is."""
        with self._screen.bars() as bars:

            async def show() -> None:
                found = {c.view.id: c for c in (await standing(self._runtime)).incidents}
                for name, incident_id in self.cases.items():
                    coverage = found[incident_id].rounds[-1].coverage
                    settled = coverage.accounted - coverage.open
                    bars.show(name, settled, coverage.in_scope)

            await self._work(show)

    async def post_comes_back(self, post: Mapping[str, str]) -> None:
        """Import what the print house says of the letters; `post` is what was planned for whom.

        Where so many come back that the law wants the public told, it is drafted, and approved.
        """
        stage, runtime = self._stage, self._runtime
        returned = await write_results(runtime, stage.letters, post, stage.results)
        layout = layout_of("print-house")
        read = await import_file(runtime, self._raiser, stage.results, layout)
        self._screen.say(f"  the print house says of {read.lines:,} letters: {returned} came back")
        await self._work(_nothing)
        for incident_id in self.cases.values():
            for artefact in await self._waiting(incident_id):
                if artefact.kind is not ArtefactKind.REPORT:
                    self._say(artefact, "drafted by itself: too many cannot be reached; approved")
                    await self._approve(artefact)
        await self._work(_nothing)

    async def wait(self, clock: LaterClock) -> None:
        """Put the clock forward until nothing can come back any more, and the rounds close."""
        for hours in range(1, _PATIENCE_H + 1):
            clock.put_forward(_HOUR)
            await self._work(_nothing)
            cases = (await standing(self._runtime)).incidents
            if all(r.view.state == "closed" for case in cases for r in case.rounds):
                self._screen.say(f"  {hours} h later: the rounds are closed, the rosters deleted")
                return

    async def report(self) -> None:
        """File the full reports, whose figures of the disposal are complete now."""
        for incident_id in self.cases.values():
            for artefact in await self._waiting(incident_id):
                await self._approve(artefact)
                self._say(artefact, "filed with what became of everybody")
        await self._work(_nothing)

    def _say(self, artefact: Artefact, text: str) -> None:
        self._screen.say(f"  {artefact.incident}  {artefact.name}: {text}")

    async def _waiting(self, incident_id: str) -> tuple[Artefact, ...]:
        found = await artefacts(self._runtime, incident_id)
        return tuple(a for a in found if a.state is ArtefactState.SUBMITTED)

    async def _approve(self, artefact: Artefact) -> None:
        await self._runtime.door.act(
            self._approver, CommandType.APPROVE, artefact.incident, target=artefact.name
        )

    async def _work(self, look: Callable[[], Awaitable[None]]) -> None:
        """Work until nothing but clocks is left and nothing is on its way back, looking meanwhile.

        What comes back is work too: so it is worked again after it came.
        """
        while True:
            told = self._postman.told if self._postman else 0
            async with asyncio.TaskGroup() as group:
                work = group.create_task(self._runtime.work(until_idle=True))
                while not work.done():
                    await look()
                    await asyncio.wait({work}, timeout=_LOOK_S)
            if self._postman is None:
                break
            await self._postman.all_told()
            if self._postman.told == told:
                break
        await look()


def how_told(seen: Preview) -> str:
    """Return in a few words how a round's people are told."""
    texts = len({cohort.id for cohort in seen.cohorts if cohort.kinds}) - len(
        seen.decision.replaced
    )
    one_by_one = f"told one by one, in {texts} texts"
    if seen.decision.replaces_notices:
        return "an announcement stands in for the notices"
    if seen.decision.replaced:
        return f"an announcement stands in for most notices; the others are {one_by_one}"
    return one_by_one


async def _nothing() -> None:
    return

"""What the index page shows of one incident."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from tocsin.demo.incident_files import ANNOUNCED, LETTERS, ONE_BY_ONE
from tocsin.demo.stage import Stage
from tocsin.demo.verdict import Verdict
from tocsin.runtimes.overview import DutyStanding
from tocsin.runtimes.preview import Preview
from tocsin.schemas.duty import Addressee, PublicMode, RegimeSwitch

STORIES: Mapping[str, str] = {
    ONE_BY_ONE: (
        "Somebody copied a backup of the shop\u2019s accounts: passwords, contact data, the last "
        "digits of payment cards. Its customers live in China, the European Union and California. "
        "They are told one by one: by e-mail, else by text message, else by a push to the app, "
        "else by letter. The incident was graded, so the Chinese authority got an early report "
        "while people were still being counted."
    ),
    ANNOUNCED: (
        "The list of everybody who reads the shop\u2019s newsletter was copied and is on offer. "
        "More people than the shop\u2019s limit are on it. Where the law allows it, a public "
        "announcement stands in for the notices. California does not allow it for so few: there "
        "each person gets a notice beside it, by e-mail if they agreed to that, by letter if not."
    ),
    LETTERS: (
        "Records of 620 patients of a clinic in Texas were copied from a mailbox. American law "
        "wants letters, a text for the media of a state with more than 500 of them, and a report "
        "to the Department of Health. Letters came back, until ten patients and more could not be "
        "reached: then the law wants a web notice too. It was drafted by itself, approved by the "
        "second principal, and published."
    ),
}
"""Name of an incident -> what it is, for a newcomer."""
_OWED: Mapping[bool | None, str] = {True: "yes", False: "no", None: "undecided"}
_TO: Mapping[str, str] = {"individuals": "the people concerned", "public": "the public"}
_PUBLIC = (
    ("announcement", "The announcement"),
    ("genuine", "Is this notice real? A page to check it"),
    ("feed", "A feed for subscribers (Atom)"),
    ("alert", "An alert for machines (CAP)"),
    ("banner", "A banner for the site"),
    ("press", "A text for the press"),
    ("index", "The page that leads to them"),
)

_NO_LAW = "none that asks for it; told all the same"

Links = list[tuple[str, str]]
"""(name, path from the index page)."""


def case_shown(stage: Stage, name: str, verdict: Verdict, seen: Preview) -> dict[str, object]:
    """Return what the template needs of an incident."""
    case = verdict.files[name]
    view, severity = case.standing.view, case.severity
    outcome = next(o for o in verdict.outcomes if o.name == name)
    levels = outcome.coverage.levels
    public = _links(stage, stage.folder / "announcement" / view.id)
    laid = _links(stage, stage.folder / "reports" / view.id)
    return {
        "id": view.id,
        "name": name,
        "title": view.title,
        "story": STORIES[name],
        "coverage": outcome.coverage,
        "levels": [f"{count:,} {level}" for level, count in levels.items() if count],
        "band": severity.band.value.replace("_", " ") if severity else "unknown",
        "score": f"{severity.score / 100:.2f}" if severity else "",
        "inputs": severity.inputs if severity else (),
        "grounds": seen.decision.grounds,
        "told": _told(seen),
        "switch": [_switch(each) for each in seen.decision.by_regime],
        "duties": [_duty(standing) for standing in case.duties],
        "alarms": [alarm.text for alarm in case.alarms],
        "decisions": sum(a.kind == "decision" for a in case.artefacts),
        "public": [
            (title, [link for link in public if link[0].partition(".")[0] == stem])
            for stem, title in _PUBLIC
        ],
        "reports": _by_paper(laid),
        "letters": _letters(stage, view.id),
    }


def _told(seen: Preview) -> list[tuple[str, int, str]]:
    """Return law -> recipients, and how they are told, in the order of how many."""
    replaced = seen.decision.replaced
    counted: Counter[tuple[str, str]] = Counter()
    for cohort in seen.cohorts:
        law = ", ".join(cohort.regimes) or _NO_LAW
        how = "by the announcement alone" if cohort.id in replaced else "by a notice to each"
        if cohort.kinds:
            counted[law, how] += seen.counts.by_cohort.get(cohort.id, 0)
    return [(law, count, how) for (law, how), count in counted.most_common()]


def _switch(each: RegimeSwitch) -> dict[str, str]:
    """Return one regime's say on the announcement."""
    may = "no announcement asked for"
    if not each.owes_notices:
        may = "there is no notice to stand in for"
    elif each.may_replace:
        may = "may stand in for notices"
    elif each.announce:
        may = "comes beside the notices" if each.mode is PublicMode.AND else "is called for"
    notices = "each person is owed one" if each.owes_notices else "not owed"
    return {
        "law": each.regime,
        "notices": notices,
        "may": may,
        "why": each.reason,
        "cite": each.cite,
    }


def _links(stage: Stage, folder: Path) -> Links:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return [(path.name, path.relative_to(stage.folder).as_posix()) for path in found]


def _by_paper(laid: Sequence[tuple[str, str]]) -> list[tuple[str, Links]]:
    """Return report -> its formats."""
    papers: dict[str, Links] = {}
    for name, path in laid:
        stem, _, rest = name.partition(".")
        papers.setdefault(stem, []).append((rest, path))
    return list(papers.items())


def _letters(stage: Stage, incident: str) -> list[tuple[str, Links]]:
    """Return print folder -> its files."""
    marks = sorted(stage.letters.glob(f"{incident}-r*/*/READY"))
    return [(mark.parent.name, _links(stage, mark.parent)) for mark in marks]


def _duty(standing: DutyStanding) -> dict[str, str]:
    duty = standing.duty
    nature = duty.due_nature.value if duty.due_nature else ""
    clock = "no clock" if standing.clock is None else standing.clock.value.replace("_", " ")
    met = ""
    if standing.clock and standing.met_at:
        is_filed = duty.addressee in {Addressee.AUTHORITY, Addressee.OTHER}
        met = f"{standing.met_at:%Y-%m-%d %H:%M} UTC" if is_filed else "everybody is accounted for"
    return {
        "law": duty.regime,
        "what": f"{duty.phase.value} report" if duty.phase else duty.addressee.value,
        "to": duty.to or _TO.get(duty.addressee.value, duty.addressee.value),
        "owed": _OWED[duty.required],
        "due": f"{duty.due_at:%Y-%m-%d %H:%M} UTC ({nature})" if duty.due_at else "-",
        "clock": clock,
        "met": met,
        "reason": duty.reason,
        "cite": duty.cite,
    }

"""Whether people are told one by one, by announcement, or both, explained in numbers.

An announcement comes beside the notices. It stands in their place only for people all of whose
regimes allow that, and only if the operator asks for it, which the approver then sees.
"""

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field

from tocsin.schemas.audience import Cohort
from tocsin.schemas.channels import Channel
from tocsin.schemas.duty import Duty, RegimeSwitch, SwitchDecision
from tocsin.schemas.incident import StatedGround
from tocsin.schemas.regime import Regime


@dataclass(frozen=True, slots=True)
class Telling:
    """What telling a round's people one by one looks like, in numbers."""

    persons: int
    """Who is owed a notice."""
    addressable: int
    """Of those, to whom a contact leads."""
    _: KW_ONLY
    limit: int | None = None
    """More than this are many; None: there is no limit."""
    max_missing_share_percent: int = 100
    """A larger share without a usable contact is many."""
    forecast_s: int | None = None
    """How long telling everyone takes."""
    left_s: int | None = None
    """How long it may take by the earliest due time; None where there is none."""
    short: Mapping[Channel, int] = field(default_factory=dict)
    """Channel -> how many of its people it cannot tell by then."""
    unidentifiable: bool = False
    """Who exactly is concerned cannot be found out."""
    stated: StatedGround | None = None
    """The operator's own ground."""


def hard_to_tell(telling: Telling) -> tuple[bool, tuple[str, ...]]:
    """Return whether telling one by one is hard, and the grounds, each a sentence with numbers."""
    found = [_limit_ground(telling), _contact_ground(telling)]
    if telling.forecast_s is not None:
        found.append(_forecast_ground(telling, telling.forecast_s))
    if telling.unidentifiable:
        found.append((True, "Who exactly is concerned cannot be found out."))
    if telling.stated is not None:
        found.append((True, f"The operator states: {telling.stated.reason}"))
    return any(holds for holds, _ in found), tuple(text for _, text in found)


def regime_switch(regime: Regime, public: Duty, individuals: Duty) -> RegimeSwitch:
    """Return what a regime says of the announcement, from its duties."""
    return RegimeSwitch(
        regime=regime.id,
        announce=public.required is True,
        mode=regime.public.mode,
        reason=public.reason,
        cite=public.cite,
        owes_notices=individuals.required is not False,
    )


def decide_switch(
    telling: Telling, by_regime: Sequence[RegimeSwitch], cohorts: Sequence[Cohort]
) -> SwitchDecision:
    """Return how people are to be told, with its grounds.

    An announcement is called for where telling is hard, or where a regime asks for one on its own
    numbers. Whom no regime protects may be told by it alone.
    """
    hard, grounds = hard_to_tell(telling)
    announce = hard or any(each.announce for each in by_regime)
    may = {each.regime for each in by_regime if each.may_replace}
    instead = telling.stated is not None and telling.stated.instead
    replaced = tuple(
        cohort.id for cohort in cohorts if announce and instead and may.issuperset(cohort.regimes)
    )
    missing = telling.persons - telling.addressable
    said = list(grounds)
    said += [f"{each.regime}: {each.reason} ({each.cite})" for each in by_regime if each.announce]
    if replaced:
        said.append(_replaced_ground(replaced, cohorts, by_regime))
    elif announce:
        said.append(_beside_ground(by_regime, instead=instead, missing=missing))
    return SwitchDecision(
        announce=announce,
        replaces_notices=bool(cohorts) and len(replaced) == len(cohorts),
        grounds=tuple(said),
        hard_to_tell=hard,
        by_regime=tuple(by_regime),
        replaced=replaced,
    )


def _limit_ground(telling: Telling) -> tuple[bool, str]:
    persons, limit = telling.persons, telling.limit
    if limit is None:
        return False, f"{persons:,} people; no limit is set."
    if persons > limit:
        return True, f"{persons:,} people are more than the limit of {limit:,}."
    return False, f"{persons:,} people are within the limit of {limit:,}."


def _contact_ground(telling: Telling) -> tuple[bool, str]:
    persons, threshold = telling.persons, telling.max_missing_share_percent
    missing = persons - telling.addressable
    over = missing * 100 > threshold * persons
    share = f"{missing * 100 / persons:.1f}" if persons else "0.0"
    return over, (
        f"{missing:,} of {persons:,} people ({share} %) have no usable contact: "
        f"{'over' if over else 'within'} the threshold of {threshold} %."
    )


def _forecast_ground(telling: Telling, forecast_s: int) -> tuple[bool, str]:
    said = f"Telling {telling.addressable:,} people one by one takes {duration(forecast_s)}"
    if telling.left_s is None:
        return False, f"{said}."
    if forecast_s <= telling.left_s:
        return False, f"{said}; {duration(telling.left_s)} are left until they have to be told."
    if telling.left_s <= 0:  # an announcement would be as late, so this is no ground for one
        return False, f"{said}; the time by which they have to be told is over."
    over = duration(forecast_s - telling.left_s)
    said = f"{said}, {over} longer than is left until they have to be told"
    return True, f"{said}; {short_said(telling.short)}." if telling.short else f"{said}."


def short_said(short: Mapping[Channel, int]) -> str:
    """Return in words who cannot be told in time: `by e-mail alone 212,000 people are ...`."""
    return "; ".join(
        f"by {channel.label} alone {people:,} {'people are' if people > 1 else 'person is'} "
        "short of the deadline"
        for channel, people in sorted(short.items())
    )


def _replaced_ground(
    replaced: Sequence[int], cohorts: Sequence[Cohort], by_regime: Sequence[RegimeSwitch]
) -> str:
    asked = {r for c in cohorts if c.id in replaced for r in c.regimes}
    named = [
        f"{each.regime} ({each.cite if each.owes_notices else 'which asks for no notice'})"
        for each in by_regime
        if each.regime in asked
    ]
    allowed = ", ".join(named) or "no regime protects them"
    said = f"As the operator asks, it stands in for the notices: {allowed}."
    kept = sorted({r for c in cohorts if c.id not in replaced for r in c.regimes} - asked)
    return f"{said} {', '.join(kept)} keeps its notices." if kept else said


def _beside_ground(by_regime: Sequence[RegimeSwitch], *, instead: bool, missing: int) -> str:
    said = "The notices go out all the same"
    if instead:
        kept = ", ".join(each.regime for each in by_regime if not each.may_replace)
        return f"{said}, as {kept} does not let them be replaced." if kept else f"{said}."
    if missing:
        return (
            f"{said}; the announcement stands in for the {missing:,} people without a contact only."
        )
    return f"{said}."


def duration(seconds: int) -> str:
    """Write a span of time in words: `2 h 5 min`, `40 s`."""
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    parts = [f"{hours:,} h"] if hours else []
    if minutes:
        parts.append(f"{minutes} min")
    if left and not hours:
        parts.append(f"{left} s")
    return " ".join(parts) or "0 s"

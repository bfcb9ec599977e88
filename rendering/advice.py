"""Advice: what a person can do, chosen and ranked from the kinds of data that leaked of them."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from tocsin.rendering.advice_catalogue import Action, Cost, Effort, Tier, Variant, catalogue
from tocsin.schemas.audience import RecipientKind
from tocsin.schemas.data_kinds import SENSITIVITY, DataKind, Sensitivity
from tocsin.schemas.organisation import LocalizedText

MOST_STEPS = 6
_MOST = {Tier.DO_NOW: 3, Tier.THIS_WEEK: 4, Tier.WATCH: 3}
_MOST_HARMS = 3
_CLOSING = ("IGNORE_SCAMS", "VERIFY_NOTICE")
_WEIGHT = {Sensitivity.S1: 1, Sensitivity.S2: 2, Sensitivity.S3: 3}
_TWELFTHS = 12


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the advice: what, why, how long it takes, whether it costs money."""

    id: str
    text: LocalizedText
    why: LocalizedText
    effort: Effort
    cost: Cost
    caveat: LocalizedText


@dataclass(frozen=True, slots=True)
class Advice:
    """Harms, worst first, and the steps by tier; `closing` stands at the end of every notice."""

    harms: tuple[LocalizedText, ...]
    do_now: tuple[Step, ...]
    this_week: tuple[Step, ...]
    watch: tuple[Step, ...]
    closing: tuple[Step, ...]

    @property
    def tiers(self) -> tuple[tuple[Tier, tuple[Step, ...]], ...]:
        """The tiers that have steps, most urgent first."""
        every = (
            (Tier.DO_NOW, self.do_now),
            (Tier.THIS_WEEK, self.this_week),
            (Tier.WATCH, self.watch),
        )
        return tuple((tier, steps) for tier, steps in every if steps)

    def first(self, most: int) -> "Advice":
        """Return the same advice with its `most` highest ranked steps."""
        today, week = self.do_now[:most], self.this_week[: max(0, most - len(self.do_now))]
        watch = self.watch[: max(0, most - len(today) - len(week))]
        return replace(self, do_now=today, this_week=week, watch=watch)


def select_advice(
    kinds: Sequence[DataKind],
    *,
    confirmed_actions: Collection[str],
    country: str | None,
    recipient: RecipientKind = RecipientKind.SELF,
    discreet: bool = False,
) -> Advice:
    """Return the advice for a person of whom `kinds` leaked.

    At most 3 steps for today, 4 for the week, 3 to watch, and six in all. An action that claims
    something the organisation did is dropped, or replaced by its plain form, unless
    `confirmed_actions` holds it. `country` (ISO 3166; None when unknown) decides which national
    services are named. `discreet` leaves out what would tell which specially protected kind it is.
    """
    ranked = sorted(dict.fromkeys(kinds), key=lambda kind: -_WEIGHT[SENSITIVITY[kind]])
    taken: set[str] = set(_CLOSING)
    left = MOST_STEPS
    chosen: dict[Tier, tuple[Step, ...]] = {}
    for tier in Tier:
        steps: list[Step] = []
        for name in _named(tier, ranked, country, recipient):
            real = _confirmed(name, confirmed_actions)
            if real is None or real in taken or len(steps) == min(_MOST[tier], left):
                continue
            step = _step(real, country=country, recipient=recipient, discreet=discreet)
            if step is not None:
                taken.add(real)
                steps.append(step)
        left -= len(steps)
        chosen[tier] = tuple(steps)
    actions = catalogue().actions
    return Advice(
        harms=_harms(ranked, discreet=discreet),
        do_now=chosen[Tier.DO_NOW],
        this_week=chosen[Tier.THIS_WEEK],
        watch=chosen[Tier.WATCH],
        closing=tuple(_as_step(name, actions[name], Variant()) for name in _CLOSING),
    )


def _named(
    tier: Tier, kinds: Sequence[DataKind], country: str | None, recipient: RecipientKind
) -> list[str]:
    """Name a tier's actions: combinations, then what must come first, then the most often named."""
    book = catalogue()
    votes: Counter[str] = Counter()
    for kind in kinds:
        entry = book.data_kinds[kind]
        national = entry.by_country.get(country or "", {}).get(tier, ())
        extra = [name for other, add in entry.add_if.items() if other in kinds for name in add]
        own: tuple[str, ...] = getattr(entry, tier.value)
        votes.update(dict.fromkeys([*(extra if tier is Tier.DO_NOW else ()), *own, *national], 1))
    order = [name for name, _ in votes.most_common()]
    if tier is Tier.DO_NOW:
        met = [c for c in book.combinations if _holds(kinds, all_of=c.all, any_of=c.any)]
        kit = [name for c in met for name in c.do_now]
        care = ["CHILD_TALK"] if recipient is RecipientKind.GUARDIAN else []
        order = list(dict.fromkeys([*kit, *care, *order]))
    return sorted(order, key=lambda name: not book.actions[name].first)


def _holds(
    kinds: Sequence[DataKind], *, all_of: Sequence[DataKind], any_of: Sequence[DataKind]
) -> bool:
    return set(all_of) <= set(kinds) and bool(set(any_of) & set(kinds))


def _confirmed(name: str, confirmed_actions: Collection[str]) -> str | None:
    action = catalogue().actions[name]
    if action.needs is None or action.needs in confirmed_actions:
        return name
    return action.otherwise


def _step(
    name: str, *, country: str | None, recipient: RecipientKind, discreet: bool
) -> Step | None:
    action = catalogue().actions[name]
    child = recipient is RecipientKind.GUARDIAN and name.startswith("CHILD_")
    if discreet and action.reveals and not child:
        return None
    if recipient is RecipientKind.MINOR and action.not_for_minors:
        return None
    if not action.by_country:
        return _as_step(name, action, Variant())
    variant = _variant(action, country)
    return None if variant is None else _as_step(name, action, variant)


def _variant(action: Action, country: str | None) -> Variant | None:
    groups = catalogue().country_groups
    keys = [country or "", *(g for g, members in groups.items() if country in members), "*"]
    return next((action.by_country[key] for key in keys if key in action.by_country), None)


def _as_step(name: str, action: Action, variant: Variant) -> Step:
    return Step(
        id=name,
        text={**action.text, **variant.text},
        why=action.why,
        effort=action.effort,
        cost=variant.cost or action.cost,
        caveat=variant.caveat,
    )


def _harms(kinds: Sequence[DataKind], *, discreet: bool) -> tuple[LocalizedText, ...]:
    """Rank harms: by combination, then by how high and how often sensitive kinds name them."""
    book = catalogue()
    score: Counter[str] = Counter()
    for kind in kinds:
        for place, name in enumerate(book.data_kinds[kind].harms, start=1):
            score[name] += _WEIGHT[SENSITIVITY[kind]] * _TWELFTHS // place
    met = [c for c in book.combinations if _holds(kinds, all_of=c.all, any_of=c.any)]
    order = dict.fromkeys([name for c in met for name in c.harms_first])
    order.update(dict.fromkeys(name for name, _ in score.most_common()))
    told = [book.harms[n] for n in order if not (discreet and book.harms[n].reveals)]
    return tuple(harm.text for harm in told[:_MOST_HARMS])

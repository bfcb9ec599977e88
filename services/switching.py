"""Switching: whether a round's people are told one by one, by announcement, or both."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from tocsin.rules.limits import UNLIMITED, Limits
from tocsin.rules.switch import Telling, decide_switch, hard_to_tell, regime_switch
from tocsin.rules.versions import law_of
from tocsin.schemas.audience import AudienceCounts, Cohort
from tocsin.schemas.duty import Addressee, Duty, SwitchDecision
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.policy import Policy
from tocsin.schemas.regime import Regime
from tocsin.services.assessment import judged, told_by
from tocsin.services.forecast import forecast


def switch(
    counts: AudienceCounts,
    incident: IncidentFile,
    cohorts: Sequence[Cohort],
    regimes: Sequence[Regime],
    policy: Policy,
    *,
    raised_at: datetime,
    now: datetime,
    bad_contacts: Mapping[str, int] | None = None,
    sending: bool = False,
    told: Mapping[str, datetime] | None = None,
    measured: Mapping[str, float] | None = None,
    limits: Limits = UNLIMITED,
) -> tuple[SwitchDecision, list[Duty]]:
    """Return how a round's people are to be told, and the duties that follow from it.

    `bad_contacts` are people by residence to whom no contact leads, where more is known by now than
    resolution counted. While the round is `sending`, how long it takes is no ground any more.
    `told` says when the first notice left, by regime; `measured` how many notices per second lanes
    took in earlier rounds; `limits` what is held to.
    """
    bad = counts.without_contact_by_residence if bad_contacts is None else bad_contacts
    judged_as = partial(
        judged,
        incident,
        regimes,
        policy,
        counted=counts.by_residence,
        raised_at=raised_at,
        bad_contacts=bad,
        told=told,
    )
    due = told_by(judged_as(hard=False))
    owed = counts.persons - counts.persons_excluded
    limit = incident.announcement_limit
    expected = None
    if not sending:
        expected = forecast(counts.by_lane, policy, measured or {}, limits, now=now, until=due)
    telling = Telling(
        owed,
        owed - sum(bad.values()),
        limit=limit if limit is not None else policy.announcement_limit,
        max_missing_share_percent=policy.max_missing_share_percent,
        forecast_s=None if expected is None else expected.seconds,
        left_s=None if due is None else int((due - now).total_seconds()),
        short={} if expected is None else expected.short,
        unidentifiable=incident.facts.unidentifiable.value is True,
        stated=incident.announcement,
    )
    hard, _ = hard_to_tell(telling)
    duties = judged_as(hard=hard)
    of = {(d.regime, d.addressee): d for d in duties}
    by_regime = [
        regime_switch(r, of[r.id, Addressee.PUBLIC], of[r.id, Addressee.INDIVIDUALS])
        for r in law_of(regimes, incident, raised_at)
        if (r.id, Addressee.PUBLIC) in of
    ]
    return decide_switch(telling, by_regime, cohorts), duties

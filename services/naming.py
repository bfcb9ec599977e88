"""Names and hashes of what is drafted: the same wherever it is drafted, approved or checked."""

from collections.abc import Mapping
from typing import Any

from tocsin.schemas.artefact import ArtefactKind
from tocsin.schemas.canonical import canonical, sha256_hex
from tocsin.schemas.channels import Channel
from tocsin.schemas.duty import Duty

_PHASE = 3
"""How many parts `REGIME:authority:phase` has."""


def artefact_name(kind: ArtefactKind, round_id: str) -> str:
    """Return the name of a round's artefact: `notice-r1`, `announcement-r1`."""
    return f"{kind}-{round_id.rpartition('/')[2]}"


def text_name(round_id: str, cohort: int, channel: Channel) -> str:
    """Return the name of a cohort's text on a channel: `INC-1/r1#0`, `INC-1/r1#0/sms`."""
    name = f"{round_id}#{cohort}"
    return name if channel is Channel.EMAIL else f"{name}/{channel}"


def page_name(round_id: str, path: str) -> str:
    """Return the name of a round's public file among its texts: `INC-1/r1@genuine.en.html`."""
    return f"{round_id}@{path}"


def pages_in(texts: Mapping[str, str], round_id: str) -> dict[str, str]:
    """Return the public files among a round's texts, by path; none where it is announced."""
    start = page_name(round_id, "")
    return {
        name.removeprefix(start): text for name, text in texts.items() if name.startswith(start)
    }


def report_name(duty: Duty, *, number: int = 1) -> str:
    """Return the name of the artefact that is a duty's report: `report-EU-GDPR-early`.

    Facts that change after it was approved are told in another filing: `report-EU-GDPR-early-2`.
    """
    second = duty.id.split(":")[_PHASE:]  # the rule, where a phase has several reports
    name = "-".join((f"report-{duty.regime}-{duty.phase}", *second))
    return name if number == 1 else f"{name}-{number}"


def texts_hash(texts: Mapping[str, str]) -> str:
    """Return one hash over texts by name."""
    return sha256_hex(canonical({name: sha256_hex(text.encode()) for name, text in texts.items()}))


def plan_hash(plan: Mapping[str, Any]) -> str:
    """Return the hash of a plan."""
    return sha256_hex(canonical(plan))

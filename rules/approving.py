"""What the gates' findings do to an approval: some refuse it, some want a reason."""

from collections.abc import Sequence

from tocsin.schemas.errors import Conflict, InvalidInput
from tocsin.schemas.finding import Finding, FindingSeverity

_SHOWN = 20


def check_findings(findings: Sequence[Finding], *, accepted: str) -> None:
    """Refuse an approval that findings stand against.

    `accepted` is the reason with which the approver takes the warnings, empty without one. Raises
    Conflict when a finding blocks, InvalidInput on `--accept-warnings` when a warning is not
    accepted, or when there is none to accept.
    """
    blocking = [f for f in findings if f.severity is FindingSeverity.BLOCK]
    warnings = [f for f in findings if f.severity is FindingSeverity.WARN]
    if blocking:
        count = _counted(blocking, "finding")
        message = f"{count} of the gates must be dealt with first{_listed(blocking)}"
        raise Conflict(
            message,
            field="artefact",
            fix="revise the incident: `tocsin incident raise FILE --revises`",
        )
    if warnings and not accepted.strip():
        count = _counted(warnings, "warning")
        message = f"{count} of the gates need a reason to be accepted{_listed(warnings)}"
        raise InvalidInput(
            message, field="--accept-warnings", fix="revise the incident, or say why it is right so"
        )
    if accepted.strip() and not warnings:
        message = "there is no warning to accept"
        raise InvalidInput(message, field="--accept-warnings", fix="leave it out")


def _counted(findings: Sequence[Finding], noun: str) -> str:
    return f"{len(findings)} {noun}{'' if len(findings) == 1 else 's'}"


def _listed(findings: Sequence[Finding]) -> str:
    lines = [f"\n  {finding}" for finding in findings[:_SHOWN]]
    if len(findings) > _SHOWN:
        lines.append(f"\n  and {len(findings) - _SHOWN} more: see the preview")
    return "".join((":", *lines, "\n "))

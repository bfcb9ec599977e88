"""What a report must not be when it is approved: late without a reason, or about a person."""

from datetime import datetime, timedelta

from tocsin.rules.privacy import find_personal_data
from tocsin.schemas.errors import Conflict, InvalidInput
from tocsin.schemas.report import Report

CLOCK_SKEW = timedelta(minutes=5)
"""How far ahead another clock may be before a time counts as being in the future."""
_OF_ORGANISATIONS = ("org.", "who.", "tp.", "oth.")
"""Keys that hold names, contacts and references of organisations and of whoever reports."""
_CODES_OF_ORGANISATIONS = frozenset({"A_ENTITY", "A_CONTACT", "A_LE_INFORMED"})


def check_report(report: Report, now: datetime) -> None:
    """Refuse a report that cannot be approved as it is; the error names the field.

    Raises:
        Conflict: its due time is over and it says no reason.
        InvalidInput: an answer seems to hold personal data. The answer itself is not repeated.
    """
    if is_late(report, now) and not report.late_reason:
        message = f"{report.artefact} is late, and says no reason"
        fix = f"`tocsin incident report late {report.incident_id} {report.artefact} --reason ...`"
        raise Conflict(message, field="late_reason", fix=fix)
    for field in report.shown:
        if field.key.startswith(_OF_ORGANISATIONS) or field.key in _CODES_OF_ORGANISATIONS:
            continue
        kind = find_personal_data(field.value)
        if kind is not None:
            message = f"this answer seems to hold {kind}"
            fix = "revise the incident: describe it without the value"
            raise InvalidInput(message, field=f"field {field.n} ({field.label_en})", fix=fix)


def is_late(report: Report, now: datetime) -> bool:
    """Whether the due time of a report is over."""
    return report.due_at is not None and now > report.due_at


def check_receipt(*, reference: str, at: datetime, laid_at: datetime, now: datetime) -> None:
    """Refuse a receipt that cannot be: without a reference, in the future, before the filing."""
    if not reference.strip() or not reference.isprintable():
        message = "is no reference"
        fix = "write what the authority gave; `none` if it gave nothing"
        raise InvalidInput(message, field="--reference", fix=fix)
    if at > now + CLOCK_SKEW:
        message = "is in the future"
        raise InvalidInput(message, field="--at", fix="check the date and the time zone")
    if at + timedelta(minutes=1) <= laid_at:
        message = "is before the report was laid ready"
        raise InvalidInput(message, field="--at", fix="write when the authority took it")

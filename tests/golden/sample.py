"""One incident, its organisation and its cohorts: what the rendering tests and golden files use."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, cast

from tocsin.rendering.channel_texts import channel_text
from tocsin.schemas.audience import Cohort, RecipientKind
from tocsin.schemas.channels import Channel, Disclosure
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.duty import Addressee, Band, DueNature, Duty, Phase, Severity
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.notice import NoticeContext, OpenText, Publication
from tocsin.schemas.organisation import Organisation
from tocsin.schemas.report import DeliveryFigures, ReportContext

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
KINDS = (
    DataKind.EMAIL_ADDRESS,
    DataKind.PASSWORD_WEAK_HASH,
    DataKind.PHONE_NUMBER,
    DataKind.POSTAL_ADDRESS,
    DataKind.NAME,
)
ORGANISATION = Organisation(
    id="example-books",
    legal_name="Example Books Ltd",
    brand="Example Books",
    names={"zh-Hans": "示例书店"},
    site="books.example.com",
    postal_address="1 Quay Street, Dublin, Ireland",
    country="IE",
    contact_email="privacy@books.example.com",
    contact_phone="+353 1 555 0100",
    contact_hours={
        "en": "Monday to Friday, 9:00 to 17:00",
        "zh-Hans": "周一至周五 9:00 至 17:00",
    },
    dpo_name="The Officer",
    dpo_contact="dpo@books.example.com",
    sender_email="notices@books.example.com",
    authorities={"EU-GDPR": "Data Protection Commission"},
)


class _Acting(StrEnum):
    """Recipients that the catalogues have words for."""

    REPRESENTATIVE = "representative"
    NEXT_OF_KIN = "next_of_kin"
    ORGANISATION = "organisation"


def _recipient(name: str) -> RecipientKind:
    known = {kind.value: kind for kind in RecipientKind}
    return known.get(name) or cast("RecipientKind", _Acting(name))


RECIPIENTS = tuple(
    map(
        _recipient,
        ("self", "minor", "guardian", "representative", "next_of_kin", "organisation"),
    )
)
PROTECTED = (DataKind.NAME, DataKind.NATIONAL_ID, DataKind.MEDICAL)
REFERENCE = "23456-ABCDE"
CODE = "n-7k2qx-1-gmail-123-0-aaaaabbbbbccc"
INCIDENT: dict[str, Any] = {
    "title": "Copied customer database",
    "organisation": "example-books",
    "facts": {
        "started": {"value": {"at": "2026-11-12T00:00:00+01:00", "precision": "day"}},
        "detected": "2026-11-20T09:30:00+01:00",
        "aware": "2026-11-20T11:00:00+01:00",
        "cause": "malicious_outsider",
        "persons": {"value": {"total": 12_000, "by_residence": {"CN": 4_000, "DE": 8_000}}},
        "records": {"state": "estimated", "value": 15_000},
        "systems": {"value": ["shop database"]},
    },
    "narratives": {
        "what_happened": {
            "en": "Criminals copied a back-up of our shop database from a storage server.\n"
            "They used the password of a former supplier.",
            "zh-Hans": "不法分子从一台存储服务器复制了我们商店数据库的备份。\n"
            "他们使用了一家前供应商的密码。",
        },
        "why": {
            "en": "The supplier's access was not removed when the contract ended.",
            "zh-Hans": "合同结束后，该供应商的访问权限没有及时取消。",
        },
        "what_was_done": {
            "en": "We closed the access and told the police.",
            "zh-Hans": "我们关闭了该访问权限，并已报警。",
        },
        "what_will_be_done": {"en": "We will write again by 4 December 2026."},
    },
    "data_kinds": [kind.value for kind in KINDS],
    "scope": {"everyone": True},
    "measures": [
        {
            "what": {"en": "Supplier access closed", "zh-Hans": "关闭供应商访问权限"},
            "status": "done",
            "on": "2026-11-20",
        },
        {"what": {"en": "Audit of supplier accounts."}, "status": "in_progress"},
        {"what": {"en": "Keys for each supplier"}, "status": "planned", "on": "2026-12-15"},
    ],
    "remedies": [
        {"id": "FORCED_RESET"},
        {
            "id": "HOTLINE",
            "details": {
                "en": "Call +353 1 555 0100 until 31 March 2027.",
                "zh-Hans": "请拨打 +353 1 555 0100，至2027年3月31日。",
            },
        },
    ],
    "confirmed_actions": ["org_forced_reset"],
}


def incident(**changes: Any) -> IncidentFile:
    """Return the incident with some of its top-level values replaced."""
    return IncidentFile.model_validate({**INCIDENT, **changes})


def incident_with(part: str, **changes: Any) -> IncidentFile:
    """Return the incident with some facts or narratives replaced."""
    return incident(**{part: {**INCIDENT[part], **changes}})


def context(
    *,
    of: IncidentFile | None = None,
    organisation: Organisation = ORGANISATION,
    drill: bool = False,
    round_id: str = "round-1",
    publication: Publication | None = None,
) -> NoticeContext:
    """Return the context of a round of the incident."""
    return NoticeContext(
        incident=of or incident(),
        organisation=organisation,
        round_id=round_id,
        public_code="TC-4K7QX",
        dated=NOW,
        drill=drill,
        required_content={},
        publication=publication or Publication(),
    )


def cohort(
    *,
    number: int = 0,
    regimes: tuple[str, ...] = ("EU-GDPR",),
    locale: str = "en",
    kinds: tuple[DataKind, ...] = KINDS,
    recipient: RecipientKind = RecipientKind.SELF,
    disclosure: Disclosure = Disclosure.CLOSED,
) -> Cohort:
    """Return a cohort of the incident."""
    return Cohort(
        id=number,
        regimes=regimes,
        locale=locale,
        kinds=kinds,
        recipient=recipient,
        disclosure=disclosure,
    )


OPEN = (Channel.SMS, Channel.WEB_PUSH, Channel.APP_PUSH, Channel.CALL)


def open_texts(*, drill: bool = False) -> tuple[OpenText, ...]:
    """Return what anybody may read of the messages of a round."""
    return tuple(
        OpenText(channel, locale, channel_text(channel, cohort(locale=locale), of).text)
        for of in [context(drill=drill)]
        for channel in OPEN
        for locale in ("en", "zh-Hans")
    )


def duty(*, regime: str = "CN-CAC-INCIDENT", **changes: Any) -> Duty:
    """Return a duty to report, due four hours after NOW."""
    values: dict[str, Any] = {
        "id": f"{regime}:authority:early",
        "regime": regime,
        "addressee": Addressee.AUTHORITY,
        "phase": Phase.EARLY,
        "required": True,
        "reason": "more than 1,000 people are concerned",
        "cite": "Art. 4",
        "to": "the authority",
        "starts_at": NOW,
        "due_at": NOW + timedelta(hours=4),
        "due_nature": DueNature.LAW,
    }
    return Duty.model_validate({**values, **changes})


def report_context(
    *,
    content: tuple[str, ...],
    locale: str = "en",
    counted: bool = True,
    of: IncidentFile | None = None,
    **changes: Any,
) -> ReportContext:
    """Return what a report is drafted from; `changes` are values of the duty."""
    figures = DeliveryFigures(
        as_of=NOW,
        in_scope=12_000,
        open=10,
        reached=11_000,
        announced=0,
        unreachable=900,
        excluded=90,
    )
    return ReportContext(
        incident_id="incident-1",
        artefact="report-1",
        revision=2,
        incident=of or incident(),
        organisation=ORGANISATION,
        duty=duty(content=content, **changes),
        severity=Severity(dpc=300, ei=100, cb=50, score=350, band=Band.HIGH, inputs=()),
        authority="The authority",
        figures=figures if counted else None,
        residences={"CN": 4_000, "DE": 8_000} if counted else {},
        drafted_at=NOW,
        drill=False,
        locale=locale,
    )

"""Reports of one incident on the forms of authorities: barely known, and known in full."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tocsin.forms.load import load_forms
from tocsin.schemas.duty import Addressee, Band, DueNature, Duty, Phase, Severity
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.incident_facts import NetworkGrade
from tocsin.schemas.organisation import Organisation
from tocsin.schemas.report import Before, DeliveryFigures, ReportContext

from golden.sample import INCIDENT, NOW, ORGANISATION

TOLD = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
FULL_ORGANISATION = Organisation.model_validate(
    {
        **ORGANISATION.model_dump(),
        "registration": "IE 512345",
        "owner": "private",
        "size": "small_or_medium",
        "small_business": False,
        "activity": {"en": "Retail sale of books (NACE 47.61)", "zh-Hans": "图书零售"},
        "covered_entity": "provider",
        "health_records": "vendor",
        "people_held": 40_000,
        "lei": "635400ABCDEFGHIJKL12",
        "parent": "Example Holding plc",
        "parent_lei": "635400ABCDEFGHIJKL13",
        "legal_representative": "The managing director",
        "incident_contact": "Duty officer, incident response",
        "incident_contact_details": "duty@books.example.com, +353 1 555 0199, at any hour",
    }
)


def _both(en: str, zh: str) -> dict[str, str]:
    return {"en": en, "zh-Hans": zh}


CIRCUMSTANCES: dict[str, Any] = {
    "found_by": "controller",
    "found_how": _both("Our monitoring saw a large transfer.", "监控系统发现大量数据外传。"),
    "place": _both("Storage server in Frankfurt", "法兰克福的存储服务器"),
    "kind": "exfiltration",
    "exfiltration": "proven",
    "cyber": True,
    "major_criteria": ["data_losses", "geographical_spread"],
    "service_impact": _both("The shop stayed open.", "网店照常营业。"),
    "recovered": "2026-11-20T18:00:00+01:00",
    "costs": _both("For forensics so far", "目前用于取证"),
    "person_categories": ["customers", "minors"],
    "persons_described": _both("Customers of the web shop since 2019", "2019年以来的网店客户"),
    "data_described": _both("One record per order", "每个订单一条记录"),
    "system_basics": _both(
        "Database of the web shop, back-up on a storage server", "网店数据库及其存储服务器上的备份"
    ),
    "safeguards": ["backup", "logical_access", "policies"],
    "safeguards_described": _both("Back-ups were not encrypted.", "备份没有加密。"),
    "prevention": ["encryption", "contracts"],
    "prevention_described": _both("Back-ups are encrypted from now on.", "今后对备份加密。"),
    "parties": [],
    "reporter": {
        "name": "The Officer",
        "function": "dpo",
        "position": "Data protection officer",
        "contact": "dpo@books.example.com, +353 1 555 0100",
    },
    "attacker": _both("Unknown; addresses are with the police", "尚不明确，相关地址已提供警方"),
    "attack_path": _both(
        "Valid password of a former supplier, no second factor",
        "前供应商的有效密码，没有双因素认证",
    ),
    "ransom": {"state": "not_applicable"},
    "trend": _both("No sale of the data was seen.", "尚未发现数据被出售。"),
    "harm_so_far": _both("No misuse is known.", "尚未发现冒用。"),
    "support": _both("None at present", "暂无"),
    "scene": _both("Disk image and logs are kept.", "磁盘镜像和日志均已保存。"),
    "media": ["server"],
    "consequences": ["disclosed_beyond", "misused"],
    "impacts": ["loss_of_control", "fraud"],
    "risk": "high",
    "risk_reasoning": _both("Weakly hashed passwords can be recovered.", "弱哈希密码可以被还原。"),
    "police": [{"authority": "Garda", "on": "2026-11-20", "reference": "PULSE-1"}],
    "other_authorities": [],
    "cross_border": True,
    "lead_authority": "Data Protection Commission",
    "establishments": ["IE"],
    "media_told": [],
    "delayed_by_police": {"state": "not_applicable"},
    "responsibility": _both("The contract owner was trained anew.", "合同负责人已重新培训。"),
    "lessons": _both("Access ends with the contract.", "合同终止时访问权限同时终止。"),
    "grounds": ["financial_damage", "many_persons"],
    "security_programme": True,
    "minors_count": 40,
    "elderly_count": 900,
    "notice_means": ["email", "letter"],
    "made_public_on": {"state": "not_applicable"},
    "credit_bureaus": [],
    "earlier_notices": [],
    "confidential": _both("None of it", "无"),
    "notes": _both("None", "无"),
}
"""Everything that forms ask beside the facts."""
_FACTS = {
    **INCIDENT["facts"],
    "ended": "2026-11-20T12:00:00+01:00",
    "confidentiality": "unknown_recipients",
    "integrity": "not_lost",
    "availability": "not_lost",
    "unintelligible": False,
    "classified": "2026-11-20T15:00:00+01:00",
    "outage_hours": 30,
    "clients_affected": 12_000,
    "clients_share_percent": 12,
    "counterparts_share_percent": 0,
    "transactions_share_percent": 3,
    "loss_eur": 40_000,
    "network_grade": "general",
    "critical_infrastructure": False,
    "assessed": "2026-11-20T18:00:00+01:00",
    "material_since": "2026-11-20T18:00:00+01:00",
    "sectors": ["retail", "hipaa_covered_entity"],
}
BARE: dict[str, Any] = {
    **INCIDENT,
    "facts": {"aware": "2026-11-20T11:00:00+01:00"},
    "narratives": {"what_happened": {"en": "We are finding out."}},
    "measures": [],
    "remedies": [],
}
"""Two facts: the organisation, and when it became aware."""
FULL: dict[str, Any] = {**INCIDENT, "facts": _FACTS, "circumstances": CIRCUMSTANCES}
FIGURES = DeliveryFigures(
    as_of=NOW, in_scope=12_000, open=0, reached=12_000, announced=0, unreachable=0, excluded=0
)


def filing(
    regime: str,
    phase: Phase,
    *,
    known: bool,
    before: Before | None = None,
    due_in: timedelta = timedelta(hours=4),
    late_reason: str | None = None,
    drill: bool = False,
    form: str = "",
    **changes: Any,
) -> ReportContext:
    """Return what a report of a regime is drafted from, on its own form or on one that is named.

    `changes` replace parts of the incident.
    """
    on = next(f for f in load_forms() if f.id == form or (not form and f.takes(regime, phase)))
    return ReportContext(
        incident_id="INC-7K2QX",
        artefact=f"report-{regime}-{phase.value}",
        revision=1,
        incident=IncidentFile.model_validate({**(FULL if known else BARE), **changes}),
        organisation=FULL_ORGANISATION if known else ORGANISATION,
        duty=Duty(
            id=f"{regime}:authority:{phase.value}",
            regime=regime,
            addressee=Addressee.AUTHORITY,
            phase=phase,
            required=True,
            reason="",
            cite="Art. 33(1)",
            to="the authority",
            starts_at=NOW - timedelta(hours=1),
            due_at=NOW + due_in,
            due_nature=DueNature.LAW,
        ),
        severity=Severity(dpc=300, ei=100, cb=50, score=350, band=Band.HIGH, inputs=()),
        authority="The competent authority",
        form=on,
        before=before,
        grade=NetworkGrade.GENERAL if known else None,
        grade_settled=known,
        figures=FIGURES if known else None,
        told_from=TOLD if known else None,
        residences={"CN": 4_000, "DE": 7_000, "US-CA": 1_000} if known else {},
        drafted_at=NOW,
        drill=drill,
        locale=on.locales[0],
        late_reason=late_reason,
    )

"""An incident of which everything is known and said, for any regime: what a pack is tried on."""

from datetime import UTC, datetime
from typing import Any

from tocsin.regimes.load import load_regimes
from tocsin.runtimes.press import NoticePress
from tocsin.schemas.audience import Cohort
from tocsin.schemas.channels import Disclosure
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.duty import OneByOne
from tocsin.schemas.finding import Finding
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.notice import NoticeContext, OpenText
from tocsin.schemas.organisation import Organisation
from tocsin.schemas.regime import Regime
from tocsin.schemas.views import RoundView
from tocsin.services.drafting import notice_context
from tocsin.services.judging import judged_pages

from golden.sample import INCIDENT, OPEN, cohort

CREDIT = (DataKind.NAME, DataKind.TAX_ID_SSN, DataKind.DRIVER_LICENCE)
ONLINE = (DataKind.EMAIL_ADDRESS, DataKind.PASSWORD_WEAK_HASH)
CARDS = (DataKind.NAME, DataKind.PAYMENT_CARD_FULL)
NATURE = {
    "en": ("Criminals copied a back-up", "supplier", "someone outside"),
    "zh-Hans": ("不法分子", "供应商"),
}
"""Words by which a notice would tell what happened."""
SHOP = Organisation(
    id="example-books",
    legal_name="Example Books Inc",
    brand="Example Books",
    names={"zh-Hans": "示例书店"},
    site="books.example.com",
    postal_address="100 Main Street, Boston, MA 02108",
    country="US",
    contact_email="privacy@books.example.com",
    contact_phone="1-800-555-0100",
    dpo_contact="dpo@books.example.com",
    sender_email="notices@books.example.com",
    parent="Example Holdings Inc",
)
_PRESS = NoticePress()
_VIEW = RoundView(
    "INC-1/r1", "INC-1", 1, "initial", "frozen", datetime(2026, 11, 24, 10, tzinfo=UTC), 1, "", None
)


def complete_incident(**changes: Any) -> IncidentFile:
    """Return the incident; a leak is possible and not confirmed, and the notice is late."""
    told = {
        **INCIDENT,
        "facts": {
            **INCIDENT["facts"],
            "confidentiality": "unknown_recipients",
            "exfiltration": "possible",
            "law_enforcement_delay": False,
            "was_source": True,
        },
        "circumstances": {"place": {"value": {"en": "Boston", "zh-Hans": "波士顿"}}},
        "narratives": {
            **INCIDENT["narratives"],
            "what_will_be_done": {
                "en": "We will write again by 4 December 2026.",
                "zh-Hans": "我们会在2026年12月4日前再次告知。",
            },
            "why_late": {
                "en": "This notice is late, because the logs had to be restored first.",
                "zh-Hans": "本通知有所推迟，因为需要先恢复日志。",
            },
        },
        "remedies": [{"id": "CREDIT_MONITORING", "months": 24}],
    }
    return IncidentFile.model_validate({**told, **changes})


def of_regimes(
    *regimes: Regime, of: IncidentFile | None = None, organisation: Organisation = SHOP
) -> NoticeContext:
    """Return the context of a round whose people live under some regimes of the pack."""
    return notice_context(
        _VIEW,
        of or complete_incident(),
        organisation,
        regimes=regimes,
        drill=False,
        key=b"k" * 32,
        late=[regime.id for regime in regimes],
    )


def people_of(
    *regimes: Regime,
    locale: str,
    kinds: tuple[DataKind, ...] = CREDIT,
    disclosure: Disclosure = Disclosure.CLOSED,
) -> Cohort:
    """Return a cohort of people under some regimes."""
    ids = tuple(regime.id for regime in regimes)
    return cohort(regimes=ids, locale=locale, kinds=kinds, disclosure=disclosure)


def newest(name: str) -> Regime:
    """Return the newest version of a regime of the pack."""
    return [regime for regime in load_regimes() if regime.id == name][-1]


def public_pages(
    context: NoticeContext, *regimes: Regime, locale: str
) -> tuple[dict[str, str], tuple[Finding, ...]]:
    """Return the files of an announcement to people under some regimes, and what is found."""
    ids = tuple(regime.id for regime in regimes)
    each = people_of(*regimes, locale=locale)
    said = tuple(OpenText(c, locale, _PRESS.text(c, each, context).text) for c in OPEN)
    files = _PRESS.announcement(
        context,
        kinds=CREDIT,
        regimes=ids,
        locales=[locale],
        one_by_one=OneByOne.NOBODY,
        channels=OPEN,
        open_texts=said,
    )
    pages = {name: page.decode() for name, page in files.items()}
    codes = _PRESS.said_in_public(
        context, kinds=CREDIT, regimes=ids, locales=[locale], one_by_one=OneByOne.NOBODY
    )
    found = judged_pages(pages, [locale], context, regimes=ids, kinds=CREDIT, said=codes)
    return pages, found

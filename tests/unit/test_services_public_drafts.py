"""What an approver is told of an announcement before it is drafted any further."""

from datetime import UTC, datetime

import pytest
from tocsin.runtimes.press import NoticePress
from tocsin.schemas.duty import SwitchDecision
from tocsin.schemas.finding import FindingSeverity
from tocsin.schemas.views import RoundView
from tocsin.services.drafting import Decided
from tocsin.services.public_drafts import found_on

from fakes.regimes import FOUR
from golden.sample import ORGANISATION, context

ROUND = RoundView(
    "INC-1/r1", "INC-1", 1, "initial", "frozen", datetime(2026, 11, 24, tzinfo=UTC), 1, "", None
)
PAGES = {"index.txt": ""}


def decided(*, phone: str | None, toll_free: bool) -> Decided:
    decision = SwitchDecision(announce=True, replaces_notices=False, grounds=())
    organisation = ORGANISATION.model_copy(update={"contact_phone": phone})
    regime = FOUR["CN-PIPL"]
    public = regime.public.model_copy(update={"toll_free": toll_free, "cite": "Art. 1"})
    law = (regime.model_copy(update={"id": "US-X", "public": public}),)
    return Decided(ROUND, context(organisation=organisation), (), {}, {}, decision, law)


def test_an_announcement_that_needs_a_number_says_so_where_there_is_none() -> None:
    (found,) = found_on(decided(phone=None, toll_free=True), PAGES, NoticePress())

    assert (found.rule, found.severity) == ("US-X TOLL_FREE", FindingSeverity.WARN)
    assert found.text == "US-X asks for a number to call without charge (Art. 1)."


@pytest.mark.parametrize(("phone", "toll_free"), [("+1 800 555 0100", True), (None, False)])
def test_nothing_is_missing_where_a_number_stands_or_none_is_asked_for(
    phone: str | None, toll_free: bool
) -> None:
    assert found_on(decided(phone=phone, toll_free=toll_free), PAGES, NoticePress()) == ()


def test_nothing_is_found_where_nothing_is_announced() -> None:
    assert found_on(decided(phone=None, toll_free=True), {}, NoticePress()) == ()

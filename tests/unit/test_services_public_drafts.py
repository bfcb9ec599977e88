"""What an approver is told of an announcement before it is drafted any further."""

from datetime import UTC, datetime
from typing import Any

import pytest
from tocsin.regimes.load import load_regimes
from tocsin.schemas.duty import SwitchDecision
from tocsin.schemas.views import RoundView
from tocsin.services.drafting import Decided
from tocsin.services.public_drafts import lacks_number

from golden.sample import ORGANISATION, context

ROUND = RoundView(
    "INC-1/r1", "INC-1", 1, "initial", "frozen", datetime(2026, 11, 24, tzinfo=UTC), 1, "", None
)


def decided(*, announce: bool, phone: str | None) -> Decided:
    decision = SwitchDecision(announce=announce, replaces_notices=False, grounds=())
    organisation = ORGANISATION.model_copy(update={"contact_phone": phone})
    return Decided(ROUND, context(organisation=organisation), (), {}, {}, decision, ())


def asking(*, toll_free: bool) -> list[Any]:
    regime = load_regimes()[0]
    public = regime.public.model_copy(update={"toll_free": toll_free})
    return [regime.model_copy(update={"id": "US-X", "public": public})]


def test_an_announcement_that_needs_a_number_says_so_where_there_is_none() -> None:
    found = lacks_number(decided(announce=True, phone=None), asking(toll_free=True))
    assert found == ["US-X asks for a number to call, and the organisation names none."]


@pytest.mark.parametrize(
    ("announce", "phone", "toll_free"),
    [(True, "+1 800 555 0100", True), (False, None, True), (True, None, False)],
)
def test_nothing_is_missing_where_a_number_stands_or_none_is_asked_for(
    announce: bool, phone: str | None, toll_free: bool
) -> None:
    assert lacks_number(decided(announce=announce, phone=phone), asking(toll_free=toll_free)) == []

"""Each report of the pack is written on the form that is meant for it, or on none."""

import pytest
from tocsin.forms.load import load_forms
from tocsin.regimes.load import load_regimes
from tocsin.schemas.duty import Addressee, Duty
from tocsin.schemas.organisation import Organisation
from tocsin.services.reporting import _form_of

from golden.sample import ORGANISATION


def form_of(regime: str, rule: str, organisation: Organisation = ORGANISATION) -> str | None:
    law = next(each for each in reversed(load_regimes()) if each.id == regime)
    phase = next(report.phase for report in law.reports if report.id == rule)
    duty = Duty(
        id=f"{regime}:authority:{phase}",
        regime=regime,
        rule=rule,
        addressee=Addressee.AUTHORITY,
        phase=phase,
        required=True,
        reason="",
        cite="",
    )
    found = _form_of(load_forms(), load_regimes(), duty, organisation)
    return None if found is None else found.id


@pytest.mark.parametrize(
    ("regime", "rule", "form"),
    [
        ("US-NY", "ny-agencies", "us-ny-ag"),
        ("US-NY", "ny-financial-services", "us-ny-ag"),
        ("US-NY", "ny-determination", None),
        ("US-NY", "ny-hipaa-copy", None),
        ("CH-FADP", "ch-fdpic", "ch-fdpic"),
        ("CH-FADP", "ch-ncsc", None),
        ("AU-NDB", "oaic", "au-oaic-ndb"),
        ("AU-NDB", "au-ransom", None),
        ("CN-PIPL", "pipl-authority", "cn-pipl"),
        ("US-HIPAA", "hhs-annual", "us-hhs-ocr"),
        ("EU-CRA", "cra-notification", None),
    ],
)
def test_a_report_has_the_form_that_fits_it(regime: str, rule: str, form: str | None) -> None:
    assert form_of(regime, rule) == form


def test_a_report_that_is_no_case_for_the_form_has_none_even_where_the_organisation_names_it() -> (
    None
):
    naming = ORGANISATION.model_copy(update={"forms": {"US-NY": "us-ny-ag"}})

    assert form_of("US-NY", "ny-agencies", naming) == "us-ny-ag"
    assert form_of("US-NY", "ny-determination", naming) is None


def test_every_form_that_serves_a_regime_is_reached_by_a_report_of_it() -> None:
    asked = {(r.id, report.phase) for r in load_regimes() for report in r.reports}
    ids = {regime for regime, _ in asked}
    unreached = [
        (form.id, serves.regime)
        for form in load_forms()
        for serves in form.serves
        if serves.regime in ids and not any(serves.holds(regime, phase) for regime, phase in asked)
    ]
    assert unreached == []

from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from tocsin.regimes.load import load_regimes, parse_regime
from tocsin.rules.versions import rules_of
from tocsin.schemas.duty import Phase
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.regime import NEVER, Regime, Unit

PIPL = files("tocsin.regimes").joinpath("cn-pipl.yaml").read_text(encoding="utf-8")


FIRST = "reports[0].when.any[0]"
SECTOR = "reports[0].deadline.stricter[1].when"


def changed(old: str, new: str) -> str:
    assert old in PIPL
    return PIPL.replace(old, new, 1)


def by_id() -> dict[str, Regime]:
    return {regime.id: regime for regime in load_regimes()}


def test_the_built_in_regimes_come_sorted_by_id_and_their_versions_by_age() -> None:
    order = [(regime.id, regime.valid_from) for regime in load_regimes()]

    assert order == sorted(order)
    assert [str(day) for name, day in order if name == "UK-PECR"][-1] == "2025-08-20"


def test_the_gdpr_covers_the_union_and_the_economic_area_but_neither_london_nor_zurich() -> None:
    residences = set(by_id()["EU-GDPR"].residences)

    assert {"DE", "FR", "IE", "NO", "IS", "LI"} <= residences
    assert residences.isdisjoint({"GB", "CH", "CN", "US"})
    assert len(residences - {"AX", "GF", "GP", "MF", "MQ", "RE", "YT"}) == 30


def test_the_gdpr_gives_72_hours_from_awareness_and_pipl_gives_no_number() -> None:
    early = by_id()["EU-GDPR"].reports[0].deadline
    full = next(r for r in by_id()["CN-PIPL"].reports if r.phase is Phase.FULL).deadline

    assert (early.value, early.unit, early.after) == (72, Unit.HOURS, "aware")
    assert full.value is None


def test_every_rule_names_its_source() -> None:
    for regime in load_regimes():
        for rule in rules_of(regime):
            assert rule.cite, (regime.id, rule.id)
            assert rule.reason or rule.when == NEVER, (regime.id, rule.id)
        assert regime.sources, regime.id


def test_an_own_regime_stands_beside_the_built_in_ones(tmp_path: Path) -> None:
    own = changed("id: CN-PIPL", "id: XX-TEST").replace('residences: ["CN"]', 'residences: ["XX"]')
    (tmp_path / "xx.yaml").write_text(own, encoding="utf-8")

    ids = [regime.id for regime in load_regimes()]
    assert [r.id for r in load_regimes(tmp_path)] == sorted([*ids, "XX-TEST"])
    assert [r.id for r in load_regimes(tmp_path / "xx.yaml")] == sorted([*ids, "XX-TEST"])


def test_an_own_regime_takes_the_place_of_a_built_in_one(tmp_path: Path) -> None:
    own = changed("value: 4\n", "value: 3\n")
    (tmp_path / "cn.yaml").write_text(own, encoding="utf-8")

    pipl = next(r for r in load_regimes(tmp_path) if r.id == "CN-PIPL")

    assert pipl.reports[0].deadline.value == 3


def test_two_own_files_cannot_define_one_regime(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(PIPL, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(PIPL, encoding="utf-8")

    with pytest.raises(InvalidInput, match=r"b\.yaml: id: CN-PIPL is already defined"):
        load_regimes(tmp_path)


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="there is no"):
        load_regimes(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("at_least: [facts.persons", "more_than: [facts.persons", f"{FIRST}.more_than"),
        ("[facts.persons, 1000000]", "[facts.people, 1]", f"{FIRST}.at_least[0]"),
        ("[facts.persons, 1000000]", "[facts.persons, many]", f"{FIRST}.at_least[1]"),
        ("[facts.persons, 1000000]", "[facts.persons, true]", f"{FIRST}.at_least[1]"),
        ("[facts.persons, 1000000]", "[facts.persons]", f"{FIRST}.at_least"),
        ("[facts.persons, 1000000]", "[facts.aware, 1]", f"{FIRST}.at_least"),
        ("[facts.persons, 1000000]", "[facts.sectors, 1]", f"{FIRST}.at_least"),
        ("[facts.sectors, [central", "[facts.sectors, [centre", f"{SECTOR}.has_any[1]"),
        (
            "[facts.sectors, [central_state_organ]]",
            "[facts.sectors, retail]",
            f"{SECTOR}.has_any[1]",
        ),
        ("value: unknown_recipients", "value: not_lost", "applies.assumes[0].value"),
        ("value: unknown_recipients", "value: known_recipients", "applies.assumes[0].value"),
        ("value: unknown_recipients", "value: strangers", "applies.assumes[0].value"),
        ("fact: facts.integrity", "fact: facts.cause", "applies.assumes[1]"),
        ("when: {all: []}", "when: {all: [], any: []}", "reports[1].when"),
        ("when: {all: []}", "when: {all: yes}", "reports[1].when.all"),
        ("when: {all: []}", "when: {is: [facts.cause, theft]}", "reports[1].when.is[1]"),
        ("when: {all: []}", "when: {is: [facts.harm_averted, 1]}", "reports[1].when.is[1]"),
        ("when: {all: []}", "when: {in: [facts.cause, theft]}", "reports[1].when.in[1]"),
        ("id: cac-incident-final", "id: cac-incident-early", "reports[2].id"),
        ("after: handled", "after: closed", "reports[2].deadline.after"),
        ("      unit: calendar_days\n", "", "reports[2].deadline"),
        ("unit: calendar_days", "unit: business_days", "reports[2].deadline.unit"),
        ('residences: ["CN"]', 'residences: ["CN"]\nholidays: CN-XX', "holidays"),
        ("confidence: high", "confidance: high", "confidance"),
        ('residences: ["CN"]', "residences: [NO]", "residences[0]"),
        (
            "{is: [facts.critical_infrastructure, true]}",
            "{is: [facts.critical, true]}",
            "reports[0].deadline.stricter[0].when.is[0]",
        ),
    ],
)
def test_a_typo_names_the_file_and_the_field(old: str, new: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        parse_regime(changed(old, new), file="mine.yaml")

    assert refusal.value.field == f"mine.yaml: {field}"
    assert refusal.value.fix


@pytest.mark.parametrize("start", ["individuals_told", "year_end"])
@pytest.mark.parametrize("unit", ["business_days", "months", "calendar_days"])
def test_a_clock_may_start_with_the_notices_or_the_end_of_the_year(start: str, unit: str) -> None:
    text = changed("after: handled", f"after: {start}")
    text = text.replace("unit: calendar_days", f"unit: {unit}")
    text = text.replace('residences: ["CN"]', 'residences: ["CN"]\nholidays: CN')

    deadline = parse_regime(text, file="mine.yaml").reports[2].deadline

    assert (deadline.after, deadline.unit) == (start, Unit(unit))


def test_the_notices_themselves_cannot_wait_for_the_notices() -> None:
    head, individuals, rest = PIPL.partition("individuals:")
    text = head + individuals + rest.replace("after: aware", "after: individuals_told", 1)

    with pytest.raises(InvalidInput) as refusal:
        parse_regime(text, file="mine.yaml")

    assert refusal.value.field == "mine.yaml: individuals.deadline.after"


@pytest.mark.parametrize("text", ["a: [", "- just\n- a list", "", "\t"])
def test_a_file_that_is_no_regime_names_the_file(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"mine\.yaml"):
        parse_regime(text, file="mine.yaml")


@pytest.mark.parametrize(
    "tree",
    [
        {"not": {"at_least": ["facts.persons", 1000]}},
        {"not": {"is": ["facts.critical_infrastructure", True]}},
        {"is": ["facts.critical_infrastructure", False]},
        {"is": ["severity.band", "medium"]},
        {"in": ["severity.band", ["low", "high"]]},
        {"not": {"at_least": ["severity.band", "high"]}},
        {"is": ["facts.harm_averted", True]},
        {"not": {"has_any": ["facts.effects", ["sold"]]}},
        {"at_least_n": [1, [{"is": ["facts.harm_averted", True]}]]},
        {"not": {"is": ["facts.harm_averted", False]}},
        {"any": [{"all": []}, {"not": {"not": {"is": ["facts.unintelligible", True]}}}]},
    ],
)
def test_a_rule_that_a_graver_fact_would_turn_off_is_refused(tree: dict[str, object]) -> None:
    regime = yaml.safe_load(PIPL)
    regime["individuals"] |= {"when": tree, "assumes": []}

    with pytest.raises(InvalidInput, match="would turn the duty off"):
        parse_regime(yaml.safe_dump(regime), file="mine.yaml")


@pytest.mark.parametrize(
    "tree",
    [
        {"at_least": ["facts.persons", 1000]},
        {"at_least": ["severity.band", "high"]},
        {"in": ["severity.band", ["high", "very_high"]]},
        {"not": {"is": ["severity.band", "low"]}},
        {"is": ["facts.harm_averted", False]},
        {"not": {"is": ["facts.harm_averted", True]}},
        {"is": ["facts.cause", "human_error"]},
        {"not": {"known": "facts.persons"}},
    ],
)
def test_a_rule_that_leans_the_right_way_is_taken(tree: dict[str, object]) -> None:
    regime = yaml.safe_load(PIPL)
    regime["individuals"] |= {"when": tree, "assumes": []}

    assert parse_regime(yaml.safe_dump(regime), file="mine.yaml").individuals.when == tree

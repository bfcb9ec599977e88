"""What providers took over, against the plan: nobody left out, nobody else, and nothing twice."""

import pytest
from tocsin.demo.handed_over import HandedOver, compare_handed_over, planted_letters
from tocsin.demo.planted_person import PlantedNotice, PlantedPerson

TEXT = ("CN", "en", "self", "name")


def person(key: str, *taken: tuple[str, str], own: bool = False) -> PlantedPerson:
    notice = PlantedNotice("self", "", TEXT, (), taken, own, "accepted")
    return PlantedPerson(key, "reached", (), (notice,))


PLANTED = {
    "shop": [
        person("c1", ("sms", "+12015550100")),
        person("c2", ("app_push", "app-1")),
        person("c3", ("letter", "home")),
    ]
}
CASES = {"shop": "INC-1"}
TAKEN = {
    "texts": [("+12015550100", "one")],
    "pushes": [("app-1", "n1")],
    "letters": {"INC-1": ["code-1"]},
}


def said(**change: object) -> list[str]:
    return list(compare_handed_over(PLANTED, HandedOver(**(TAKEN | change)), CASES))  # type: ignore[arg-type]


def test_nothing_differs_when_all_was_taken_over_once() -> None:
    assert said() == []


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"texts": []}, "sms: 1 people were planted to get a message, and got none"),
        ({"texts": [("+12015550100", "one")] * 2}, "sms: 1 messages were taken over twice"),
        (
            {"pushes": [("app-1", "n1"), ("app-2", "n2")]},
            "app_push: 1 were written to who were not planted",
        ),
        ({"letters": {}}, "shop: 0 letters, 1 planted"),
        ({"letters": {"INC-1": ["code-1", "code-1"]}}, "shop: 1 letters were printed twice"),
    ],
)
def test_every_difference_is_found_and_no_number_is_shown(
    change: dict[str, object], wanted: str
) -> None:
    found = said(**change)

    assert wanted in found
    assert not any("+1" in sentence or "app-" in sentence for sentence in found)


def test_two_notices_to_one_number_are_no_repeat() -> None:
    assert said(texts=[("+12015550100", "one"), ("+12015550100", "another")]) == []


def test_a_household_that_begins_with_letters_shares_one_and_whoever_went_on_gets_their_own() -> (
    None
):
    together = [person("c1", ("letter", "home")), person("c2", ("letter", "home"))]
    alone = [person("c3", ("letter", "home"), own=True)]

    assert planted_letters(together) == 1
    assert planted_letters([*together, *alone]) == 2

from pathlib import Path
from typing import Any

import pytest
from tocsin.notifiers.letter_settings import Price
from tocsin.schemas.errors import InvalidInput

from fakes.letters import letter_settings


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("origin", "Germany"),
        ("language", "no such language"),
        ("currency", ""),
        ("prices", ()),
        ("prices", (Price("DE", 20, 1), Price("DE", 20, 2))),
        ("prices", (Price("DE", 0, 1),)),
        ("prices", (Price("DE", 20, -1),)),
        ("prices", (Price("Germany", 20, 1),)),
        ("pages", 0),
        ("per_folder", 0),
        ("per_file", 0),
        ("processes", 0),
        ("flush", 0),
        ("paper_g_m2", 0),
        ("envelope_g", -1),
    ],
)
def test_a_setting_that_cannot_work_is_named(tmp_path: Path, field: str, value: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        letter_settings(tmp_path, **{field: value})
    assert caught.value.field == f"letters.{field}"


def test_a_letter_weighs_its_sheets_and_its_envelope(tmp_path: Path) -> None:
    settings = letter_settings(tmp_path)
    assert round(settings.weight_g(1), 1) == round(settings.weight_g(2), 1) == 10.0
    assert round(settings.weight_g(3), 1) == 15.0


def test_a_letter_costs_what_the_lightest_class_that_covers_it_costs(tmp_path: Path) -> None:
    settings = letter_settings(tmp_path)
    assert settings.price("DE", 2) == Price("DE", 20, 110)
    assert settings.price("DE", 8) == Price("DE", 50, 180)
    assert settings.price("DE", 40) is None
    assert settings.price("CN", 2) == Price("*", 20, 160)
    assert settings.price("CN", 8) is None

import pytest
from tocsin.notifiers.letter_address import PostalAddress, read_address


def _read(text: str, *, origin: str = "DE", language: str = "de") -> PostalAddress | None:
    return read_address(text.replace(" / ", "\n"), origin=origin, language=language)


def _lines(text: str, *, origin: str = "DE", language: str = "de") -> tuple[str, ...]:
    address = _read(text, origin=origin, language=language)
    assert address is not None
    return address.lines


def test_a_letter_that_stays_in_its_country_names_no_country() -> None:
    address = _read("Erika Mustermann / Heidestraße 17 / 51147 Köln / DE")
    assert address is not None
    assert address.lines == ("Erika Mustermann", "Heidestraße 17", "51147 Köln")
    assert (address.country, address.postcode) == ("DE", "51147")


@pytest.mark.parametrize(
    ("language", "name"), [("de", "ÖSTERREICH"), ("en", "AUSTRIA"), ("zh-Hans", "奥地利")]
)
def test_a_letter_abroad_ends_with_the_country_in_the_senders_language(
    language: str, name: str
) -> None:
    lines = _lines("Anna Muster / Ring 1 / 1010 Wien / AT", language=language)
    assert lines[-2:] == ("1010 Wien", name)


@pytest.mark.parametrize(
    "written",
    [
        "王小明 / 北京市朝阳区建国路88号 / 3号楼1201室 / 100022 / CN",
        "王小明 / 100022 / 北京市朝阳区建国路88号 / 3号楼1201室 / CN",
        "王小明 / 100022 北京市朝阳区建国路88号 / 3号楼1201室 / CN",
        "100022 / 北京市朝阳区建国路88号 / 3号楼1201室 / 王小明 / CN",
    ],
)
def test_within_china_the_postcode_is_first_and_the_name_last(written: str) -> None:
    expected = ("100022", "北京市朝阳区建国路88号", "3号楼1201室", "王小明")
    assert _lines(written, origin="CN", language="zh-Hans") == expected


def test_to_china_from_abroad_the_lines_stay_as_they_are() -> None:
    written = "Wang Xiaoming / Jianguo Road 88 / Chaoyang, Beijing 100022 / CN"
    expected = ("Wang Xiaoming", "Jianguo Road 88", "Chaoyang, Beijing 100022", "CHINA")
    assert _lines(written) == expected


@pytest.mark.parametrize(
    ("written", "postcode"),
    [
        ("A / 12345 Main Street / Springfield IL 62704-1234 / US", "62704-1234"),
        ("A / 1 High Street / London / sw1a 1aa / GB", "SW1A1AA"),
        ("A / 1-2-3 Chiyoda / Tokyo 〒100-0001 / JP", "100-0001"),
        ("A / 1 Queen's Road / Central / HK", ""),
        ("A / 1 Quay Street / Dublin / IE", ""),
    ],
)
def test_a_postcode_is_found_where_the_country_has_one(written: str, postcode: str) -> None:
    address = _read(written)
    assert address is not None
    assert address.postcode == postcode


@pytest.mark.parametrize(
    "written",
    [
        "",
        "DE",
        "Erika Mustermann / 51147 Köln / DE",
        "Erika Mustermann / Heidestraße 17 / Köln / DE",
        "Erika Mustermann / Heidestraße 17 / 5114 Köln / DE",
        "Erika Mustermann / Heidestraße 17 / 511478 Köln / DE",
        "Erika Mustermann / Heidestraße 17 / 51147 Köln / Germany",
        "Erika Mustermann / Heidestraße 17 / 51147 Köln / XX",
        "Erika Mustermann / Heidestraße 17 / 51147 Köln",
        "Erika\x07 Mustermann / Heidestraße 17 / 51147 Köln / DE",
        "Erika Mustermann / a / b / c / d / e / 51147 Köln / DE",
        "Anna Muster / a / b / c / d / 1010 Wien / AT",
    ],
)
def test_an_address_that_no_letter_reaches_is_none(written: str) -> None:
    assert _read(written) is None


def test_the_window_holds_six_lines_and_the_country_is_one_of_them() -> None:
    assert len(_lines("Anna Muster / a / b / c / 1010 Wien / AT")) == 6


def test_an_address_shows_itself_to_nobody() -> None:
    address = _read("Erika Mustermann / Heidestraße 17 / 51147 Köln / DE")
    assert "Erika" not in repr(address)

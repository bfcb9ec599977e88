"""Thirty made-up people to try out with, among them those who are not easy to tell."""

import csv
from pathlib import Path

_COLUMNS = (
    "id",
    "name",
    "email",
    "country",
    "locale",
    "birth_date",
    "status",
    "guardian_id",
    "system",
    "has_password",
)
_NAMES = ("Anna", "Wei", "Jonas", "Mei", "Chloé", "Tao", "Łukasz", "Jing", "José", "Yan")
_PLACES = (
    ("DE", "en", "mail.example"),
    ("CN", "zh-CN", "qq.example"),
    ("FR", "en", "post.example"),
    ("CN", "zh-CN", "163.example"),
    ("IE", "en", "mail.example"),
)
_SPECIAL: dict[int, dict[str, str]] = {
    6: {"email": ""},
    8: {"email": "not an address"},
    11: {"status": "cancelled"},
    17: {"birth_date": "2015-03-09", "guardian_id": "p018"},
    19: {"birth_date": "2014-10-02", "guardian_id": "p020"},
    21: {"birth_date": "2012-12-30", "guardian_id": "p018"},
    22: {"birth_date": "2016-06-21"},
    23: {"email": "P013@163.example"},
    24: {"has_password": "0"},
    28: {"system": "newsletter"},
    29: {"system": "newsletter"},
    30: {"system": "newsletter"},
}
"""Number -> what differs: no address, a broken one, a cancelled account, one address for two
accounts, minors with and without a known guardian, no password held, out of scope."""
PEOPLE = 30


def write_people(path: Path) -> None:
    """Write them as CSV in UTF-8, with a header row."""
    with path.open("x", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, _COLUMNS)
        writer.writeheader()
        writer.writerows(map(_person, range(1, PEOPLE + 1)))


def _person(number: int) -> dict[str, str]:
    country, locale, domain = _PLACES[number % len(_PLACES)]
    usual = {
        "id": f"p{number:03d}",
        "name": f"{_NAMES[number % len(_NAMES)]} Example",
        "email": f"p{number:03d}@{domain}",
        "country": country,
        "locale": locale,
        "birth_date": f"{1950 + number}-05-17",
        "status": "active",
        "guardian_id": "",
        "system": "shop",
        "has_password": "1",
    }
    return usual | _SPECIAL.get(number, {})

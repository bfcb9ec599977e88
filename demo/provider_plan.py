"""What becomes of texts, pushes and letters: fixed shares, dealt by the seed."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tocsin.demo.patients import WITHOUT_ADDRESS
from tocsin.demo.shares import Shares

PHONE_MESS = ({"dead": 80, "landline": 100},)
"""How many mobiles in a thousand are switched off for good, or are none at all."""
APP_MESS = ({"gone": 200},)
POST_MESS = ({"returned": 60, "delivered": 300},)
"""Of the others the print house says no more than that it posted their letter."""
BAD_ADDRESSES = 14
"""Patients whom no letter reaches: ten of them call for a web notice (45 CFR 164.404(d)(2)(ii))."""

_HOLDERS = "SELECT id, mobile, app, address, agreed FROM people WHERE system {} ORDER BY id"


@dataclass(frozen=True, slots=True)
class ProviderPlan:
    """What is planned for whom; whoever is not named takes what comes, and nobody says so."""

    phones: Mapping[str, str]
    """Number in E.164 form -> `dead` or `landline`."""
    apps: Mapping[str, str]
    """Token -> `gone`."""
    post: Mapping[str, str]
    """Key of a person -> `returned` or `delivered`."""


def provider_plan(path: Path, seed: int) -> ProviderPlan:
    """Return the plan for the directory at `path`."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
        shop = db.execute(_HOLDERS.format("<> 'clinic'")).fetchall()
        clinic = db.execute(_HOLDERS.format("= 'clinic'")).fetchall()
    rng = Random(seed + 2)
    phones, apps, post = (Shares(mess, rng) for mess in (PHONE_MESS, APP_MESS, POST_MESS))
    by_post = [key for key, _, _, address, agreed in clinic if address and not agreed]
    returned = rng.sample(by_post, min(BAD_ADDRESSES - WITHOUT_ADDRESS, len(by_post)))
    return ProviderPlan(
        _dealt(phones, [dialled(mobile) for _, mobile, *_ in shop if mobile]),
        _dealt(apps, [app for _, _, app, *_ in shop if app]),
        _dealt(post, [key for key, _, _, address, _ in shop if address])
        | dict.fromkeys(returned, "returned"),
    )


def dialled(number: str) -> str:
    """Return a number as it is dialled, without its blanks (ITU-T E.164)."""
    return number.replace(" ", "")


def _dealt(shares: Shares, names: list[str]) -> dict[str, str]:
    dealt = ((name, shares.next()) for name in names)
    return {name: min(traits) for name, traits in dealt if traits}

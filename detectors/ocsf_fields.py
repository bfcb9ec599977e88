"""Fields of an OCSF event, wherever its version and producer put them.

Producers differ: times in seconds where the schema says milliseconds, `resource` or `resources`,
`finding` before OCSF 1.1 and `finding_info` since. Text is taken without what could name someone.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tocsin.schemas.errors import InvalidInput

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME_FIX = "OCSF's `time` is in milliseconds since 1970; `time_dt` is RFC 3339 with a zone"
_SECONDS_LIMIT = 10**11
"""Seconds until the year 5138; as milliseconds it is the year 1973, before any detector."""
_MASKS = (
    (re.compile(r"[^\s@<>\"'/:=]+@[^\s@<>\"']+\.[^\s@<>\"'/]+"), "(address)"),
    (re.compile(r"(:user/|:assumed-role/[^/\s]+/)\S+"), r"\1(name)"),
    (re.compile(r"((?:/home|/Users|\\Users)[/\\])[^/\\\s]+", re.IGNORECASE), r"\1(name)"),
)
_PEOPLE = re.compile(r"user|person|mailbox|employee|actor|principal", re.IGNORECASE)
_STORES = ("databucket", "database", "table", "file", "resource", "device", "dst_endpoint")


def block(value: object, *path: str) -> Mapping[str, Any]:
    """Return the block at a path, or an empty one."""
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def blocks(value: object) -> Iterator[Mapping[str, Any]]:
    """Yield the blocks of a list, or the one that stands there alone."""
    if isinstance(value, Mapping):
        yield value
    elif isinstance(value, list):
        yield from (each for each in value if isinstance(each, Mapping))


def texts(value: object) -> Iterator[str]:
    """Yield the texts of a list, or the one that stands there alone; blank ones are left out."""
    found = value if isinstance(value, list) else [value]
    yield from (" ".join(t.split()) for t in found if isinstance(t, str) and t.strip())


def number(value: object) -> int | None:
    """Return a whole number, also where it is written as text; else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    written = re.fullmatch(r"(-?\d{1,19})(?:\.0*)?", value) if isinstance(value, str) else None
    return int(written[1]) if written else None


def masked(text: str) -> str:
    """Return a text without e-mail addresses, user names in ARNs and home folders; 300 at most."""
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return text[:300]


def finding_of(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return `finding_info`, or `finding` as it was called before OCSF 1.1."""
    return block(event, "finding_info") or block(event, "finding")


def observed_at(event: Mapping[str, Any]) -> datetime:
    """Return when the event happened (`time_dt`, else `time`). Raises InvalidInput."""
    written = event.get("time_dt")
    if isinstance(written, str):
        try:
            at = datetime.fromisoformat(written)
        except ValueError:
            at = None
        # a time without a zone could be off by a day: `time` is surer
        if at is not None and at.tzinfo is not None:
            return at.astimezone(UTC)
    count = number(event.get("time"))
    if count is None:
        message = "there is no time that can be read"
        raise InvalidInput(message, field="time", fix=_TIME_FIX)
    for parts in (1, 10**3, 10**6, 10**9):
        if 0 <= count < _SECONDS_LIMIT * parts:
            return _EPOCH + timedelta(microseconds=count * 10**6 // parts)
    message = "is no time since 1970"
    raise InvalidInput(message, field="time", fix=_TIME_FIX)


def rule_of(event: Mapping[str, Any]) -> str:
    """Return what fired, after the product's name: the steadiest name that the event has."""
    info = finding_of(event)
    product = block(event, "metadata", "product")
    analytic = block(info, "analytic") or block(event, "analytic")
    policy = block(event, "data_security", "policy")
    names = (
        block(event, "metadata").get("event_code"),
        block(event, "compliance").get("control"),
        policy.get("uid"),
        policy.get("name"),
        analytic.get("uid"),
        # `Stealth:IAMUser-CloudTrailLoggingDisabled` names a rule; `IAM` or `syscalls` a topic
        [kind for kind in texts(info.get("types")) if ":" in kind],
        info.get("title"),
        analytic.get("name"),
        event.get("message"),
        event.get("class_name"),
    )
    rule = next((t for name in names for t in texts(name)), f"class {event.get('class_uid')}")
    maker = next((t for key in ("name", "vendor_name") for t in texts(product.get(key))), "unnamed")
    return masked(f"{maker}/{rule}")


def asset_of(event: Mapping[str, Any]) -> str:
    """Return the system, store or account concerned; a person's account without their name."""
    stores = [*(block(event, name) for name in _STORES), *blocks(event.get("resources"))]
    places = sorted(stores, key=lambda s: 0 if _is_classified(s) else 1)
    for place in places:
        name = _first_text(place, ("uid", "name", "hostname", "path", "ip"))
        if name:
            kind = next(texts(place.get("type")), "")
            return masked(f"{kind}/(a person)" if _PEOPLE.search(kind) else name)
    account = _first_text(block(event, "cloud", "account"), ("uid", "name"))
    account = account or next(texts(block(event, "cloud").get("account_uid")), "")
    return masked(account) or "not named"


def _is_classified(store: Mapping[str, Any]) -> bool:
    return any(store.get(name) for name in ("data_classification", "data_classifications"))


def _first_text(store: Mapping[str, Any], names: Sequence[str]) -> str:
    return next((t for name in names for t in texts(store.get(name))), "")

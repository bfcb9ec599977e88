"""What is wrong with a document, in plain words: the field, the fault, what to write instead.

Pydantic's errors speak of models and unions; people wrote a file. Values are never repeated in an
error: they may be personal data.
"""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, ValidationError
from tocsin.detectors.plain_values import shown
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.fact import Fact

TIME_ZONE = "give a time zone, e.g. 2026-11-20T09:30:00+01:00"
TIME_FORM = "write it like 2026-11-20T09:30:00+01:00"
_DATE_FORM = "write it like 2026-11-20"
_MAX_LISTED = 20
_BARE = frozenset({"value", "at"})  # a fact or an instant may be written without these

_WORDING: dict[str, tuple[str, str]] = {
    "timezone_aware": (TIME_ZONE, ""),
    "string_type": ("must be text", "put it in quotes"),
    "string_too_short": ("is too short", "write at least {min_length} characters"),
    "string_too_long": ("is too long", "write at most {max_length} characters"),
    "string_pattern_mismatch": ("is not in the form expected", "it must match {pattern}"),
    "too_short": ("holds too few entries", "give at least {min_length}"),
    "too_long": ("holds too many entries", "give at most {max_length}"),
    "greater_than_equal": ("is too small", "write {ge} or more"),
    "greater_than": ("is too small", "write more than {gt}"),
    "less_than_equal": ("is too large", "write {le} or less"),
    "tuple_type": ("must be a list", "put each entry on its own line after a dash"),
    "list_type": ("must be a list", "put each entry on its own line after a dash"),
    "dict_type": ("must be a block of `name: value` lines", "texts name their locale: `en: ...`"),
    "model_type": ("must be a block of `name: value` lines", "see the files in examples/"),
    "bool_type": ("must be true or false", ""),
    "bool_parsing": ("must be true or false", ""),
}
_FAMILIES: dict[str, tuple[str, str]] = {
    "datetime_": ("is not a time that can be read", TIME_FORM),
    "date_": ("is not a date that can be read", _DATE_FORM),
    "int_": ("must be a whole number", "digits only, without separators"),
}


def as_invalid_input(
    error: ValidationError, *, raw: object, model: type[BaseModel]
) -> InvalidInput:
    """Return one InvalidInput that tells the first error, and lists the others in its message.

    Unknown fields come first: a typo is often the cause of what else is missing.
    """
    details = [d for d in error.errors(include_url=False) if not _follows_from_others(d)]
    details.sort(key=lambda d: d["type"] != "extra_forbidden")
    found: dict[str, _Fault] = {}
    places = set()
    for detail in details:
        where, is_scalar_choice = _where(detail["loc"], raw)
        places.add(where)
        if where not in found and len(found) <= _MAX_LISTED:
            found[where] = _SCALAR if is_scalar_choice else _fault(detail, model=model)
    (field, first), *others = found.items()
    message, further = first.what, len(places) - 1
    if further:
        lines = [message, f"{further} further error{'s' if further > 1 else ''}:"]
        lines += [f"  {where}: {f.what}{' - ' + f.hint if f.hint else ''}" for where, f in others]
        if further > len(others):
            lines.append(f"  and {further - len(others)} more")
        message = "\n".join([*lines, "start with the first"])
    fix = " ".join(part for part in (first.hint, first.choices) if part)
    return InvalidInput(message, field=field or None, fix=fix or None)


def _follows_from_others(detail: Mapping[str, Any]) -> bool:
    """Whether a list counts as too short only because its entries are wrong."""
    given = detail["input"]
    return (
        detail["type"] == "too_short"
        and isinstance(given, list)
        and len(given) >= detail["ctx"]["min_length"]
    )


class _Fault(NamedTuple):
    """What is wrong, what to do, and what may stand there."""

    what: str
    hint: str = ""
    choices: str = ""


_SCALAR = _Fault("must be text, a whole number, or true or false")


def _where(loc: Sequence[str | int], raw: object) -> tuple[str, bool]:
    """Return the path as the person wrote it, and whether a choice of scalar types failed there."""
    path, here = "", raw
    for place, step in enumerate(loc):
        last = place == len(loc) - 1
        if isinstance(step, int) and isinstance(here, list) and step < len(here):
            path, here = f"{path}[{step}]", here[step]
        elif isinstance(step, str) and isinstance(here, Mapping):
            if step not in here and (step in _BARE or not last):
                continue
            path = f"{path}.{shown(step)}" if path else shown(step)
            here = here.get(step)
        else:
            return path, step in {"str", "int", "bool"}
    return path, False


def _fault(detail: Mapping[str, Any], *, model: type[BaseModel]) -> _Fault:
    kind: str = detail["type"]
    context: Mapping[str, Any] = detail.get("ctx", {})
    match kind:
        case "extra_forbidden":
            known = _known_fields(model, detail["loc"])
            name = str(detail["loc"][-1])
            if name in known:
                what = "cannot stand beside the fields of the value itself"
                return _Fault(what, "write `value:` and put those under it")
            return _nearest("there is no such field", name, known, every="known fields")
        case "missing":
            return _Fault("is missing", f"add {detail['loc'][-1]}")
        case "enum" | "literal_error":
            allowed = re.findall(r"'([^']*)'", str(context["expected"]))
            given = detail["input"] if isinstance(detail["input"], str) else ""
            return _nearest("is not an allowed value", given, allowed, every="allowed values")
        case "value_error":
            return _Fault(str(context["error"]))
    words = _WORDING.get(kind)
    if words is None:
        family = (w for prefix, w in _FAMILIES.items() if kind.startswith(prefix))
        words = next(family, ("is not valid", f"the check that failed is {kind}"))
    return _Fault(words[0], words[1].format_map(context))


def _nearest(what: str, given: str, known: Sequence[str], *, every: str) -> _Fault:
    given = given.lower()[:64]
    near = [k for k in known if given and k.startswith(given)]
    near = near or get_close_matches(given, known, n=3, cutoff=0.6)
    hint = f"did you mean {' or '.join(near)}?" if near else ""
    return _Fault(what, hint, f"{every}: {', '.join(known)}")


def _known_fields(model: type[BaseModel], loc: Sequence[str | int]) -> tuple[str, ...]:
    """Return the names that may stand where an unknown one stood."""
    here, around = model, model
    for step in loc[:-1]:
        field = here.model_fields.get(step) if isinstance(step, str) else None
        if field is None:
            continue
        inner = _first_model(field.annotation)
        if inner is None:
            return ()
        around, here = here, inner
    names = tuple(field.alias or name for name, field in here.model_fields.items())
    return (*around.model_fields, *names) if issubclass(around, Fact) else names


def _first_model(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for arg in get_args(annotation) if (m := _first_model(arg))), None)

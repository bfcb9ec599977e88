"""Loads the forms of authorities: the files of this package."""

from collections.abc import Mapping
from functools import cache
from importlib import resources

import yaml
from pydantic import ValidationError
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.form import Form
from tocsin.schemas.yaml_text import read_yaml


@cache
def load_forms() -> tuple[Form, ...]:
    """Return every form, checked and sorted by id."""
    entries = resources.files("tocsin.forms").iterdir()
    named = ((e.name, e.read_text("utf-8")) for e in entries if e.name.endswith(".yaml"))
    return tuple(sorted((parse_form(t, file=n) for n, t in named), key=lambda form: form.id))


def check_named(named: Mapping[str, str], *, field: str) -> None:
    """Refuse a form that does not exist, or is none for its regime; `named` is regime -> form."""
    forms = {form.id: form for form in load_forms()}
    for regime, name in named.items():
        if name in forms and any(serves.regime == regime for serves in forms[name].serves):
            continue
        known = [f.id for f in forms.values() if any(s.regime == regime for s in f.serves)]
        message = f"there is no form {name} for {regime}"
        fix = f"choose one of {', '.join(known)}" if known else f"no form is known for {regime}"
        raise InvalidInput(message, field=f"{field}.{regime}", fix=fix)


def parse_form(text: str, *, file: str) -> Form:
    """Return the form that a YAML text describes; InvalidInput names what is wrong in `file`."""
    try:
        form = Form.model_validate(read_yaml(text))
    except (yaml.YAMLError, ValidationError) as error:
        where = ""
        if isinstance(error, ValidationError):
            where = ".".join(str(part) for part in error.errors()[0]["loc"])
        message = "is not a form"
        raise InvalidInput(message, field=f"{file}: {where}", fix="see the schema of a form") from (
            error
        )
    _check(form, file)
    return form


def _check(form: Form, file: str) -> None:
    """Refuse what would leave a field without a name, a number or an answer."""
    numbers = [field.n for field in form.fields]
    doubled = next((n for n in numbers if numbers.count(n) > 1), None)
    if doubled is not None:
        message = f"two fields have the number {doubled}"
        raise InvalidInput(message, field=file, fix="number them apart")
    for field in form.fields:
        if field.kind in {"one", "many"} and not field.options:
            message = "is answered from a list, and there is none"
            raise InvalidInput(message, field=f"{file}: field {field.n}", fix="add its options")
        texts = [field.label, *(option.label for option in field.options)]
        if any(not {form.locales[0], "en"} <= text.keys() for text in texts):
            message = f"has no words in English and in {form.locales[0]}"
            raise InvalidInput(message, field=f"{file}: field {field.n}", fix="add them")

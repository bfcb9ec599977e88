"""YAML as plain values; nothing in it is ever executed.

It is read as the core schema of YAML 1.2 reads it, but for numbers: `no`, `on` and `off` are text
(`NO` is Norway), times stay text until a field asks for one, and a number that is not a plain whole
number (`007`, `1.10`) stays as written. Aliases, anchors, tags and deep nesting are refused: an
incident needs none of them, and nine lines of aliases can stand for a billion values.
"""

from collections.abc import Iterator
from typing import Protocol

import yaml
from tocsin.detectors.plain_values import MAX_DEPTH, NESTED_TOO_DEEPLY, Value, shown, whole_number
from tocsin.schemas.errors import InvalidInput

_WORDS: dict[str, bool | None] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_CHECK = "check indentation, colons and quotes at that place"
_FIXES = {
    "cannot start any token": "indent with spaces, and put text that begins with a sign in quotes",
    "mapping values are not allowed": 'put text that holds ": " in quotes',
}
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse_yaml(text: str) -> Value:
    """Return what one YAML document says. Raises InvalidInput with line and column."""
    data = text.encode(errors="surrogatepass")
    try:
        return _Builder(yaml.parse(data, Loader=_Loader)).document()
    except yaml.MarkedYAMLError as broken:
        reason = broken.problem or broken.context or "the text is not YAML"
        fix = next((f for sign, f in _FIXES.items() if sign in reason), _CHECK)
        raise _broken(reason, broken.problem_mark or broken.context_mark, fix=fix) from None
    except yaml.reader.ReaderError as broken:
        line = data.count(b"\n", 0, broken.position) + 1
        message = f"line {line}: a character that no text file should hold"
        raise InvalidInput(message, fix="remove it, or save the file as UTF-8") from None


class _Mark(Protocol):
    """A place in the text, counted from 0; both of PyYAML's parsers have their own class."""

    line: int
    column: int


def _mark(event: yaml.Event) -> _Mark:
    mark: _Mark = event.start_mark  # type: ignore[assignment]  # parsed events always have one
    return mark


def _broken(reason: str, mark: "_Mark | None", *, fix: str) -> InvalidInput:
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    return InvalidInput(where + reason, fix=fix)


class _Builder:
    """Values from YAML events: no constructors, hence no tags and no aliases to construct."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self._events = events

    def document(self) -> Value:
        value: Value = None
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    message = "a second document begins here"
                    raise _broken(message, _mark(event), fix="one incident per file")
                value = self._value(next(self._events), path="", depth=0)
        return value

    def _value(self, event: yaml.Event, *, path: str, depth: int) -> Value:
        mark = _mark(event)
        if getattr(event, "anchor", None):  # of an alias too: the one it stands for
            message = "aliases and anchors (* and &) are not allowed"
            raise _broken(message, mark, fix="write the text out, or put it in quotes")
        if getattr(event, "tag", None):
            message = "tags (!) are not allowed"
            raise _broken(message, mark, fix="remove the tag, or put the text in quotes")
        if depth > MAX_DEPTH:
            raise _broken(NESTED_TOO_DEEPLY, mark, fix=f"at most {MAX_DEPTH} levels")
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(path=path, depth=depth)
        if isinstance(event, yaml.MappingStartEvent):
            return self._block(path=path, depth=depth)
        if not isinstance(event, yaml.ScalarEvent):  # the parser gives nothing else here
            message = "a value was expected"
            raise _broken(message, mark, fix=_CHECK)
        if event.style:  # quoted, or a block of text
            return str(event.value)
        if event.value in _WORDS:
            return _WORDS[event.value]
        try:
            return whole_number(event.value)
        except InvalidInput as refused:
            raise _broken(refused.message, mark, fix=refused.fix or "") from None

    def _list(self, *, path: str, depth: int) -> Value:
        items: list[Value] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._value(event, path=f"{path}[{len(items)}]", depth=depth + 1))
        return items

    def _block(self, *, path: str, depth: int) -> Value:
        block: dict[str, Value] = {}
        lines: dict[str, int] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            mark = _mark(event)
            if not isinstance(event, yaml.ScalarEvent):
                message = "the name of a field must be plain text"
                raise _broken(message, mark, fix="write `name: value`")
            self._value(event, path=path, depth=depth)  # no anchors, no tags on names either
            name = str(event.value)
            field = f"{path}.{shown(name)}" if path else shown(name)
            if name in block:
                message = f"stands twice: in line {lines[name]} and in line {mark.line + 1}"
                raise InvalidInput(message, field=field, fix="keep one of them")
            lines[name] = mark.line + 1
            block[name] = self._value(next(self._events), path=field, depth=depth + 1)
        return block

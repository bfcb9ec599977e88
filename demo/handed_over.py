"""Texts, pushes and letters that were taken over, as their providers kept them, and the plan."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tocsin.demo.planted_person import PlantedPerson
from tocsin.demo.postman import printed
from tocsin.demo.stage import Stage


@dataclass(frozen=True, slots=True, repr=False)
class HandedOver:
    """What other channels than e-mail took over."""

    texts: Sequence[tuple[str, str]]
    """(number, what the text says); no two notices say the same, as each has its reference."""
    pushes: Sequence[tuple[str, str]]
    """(token, which notice)."""
    letters: Mapping[str, Sequence[str]]
    """Incident -> return code of each letter that lies ready for printing."""

    @property
    def letters_in_all(self) -> int:
        """How many letters lie ready."""
        return sum(len(codes) for codes in self.letters.values())

    def __repr__(self) -> str:
        return "HandedOver(***)"


def handed_over(stage: Stage) -> HandedOver:
    """Read the logs of the providers, and the folders for the print house."""
    texts = [(m["to"], m["body"]) for m in _lines(stage.providers / "texts.jsonl")]
    pushes = [(m["token"], m["notice"]) for m in _lines(stage.providers / "pushes.jsonl")]
    letters: dict[str, list[str]] = {}
    for incident, code in printed(stage.letters):
        letters.setdefault(incident, []).append(code)
    return HandedOver(texts, pushes, letters)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if path.exists():
        for line in path.read_text("utf-8").splitlines():
            yield json.loads(line)


def compare_handed_over(
    planted: Mapping[str, Sequence[PlantedPerson]], found: HandedOver, cases: Mapping[str, str]
) -> Iterator[str]:
    """Yield every difference between what was planted and what was taken over, as a sentence.

    `planted` and `cases` go by the name of an incident; `cases` holds the incidents' ids. Each
    number and each token that was planted got what it should and no other did, and no notice was
    handed over twice.
    """
    everybody = [person for people in planted.values() for person in people]
    for channel, taken in (("sms", found.texts), ("app_push", found.pushes)):
        wanted = _places(everybody, channel)
        reached = {place for place, _ in taken}
        if missing := len(wanted - reached):
            yield f"{channel}: {missing} people were planted to get a message, and got none"
        if strangers := len(reached - wanted):
            yield f"{channel}: {strangers} were written to who were not planted"
        again = sum(times - 1 for times in Counter(taken).values())
        if again:
            yield f"{channel}: {again} messages were taken over twice"
    for name, people in planted.items():
        codes = found.letters.get(cases[name], ())
        if len(codes) != planted_letters(people):
            yield f"{name}: {len(codes)} letters, {planted_letters(people)} planted"
        if len(set(codes)) != len(codes):
            yield f"{name}: {len(codes) - len(set(codes))} letters were printed twice"


def planted_letters(people: Sequence[PlantedPerson]) -> int:
    """Return how many letters must lie ready: who begins with one shares it in a household."""
    shared: set[tuple[str, tuple[str, ...]]] = set()
    own = 0
    for person in people:
        for notice in person.notices:
            for channel, place in notice.taken:
                if channel == "letter" and notice.own:
                    own += 1
                elif channel == "letter":
                    shared.add((place, notice.text))
    return own + len(shared)


def _places(people: Sequence[PlantedPerson], channel: str) -> set[str]:
    return {
        place
        for person in people
        for notice in person.notices
        for kind, place in notice.taken
        if kind == channel
    }

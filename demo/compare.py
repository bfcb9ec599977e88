"""Compare what was planted with what the relay received and what the ledger says."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from tocsin.demo.planted import planted_messages
from tocsin.demo.planted_person import PlantedPerson


class ReceivedMessage(Protocol):
    """A line of the relay's log: one message that it received in full."""

    @property
    def address(self) -> str:
        """The envelope recipient."""

    @property
    def accepted(self) -> bool:
        """Whether it was answered 250."""

    @property
    def message_id(self) -> str:
        """The Message-ID header."""

    @property
    def sha256(self) -> str:
        """The digest of the content."""


class LedgerPerson(NamedTuple):
    """What the ledger says of one person, with the directory key that the caller resolved."""

    key: str
    state: str
    reason: str = ""
    level: str = ""
    """How surely they were reached: accepted, delivered, confirmed."""

    def __repr__(self) -> str:
        return f"LedgerPerson({self.state})"


def compare(
    planted: Sequence[PlantedPerson],
    relay_log: Iterable[ReceivedMessage],
    ledger_rows: Iterable[LedgerPerson],
) -> tuple[str, ...]:
    """Return every difference as a sentence; nothing when all came out as planted.

    Each address is accepted exactly as often as planted, no message twice, and a repeat is the
    same byte for byte. Each person stands in the ledger once, in the planted state, for a planted
    reason.
    People are named by their directory key; addresses are not shown.
    """
    received = tuple(relay_log)
    return (
        *_counts(planted, received, planted_messages(planted)),
        *_repeats(received),
        *_persons(planted, tuple(ledger_rows)),
    )


def compare_all(
    planted: Mapping[str, Sequence[PlantedPerson]],
    relay_log: Iterable[ReceivedMessage],
    ledger_rows: Mapping[str, Iterable[LedgerPerson]],
) -> tuple[str, ...]:
    """Compare several incidents with one relay; each sentence about people names its incident.

    Who is told of two incidents gets a message for each.
    """
    received = tuple(relay_log)
    wanted: Counter[str] = Counter()
    for people in planted.values():
        wanted.update(planted_messages(people))
    everybody = [person for people in planted.values() for person in people]
    found = [*_counts(everybody, received, wanted), *_repeats(received)]
    for name, people in planted.items():
        found += (f"{name}: {said}" for said in _persons(people, tuple(ledger_rows[name])))
    return tuple(found)


def _counts(
    planted: Sequence[PlantedPerson],
    received: Sequence[ReceivedMessage],
    wanted: Mapping[str, int],
) -> Iterator[str]:
    counted = Counter(line.address.lower() for line in received if line.accepted)
    tried = {line.address.lower() for line in received}
    holders: dict[str, list[str]] = {}
    for person in planted:
        for notice in person.notices:
            holders.setdefault(notice.address, []).append(person.key)
    for address in sorted(wanted.keys() | counted.keys()):
        if counted[address] != wanted.get(address, 0):
            whose = ", ".join(dict.fromkeys(holders.get(address, ["nobody in scope"])))
            yield (
                f"address of {whose}: {counted[address]} notices accepted, "
                f"{wanted.get(address, 0)} planted"
            )
    strangers = tried - holders.keys() - counted.keys()
    if strangers:
        yield f"{len(strangers)} addresses of nobody in scope were written to"


def _repeats(received: Sequence[ReceivedMessage]) -> Iterator[str]:
    accepted = Counter(line.message_id for line in received if line.accepted)
    contents: dict[str, set[str]] = {}
    for line in received:
        contents.setdefault(line.message_id, set()).add(line.sha256)
    for message_id, times in sorted(accepted.items()):
        if times > 1:
            yield f"message {message_id} was accepted {times} times"
    for message_id, digests in sorted(contents.items()):
        if len(digests) > 1:
            yield f"message {message_id} was repeated with another content"


def _persons(planted: Sequence[PlantedPerson], rows: Sequence[LedgerPerson]) -> Iterator[str]:
    wanted = {person.key: person for person in planted}
    found: dict[str, LedgerPerson] = {}
    for row in rows:
        if row.key in found:
            yield f"{row.key}: stands in the ledger more than once"
        found[row.key] = row
    for key in sorted(wanted.keys() | found.keys()):
        if key not in found:
            yield f"{key}: forgotten, {wanted[key].state} planted"
        elif key not in wanted:
            yield f"{key}: {found[key].state} in the ledger, not in scope"
        elif found[key].state != wanted[key].state:
            yield f"{key}: {found[key].state} in the ledger, {wanted[key].state} planted"
        elif wanted[key].reasons and found[key].reason not in wanted[key].reasons:
            yield (
                f"{key}: {found[key].state} for {found[key].reason or 'no reason'}, "
                f"{wanted[key].reasons[0]} planted"
            )
        elif wanted[key].level and found[key].level not in {"", wanted[key].level}:
            yield f"{key}: {found[key].level} in the ledger, {wanted[key].level} planted"

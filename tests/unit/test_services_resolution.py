"""Resolution as a pure stream: who is owed a notice, where, in which words, or why not."""

import asyncio
from collections import Counter
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.schemas.commit import Fact, FactKind, Roster
from tocsin.schemas.identifiers import keyed_digest
from tocsin.schemas.outcome import Reason

from fakes.ledgers import audience_root
from fakes.resolutions import CHILD, KEY, KINDS, TEENAGER, World, person, resolved


def told(world: World) -> list[tuple[str, str, str, str]]:
    """Return (recipient, lane, obstacle, covered_by) of each obligation."""
    return [(o.recipient, o.lane, o.obstacle, o.covered_by) for o in world.obligations]


# one person -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, [("self", "other", "", "")]),
        ({"email": "x@gmail.com"}, [("self", "gmail", "", "")]),
        ({"email": "x@QQ.com"}, [("self", "qq", "", "")]),
        ({"cancelled": True}, [("self", "other", "", "")]),
        ({"email": None}, [("self", "unaddressable", Reason.NO_CONTACT, "")]),
        ({"email": "x@y"}, [("self", "unaddressable", Reason.MALFORMED_ADDRESS, "")]),
        (
            {"email": "x@mail.example\r\nBcc: y@mail.example"},
            [("self", "unaddressable", Reason.MALFORMED_ADDRESS, "")],
        ),
        ({"mailbox_barred": True}, [("self", "unaddressable", Reason.MAILBOX_BARRED, "")]),
        ({"kinds": ()}, [("self", "unaddressable", Reason.NONE_OF_THEIR_DATA, "")]),
        (
            {"kinds": (), "birth_date": CHILD},
            [("self", "unaddressable", Reason.NONE_OF_THEIR_DATA, "")],
        ),
        ({"birth_date": TEENAGER}, [("self", "other", "", "")]),
        ({"birth_date": CHILD}, [("guardian", "unaddressable", Reason.NO_GUARDIAN, "")]),
        (
            {"birth_date": CHILD, "guardian_key": "g", "guardian_email": "g@gmail.com"},
            [("guardian", "gmail", "", "")],
        ),
        (
            {"birth_date": CHILD, "guardian_key": "g"},
            [("guardian", "unaddressable", Reason.NO_CONTACT, "")],
        ),
        (
            {"birth_date": TEENAGER, "residence": "CN", "guardian_email": "g@gmail.com"},
            [("minor", "other", "", ""), ("guardian", "gmail", "", "")],
        ),
        (
            {"birth_date": TEENAGER, "residence": "CN"},
            [("minor", "other", "", ""), ("guardian", "unaddressable", Reason.NO_GUARDIAN, "")],
        ),
        (
            {"birth_date": TEENAGER, "residence": "CN", "mailbox_barred": True}
            | {"guardian_key": "g", "guardian_email": "g@gmail.com"},
            [("minor", "unaddressable", Reason.MAILBOX_BARRED, ""), ("guardian", "gmail", "", "")],
        ),
        ({"birth_date": None}, [("self", "other", "", "")]),
    ],
)
def test_who_is_told_for_a_person_and_where_or_why_not(
    fields: dict[str, Any], expected: list[tuple[str, str, str, str]]
) -> None:
    world = resolved(person(1, **fields))
    assert told(world) == expected
    assert world.persons[0].obligations == len(expected)


@pytest.mark.parametrize(
    ("residence", "locale", "cohort", "assumed"),
    [
        ("DE", "en-GB", ("EU-GDPR", "en"), (0, 0)),
        ("CN", "zh-CN", ("CN-PIPL", "zh-Hans"), (0, 0)),
        (None, "en", ("EU-GDPR", "en"), (1, 0)),
        (None, None, ("EU-GDPR", "en"), (1, 1)),
        ("CN", None, ("CN-PIPL", "zh-Hans"), (0, 1)),
        ("FR", "zh-CN", ("EU-GDPR", "zh-Hans"), (0, 0)),
        ("US-CA", "en", ("US-CA US-HIPAA", "en"), (0, 0)),
        ("GB", "en", ("", "en"), (0, 0)),
    ],
)
def test_what_the_directory_does_not_know_is_assumed_and_counted(
    residence: str | None, locale: str | None, cohort: tuple[str, str], assumed: tuple[int, int]
) -> None:
    world = resolved(person(1, residence=residence, locale=locale))
    (found,) = world.cohorts.values()
    assert (" ".join(found["regimes"]), found["locale"]) == cohort
    assert world.persons[0].regimes == cohort[0]
    counts = world.freeze.counts
    assert (counts.defaulted_residence, counts.defaulted_locale) == assumed


# several accounts at one address ----------------------------------------------------------------


@pytest.mark.parametrize("page", [1, 2, 3, 100])
def test_accounts_at_one_address_with_one_text_are_one_notice(page: int) -> None:
    same = [person(n, email=f"{'Same' if n % 2 else 'same'}@GMAIL.com") for n in range(5)]
    world = resolved(*same, person(7, email="else@gmail.com"), page=page)
    first, *others, last = world.obligations
    assert (first.lane, first.seq, first.covered_by) == ("gmail", 0, "")
    assert [(o.lane, o.seq, o.covered_by) for o in others] == [
        ("shared", n, "gmail/0") for n in range(4)
    ]
    assert (last.lane, last.seq, last.covered_by) == ("gmail", 1, "")
    assert len({o.address for o in (first, *others)}) == 1
    assert world.freeze.counts.persons == 6


@pytest.mark.parametrize(
    "other",
    [
        {"locale": "zh-CN"},
        {"residence": "CN", "locale": "en"},
        {"kinds": KINDS[:1]},
        {"birth_date": CHILD, "guardian_key": "k000", "guardian_email": "k000@mail.example"},
    ],
    ids=["language", "regime", "data", "recipient"],
)
def test_accounts_at_one_address_with_different_texts_are_told_apart(other: dict[str, Any]) -> None:
    world = resolved(person(0), person(1, **({"email": "k000@mail.example"} | other)))
    assert [(o.lane, o.seq, o.covered_by) for o in world.obligations] == [
        ("other", 0, ""),
        ("other", 1, ""),
    ]


def test_the_guardian_of_two_children_is_told_once() -> None:
    guarded = {"birth_date": CHILD, "guardian_key": "g", "guardian_email": "g@mail.example"}
    world = resolved(person(0, **guarded), person(1, **guarded))
    assert [o.covered_by for o in world.obligations] == ["", "other/0"]


def test_an_address_that_may_not_be_written_to_covers_nobody() -> None:
    barred = person(0, email="x@mail.example", mailbox_barred=True)
    world = resolved(barred, person(1, email="x@mail.example"))
    assert [o.lane for o in world.obligations] == ["unaddressable", "other"]


# the round --------------------------------------------------------------------------------------


def test_people_are_counted_by_the_directory_and_not_by_the_rows() -> None:
    world = resolved(person(0), person(1), counted=3)
    assert world.freeze.in_scope == 3
    assert world.freeze.counts.persons == 2
    (alarm,) = [fact for fact in world.writes(Fact) if fact.kind is FactKind.ALARM]
    assert "counted 3 people in scope and named 2" in alarm.body["text"]


def test_facts_hold_no_key_and_no_address_and_reprs_hold_neither() -> None:
    world = resolved(*(person(n) for n in range(4)))
    assert [p.pseudonym for p in world.persons] == [
        keyed_digest(KEY, f"k{n:03d}") for n in range(4)
    ]
    facts = repr([world.persons, world.obligations, world.writes(Fact), world.freeze])
    assert "k00" not in facts
    assert "mail.example" not in facts
    assert "k00" not in repr(world.people)
    rosters = [row.key for write in world.writes(Roster) for row in write.rows]
    assert rosters == [f"k{n:03d}" for n in range(4)]


def test_only_the_last_commit_ends_the_event_and_starts_the_planning() -> None:
    world = resolved(*(person(n) for n in range(7)))
    assert [c.done for c in world.commits] == [False, False, False, True]
    assert [e.payload.type for c in world.commits for e in c.events] == ["planning.due"]


def test_a_scope_in_which_nobody_is_left_freezes_an_empty_audience() -> None:
    world = resolved()
    assert (world.freeze.in_scope, world.freeze.counts.persons) == (0, 0)
    assert world.commits[-1].done


emails = st.sampled_from(
    [None, "bad", "a@gmail.com", "A@gmail.com", "b@qq.com", "c@x.example", "d@x.example"]
)
crowds = st.lists(
    st.builds(
        lambda email, residence, locale, birth, guardian, kinds: {
            "email": email,
            "residence": residence,
            "locale": locale,
            "birth_date": birth,
            "guardian_key": guardian and "g",
            "guardian_email": guardian,
            "kinds": kinds,
        },
        emails,
        st.sampled_from([None, "DE", "CN", "US-CA"]),
        st.sampled_from([None, "en", "zh-CN"]),
        st.sampled_from([None, CHILD, TEENAGER, date(1980, 1, 1)]),
        emails,
        st.sampled_from([(), KINDS[:1], KINDS]),
    ),
    max_size=14,
)


@settings(deadline=None, max_examples=60)
@given(crowds, st.integers(1, 5))
def test_every_person_and_obligation_is_numbered_without_a_gap_and_counted(
    crowd: list[dict[str, Any]], page: int
) -> None:
    world = resolved(*(person(n, **fields) for n, fields in enumerate(crowd)), page=page)
    counts = world.freeze.counts
    assert [p.number for p in world.persons] == list(range(len(crowd)))
    assert [o.person for o in world.obligations] == sorted(o.person for o in world.obligations)
    owed = Counter(o.person for o in world.obligations)
    assert [p.obligations for p in world.persons] == [owed[p.number] for p in world.persons]
    assert min(owed.values(), default=1) >= 1
    for lane, total in counts.by_lane.items():
        assert [o.seq for o in world.obligations if o.lane == lane] == list(range(total))
    assert counts.by_lane == Counter(o.lane for o in world.obligations)
    assert counts.by_cohort == Counter(o.cohort for o in world.obligations)
    assert counts.by_residence == Counter(p.residence for p in world.persons)
    assert counts.by_obstacle == Counter(o.obstacle for o in world.obligations if o.obstacle)
    assert sum(body["obligations"] for body in world.cohorts.values()) == counts.obligations
    assert set(world.cohorts) == set(counts.by_cohort)
    places = {f"{o.lane}/{o.seq}": o for o in world.obligations}
    for o in world.obligations:
        assert (o.lane == "shared") == bool(o.covered_by)
        assert (o.lane == "unaddressable") == bool(o.obstacle)
        if o.covered_by:
            covering = places[o.covered_by]
            assert (covering.address, covering.cohort) == (o.address, o.cohort)
            assert covering.lane not in {"shared", "unaddressable"}
    assert world.freeze.audience_root == audience_root(world.persons, world.obligations)


@settings(deadline=None, max_examples=60)
@given(crowds, st.integers(1, 4), st.data())
def test_a_resolution_that_starts_again_anywhere_gives_the_same_rows_and_root(
    crowd: list[dict[str, Any]], page: int, data: st.DataObject
) -> None:
    people = [person(n, **fields) for n, fields in enumerate(crowd)]
    whole = resolved(*people, page=page)
    broken = World(people, page)
    read_on = st.sampled_from([None, 1, 2, 5])

    async def main() -> None:
        checkpoint = None
        for _ in range(data.draw(st.integers(1, 4), label="crashes")):
            crash = data.draw(st.integers(0, len(whole.commits) - 1), label="at commit")
            broken.elsewhere_after = data.draw(read_on, label="another process reads on after")
            await broken.resolve(checkpoint, crash_at=crash)
            if broken.commits and broken.commits[-1].done:
                break
            kept = [c.checkpoint for c in broken.commits if c.checkpoint is not None]
            checkpoint = kept[-1] if kept else None
        else:
            await broken.resolve(checkpoint)

    asyncio.run(main())
    assert broken.commits == whole.commits


@given(st.sets(st.integers(0, 19)), st.sets(st.integers(0, 19)), st.integers(1, 4), st.data())
def test_nobody_is_forgotten_where_the_directory_changed_before_a_resolution_went_on(
    before: set[int], after: set[int], page: int, data: st.DataObject
) -> None:
    first, then = ([person(n) for n in sorted(numbers)] for numbers in (before, after))
    world = World(first, page)
    crash = data.draw(st.integers(0, len(resolved(*first, page=page).commits) - 1))

    async def main() -> None:
        await world.resolve(crash_at=crash)
        world.people = then
        checkpoints = [c.checkpoint for c in world.commits if c.checkpoint is not None]
        await world.resolve(checkpoints[-1] if checkpoints else None)

    asyncio.run(main())
    sent = [row for row in world.obligations if not row.covered_by]
    assert len(sent) == len(world.persons), "each of them has an address of their own"
    assert world.keys.keys() == {(row.lane, row.seq) for row in sent}


def test_a_checkpoint_holds_nobodys_directory_key() -> None:
    world = resolved(*(person(n) for n in range(8)), page=3)

    checkpoints = [c.checkpoint for c in world.commits if c.checkpoint is not None]
    assert len(checkpoints) == 3
    assert not any(p.key in text for p in world.people for text in checkpoints)


def test_a_resolution_whose_round_was_ended_goes_no_further() -> None:
    world = resolved(*(person(n) for n in range(8)), page=3)
    again = World(world.people)  # its roster is gone

    asyncio.run(again.resolve(world.commits[0].checkpoint))

    assert [(c.done, len(c.writes)) for c in again.commits] == [(True, 0)]

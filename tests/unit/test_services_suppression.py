"""Suppression in a round: who is kept back when it is resolved, and what stands on record of it."""

import asyncio

import pytest
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import Fact, FactKind
from tocsin.schemas.outcome import Reason
from tocsin.schemas.person import AffectedPerson, Reach
from tocsin.schemas.suppression import EVERY_CHANNEL, Suppression, SuppressionReason

from fakes.resolutions import CHILD, World, person, resolved, suppressed

LADDER = (Channel.EMAIL, Channel.SMS, Channel.LETTER)
POSTAL = "Ada Beispiel\nWeg 1\n10115 Berlin\nDE"


def line(*channels: Channel, listed_in: str = "court", override_reason: str = "") -> Suppression:
    barred = frozenset(channels) or EVERY_CHANNEL
    return Suppression(barred, SuppressionReason.COURT_ORDER, listed_in, override_reason)


def reachable(number: int) -> AffectedPerson:
    """Return somebody with an address, a number and a letter box."""
    reach = Reach(email=f"k{number}@mail.example", phone="+4930901820", postal=POSTAL)
    return person(number)._replace(reach=reach)


def told(world: World) -> list[tuple[str, str, str]]:
    return [(o.lane, o.obstacle, o.barred) for o in world.obligations]


def facts(world: World, kind: FactKind) -> dict[str, Fact]:
    return {fact.name: fact for fact in world.writes(Fact) if fact.kind is kind}


def test_who_is_barred_on_a_channel_is_told_on_the_next_that_is_free() -> None:
    lists = suppressed({"k001": line(Channel.EMAIL), "k002": line(Channel.LETTER)})
    world = resolved(*map(reachable, range(3)), suppressions=lists, ladder=LADDER)
    assert told(world) == [("other", "", ""), ("sms-49", "", "email"), ("other", "", "letter")]
    assert world.freeze.counts.by_list == {"court": 2}
    assert world.freeze.counts.persons_without_contact == 0


def test_who_is_barred_on_every_channel_cannot_be_told_and_the_list_is_the_reason() -> None:
    lists = suppressed({"k000": line()})
    world = resolved(reachable(0), suppressions=lists, ladder=LADDER)
    assert told(world) == [("unaddressable", Reason.SUPPRESSED, "email sms letter")]
    assert world.freeze.counts.by_obstacle == {"suppressed": 1}
    assert world.freeze.counts.persons_without_contact == 1
    assert world.freeze.counts.persons_excluded == 0


@pytest.mark.parametrize(
    ("barred", "email", "reason"),
    [
        (Channel.EMAIL, "k000@mail.example", Reason.SUPPRESSED),
        (Channel.LETTER, None, Reason.NO_CONTACT),
        (Channel.EMAIL, None, Reason.NO_CONTACT),
    ],
)
def test_the_list_is_the_reason_only_where_a_channel_led_somewhere_without_it(
    barred: Channel, email: str | None, reason: Reason
) -> None:
    lists = suppressed({"k000": line(barred)})
    world = resolved(person(0, email=email), suppressions=lists, ladder=LADDER)
    assert [o.obstacle for o in world.obligations] == [reason]


def test_a_listed_address_bars_whoever_is_reached_there() -> None:
    lists = suppressed(emails={"k0@mail.example": line(Channel.EMAIL)})
    world = resolved(reachable(0), reachable(1), suppressions=lists, ladder=LADDER)
    assert [o.lane for o in world.obligations] == ["sms-49", "other"]


def test_a_guardian_is_kept_back_by_their_own_key_and_not_by_the_childs() -> None:
    child = {"birth_date": CHILD, "guardian_key": "g", "guardian_email": "g@gmail.com"}
    by_child = resolved(person(0, **child), suppressions=suppressed({"k000": line()}))
    by_guardian = resolved(person(0, **child), suppressions=suppressed({"g": line()}))
    assert told(by_child) == [("gmail", "", "")]
    assert told(by_guardian) == [("unaddressable", Reason.SUPPRESSED, "email")]


def test_who_has_lost_nothing_is_no_number_of_a_list() -> None:
    world = resolved(person(0, kinds=()), suppressions=suppressed({"k000": line()}))
    assert [o.obstacle for o in world.obligations] == [Reason.NONE_OF_THEIR_DATA]
    assert world.freeze.counts.by_list == {}


def test_an_overridden_list_bars_nobody_and_its_reason_and_people_are_a_decision() -> None:
    why = "the court lifted its order in November"
    over = line(listed_in="old", override_reason=why)
    lists = suppressed({"k000": over, "k001": line()}, overrides={"old": why, "empty": why})
    world = resolved(reachable(0), reachable(1), suppressions=lists, ladder=LADDER)
    assert [o.lane for o in world.obligations] == ["other", "unaddressable"]
    assert world.freeze.counts.by_overridden_list == {"old": 1}
    assert world.freeze.counts.by_list == {"court": 1}
    decided = facts(world, FactKind.DECISION)
    assert {fact.body["list"]: fact.body["people"] for fact in decided.values()} == {
        "old": 1,
        "empty": 0,
    }
    assert {fact.body["reason"] for fact in decided.values()} == {why}


def test_lists_that_change_during_a_resolution_are_alarmed_about_and_stop_nobody() -> None:
    people = [reachable(number) for number in range(6)]
    world = World(people, suppressions=suppressed({"k001": line()}), ladder=LADDER)
    asyncio.run(world.resolve(crash_at=1))
    world.suppressions = suppressed({"k004": line()})
    asyncio.run(world.resolve(world.commits[0].checkpoint))
    barred = {o.person for o in world.obligations if o.obstacle}
    assert barred == {1, 4}
    assert list(facts(world, FactKind.ALARM)) == [f"lists:{world.freeze.round}"]


def test_the_same_lists_after_a_crash_give_the_same_rows_and_no_alarm() -> None:
    people = [reachable(number) for number in range(7)]
    lists = suppressed({"k001": line(), "k005": line(Channel.EMAIL)})
    whole = resolved(*people, suppressions=lists, ladder=LADDER)
    world = World(people, suppressions=lists, ladder=LADDER)
    asyncio.run(world.resolve(crash_at=1))
    asyncio.run(world.resolve(world.commits[0].checkpoint))
    assert world.freeze == whole.freeze
    assert world.obligations == whole.obligations
    assert facts(world, FactKind.ALARM) == {}


def test_the_digest_of_lists_is_keyed_and_their_order_is_no_matter() -> None:
    one = suppressed({"a": line(), "b": line(Channel.SMS)})
    same = suppressed({"b": line(Channel.SMS), "a": line()})
    other = suppressed({"a": line(), "b": line(Channel.EMAIL)})
    assert one.digest(b"k" * 32) == same.digest(b"k" * 32)
    assert len({x.digest(k * 32) for x in (one, other) for k in (b"k", b"l")}) == 4

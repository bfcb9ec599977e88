"""Delivery as a pure stream: what is handed over, to whom, and what stands on record for it."""

import pytest
from tocsin.schemas.audience import RecipientKind
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import Commit
from tocsin.schemas.errors import Conflict
from tocsin.schemas.event import EscalationDue
from tocsin.schemas.identifiers import is_reference_code
from tocsin.schemas.outcome import (
    Deferred,
    InDoubt,
    Reason,
    Refused,
    Result,
)
from tocsin.schemas.person import Contacts, Reach

from fakes.deliveries import NEVER, TEXT, World, addressee, at, world
from fakes.resolutions import suppressed


def test_everyone_pending_is_handed_over_once_and_on_record() -> None:
    w = world(3)
    commits = w.commits()
    assert [m.recipient for m in w.handed_over] == [f"customer-{n}@mail.example" for n in range(3)]
    rows = [row for commit in commits for write in commit.writes for row in write.rows]
    assert [(r.seq, r.person, r.result, r.level, r.ref) for r in rows] == [
        (n, n, "accepted", "accepted", f"queued-{n}") for n in range(3)
    ]
    assert [commit.done for commit in commits] == [*(False for _ in commits[1:]), True]


def test_a_repeat_is_the_same_bytes_and_two_people_get_different_ones() -> None:
    first, again = world(2), world(2)
    first.commits()
    again.commits()
    assert [m.content for m in first.handed_over] == [m.content for m in again.handed_over]
    one, other = first.handed_over
    assert one.reference != other.reference
    assert is_reference_code(one.reference)
    assert one.reference.encode() in one.content
    assert len({m.content.split(b"Message-ID: ")[1].split()[0] for m in (one, other)}) == 2


def test_the_first_of_a_batch_may_be_out_already_and_is_looked_up_where_that_can_be() -> None:
    w = world(3, outcomes={0: (Result.ACCEPTED, Reason.NONE)})
    w.commits()
    assert w.doubtful == {("other", 1)}


def test_an_address_that_is_no_use_any_more_is_refused_and_stops_nobody_else() -> None:
    w = world(2, contacts_held={"customer-0": at("no address", None)})
    w.commits()
    assert w.outcomes == {
        0: (Result.REFUSED, Reason.MALFORMED_ADDRESS),
        1: (Result.ACCEPTED, Reason.NONE),
    }


def test_a_channel_that_is_barred_for_somebody_is_not_used_for_them() -> None:
    w = world(2)
    w.people[1] = w.people[1]._replace(barred="sms email")
    w.commits()
    assert [m.seq for m in w.handed_over] == [0]
    assert w.outcomes[1] == (Result.REFUSED, Reason.MAILBOX_BARRED)


def test_who_is_put_on_a_list_after_the_freeze_is_refused_and_stops_nobody_else() -> None:
    lists = suppressed({"customer-0": NEVER}, emails={"customer-1@mail.example": NEVER})
    w = world(3, suppressions=lists)
    *_, last = w.commits()
    assert [m.seq for m in w.handed_over] == [2]
    assert w.outcomes == {
        0: (Result.REFUSED, Reason.SUPPRESSED),
        1: (Result.REFUSED, Reason.SUPPRESSED),
        2: (Result.ACCEPTED, Reason.NONE),
    }
    (escalation,) = last.events
    assert [seq for seq, _, _ in escalation.payload.left] == [0, 1]


def test_a_guardian_is_looked_up_on_the_lists_by_their_own_key() -> None:
    reach = {RecipientKind.GUARDIAN: Reach(email="g@mail.example")}
    held = {
        key: Contacts(Reach(), reach, {RecipientKind.GUARDIAN: guardian})
        for key, guardian in (("customer-0", "g0"), ("customer-1", "g1"))
    }
    people = [addressee(seq, recipient="guardian") for seq in range(2)]
    lists = suppressed({"g0": NEVER, "customer-1": NEVER})
    w = World(people, contacts_held={**held}, suppressions=lists)
    w.commits()
    assert [m.seq for m in w.handed_over] == [1]


def test_who_has_an_outcome_is_not_told_again() -> None:
    w = world(3, outcomes={1: (Result.ACCEPTED, Reason.NONE)})
    w.commits()
    assert [m.seq for m in w.handed_over] == [0, 2]


def test_a_batch_with_nobody_pending_asks_nobody_for_contacts_and_is_done() -> None:
    w = world(1, outcomes={0: (Result.ACCEPTED, Reason.NONE)})
    assert w.commits() == [Commit(events=[], done=True)]
    assert w.asked_for == []


def test_the_address_is_the_one_that_the_directory_holds_now() -> None:
    w = world(2, contacts_held={"customer-1": at("moved@mail.example", None)})
    w.commits()
    assert w.handed_over[1].recipient == "moved@mail.example"


def test_a_notice_for_a_guardian_goes_to_the_guardians_address() -> None:
    w = World([addressee(0, recipient="minor"), addressee(1, recipient="guardian")])
    w.commits()
    assert [m.recipient for m in w.handed_over] == [
        "customer-0@mail.example",
        "guardian-of-customer-1@mail.example",
    ]


def test_who_has_another_address_by_now_is_told_there_and_that_is_put_down() -> None:
    w = world(2, contacts_held={"customer-1": at("new@mail.example", None)})
    *_, last = w.commits()
    assert last.done
    assert [m.recipient for m in w.handed_over] == ["customer-0@mail.example", "new@mail.example"]
    assert w.outcomes == {
        0: (Result.ACCEPTED, Reason.NONE),
        1: (Result.ACCEPTED, Reason.ADDRESS_CHANGED),
    }


def test_who_is_gone_from_the_directory_is_excluded_and_who_lost_the_address_goes_on() -> None:
    held: dict[str, Contacts | None] = {
        "customer-0": None,
        "customer-1": at(None, "g@mail.example"),
    }
    w = world(3, contacts_held=held)
    *_, last = w.commits()
    assert w.outcomes == {
        0: (Result.EXCLUDED, Reason.NO_LONGER_HELD),
        1: (Result.REFUSED, Reason.NO_CONTACT),
        2: (Result.ACCEPTED, Reason.NONE),
    }
    (escalation,) = last.events
    assert escalation.payload.left == ((1, Result.REFUSED, Reason.NO_CONTACT),)


def test_whose_notice_the_announcement_replaces_is_settled_without_being_looked_up() -> None:
    w = world(3, replaced=(1,))
    w.people[1] = addressee(1, cohort=1)
    w.commits()

    assert w.outcomes[1] == (Result.ANNOUNCED, Reason.ANNOUNCED_INSTEAD)
    assert [m.seq for m in w.handed_over] == [0, 2]
    assert "customer-1" not in w.asked_for


def test_an_agreement_that_the_law_asks_for_is_looked_at_again_before_sending() -> None:
    withdrawn = Reach(email="b@mail.example")
    held: dict[str, Contacts | None] = {
        "customer-0": Contacts(Reach(email="a@mail.example", agreed=frozenset({Channel.EMAIL}))),
        "customer-1": Contacts(withdrawn),
    }
    w = world(2, contacts_held=held, agreed_alone={"0": [Channel.EMAIL]})
    w.commits()

    assert w.outcomes[0][0] is Result.ACCEPTED
    assert w.outcomes[1] == (Result.REFUSED, Reason.NOT_AGREED)


def test_what_was_not_accepted_is_handed_on_with_its_reason() -> None:
    w = world(
        4,
        answers={
            1: Deferred(Reason.MAILBOX_FULL, retry_after=30),
            2: Refused(Reason.NO_SUCH_MAILBOX),
            3: InDoubt(Reason.CONNECTION_LOST),
        },
    )
    *_, last = w.commits()
    (escalation,) = last.events
    assert isinstance(escalation.payload, EscalationDue)
    assert escalation.payload.left == (
        (1, Result.DEFERRED, Reason.MAILBOX_FULL),
        (2, Result.REFUSED, Reason.NO_SUCH_MAILBOX),
        (3, Result.IN_DOUBT, Reason.CONNECTION_LOST),
    )
    assert last.done
    assert w.commits()[-1].events == last.events, "the child's name depends on the batch alone"


@pytest.mark.parametrize("sent", [0, 1, 2])
def test_a_batch_that_was_cut_short_is_not_done_and_its_rest_is_told_by_the_next(sent: int) -> None:
    w = world(3, stops_after=sent)
    assert not any(commit.done for commit in w.commits())
    w.stops_after = None
    assert w.commits()[-1].done
    assert sorted(m.seq for m in w.handed_over) == [0, 1, 2]


def test_a_key_that_is_not_the_frozen_persons_stops_the_whole_batch() -> None:
    w = world(3)
    w.people[2] = w.people[2]._replace(key="customer-9")
    with pytest.raises(Conflict) as refusal:
        w.commits()
    assert w.handed_over == []
    assert w.outcomes == {}
    assert refusal.value.field == "roster"
    assert "customer" not in str(refusal.value)


def test_a_text_that_is_not_the_approved_one_stops_the_whole_batch() -> None:
    w = world(1, approved=TEXT.replace("To:", "to:"))
    with pytest.raises(Conflict, match="not the ones that were approved"):
        w.commits()
    assert w.handed_over == []


def test_reprs_and_errors_of_the_way_hold_no_address() -> None:
    w = world(1)
    w.commits()
    assert "mail.example" not in repr(w.handed_over)
    assert "mail.example" not in repr(at("x@mail.example", None))

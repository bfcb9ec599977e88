"""Suppression lists: read whole or refused, and never a list of opt-outs from advertising."""

import asyncio
import os
from pathlib import Path

import pytest
from tocsin.directories.suppression import SuppressionList, SuppressionLists, read_suppressions
from tocsin.schemas.channels import Channel
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.person import Reach
from tocsin.schemas.suppression import EVERY_CHANNEL, SuppressionReason, Suppressions

LIST = """key,email,phone,channels,reason
k1,,,,court_order
k2,,,letter call,unsafe_at_home
,Ada@Mail.Example,,email,wrong_person
,,+49 30 901820,sms,do_not_contact
k2,,,sms,do_not_contact
"""


def read(folder: Path, *texts: str, override_reason: str = "") -> Suppressions:
    lists = []
    for number, text in enumerate(texts):
        path = folder / f"{number}.csv"
        path.write_text(text)
        lists.append(SuppressionList(f"list-{number}", path, override_reason))
    return read_suppressions(lists)


def test_a_line_without_a_channel_bars_them_all(tmp_path: Path) -> None:
    assert read(tmp_path, LIST).of("k1") == EVERY_CHANNEL == frozenset(Channel) - {Channel.NONE}


def test_the_lines_that_name_one_person_are_joined(tmp_path: Path) -> None:
    assert read(tmp_path, LIST).of("k2") == {Channel.LETTER, Channel.CALL, Channel.SMS}
    assert read(tmp_path, LIST).of("k3") == frozenset()


def test_a_person_is_found_by_address_and_number_too(tmp_path: Path) -> None:
    found = read(tmp_path, LIST)

    assert found.of("k9", Reach(email="ada@mail.example ")) == {Channel.EMAIL}
    assert found.of("k9", Reach(phone="+4930901820")) == {Channel.SMS}
    assert found.of("k9", Reach(email="eda@mail.example", phone="+4930901821")) == frozenset()


def test_several_lists_are_read_and_each_line_knows_where_it_stands(tmp_path: Path) -> None:
    found = read(tmp_path, LIST, "key;reason\nk2;deceased\n")

    assert found.of("k2") == EVERY_CHANNEL
    assert [(each.listed_in, each.reason) for each in found.said_of("k2")] == [
        ("list-0", SuppressionReason.UNSAFE_AT_HOME),
        ("list-0", SuppressionReason.DO_NOT_CONTACT),
        ("list-1", SuppressionReason.DECEASED),
    ]


def test_a_list_that_is_overridden_bars_nothing_and_is_still_told(tmp_path: Path) -> None:
    reason = "the court lifted its order on 3 November 2026"
    found = read(tmp_path, LIST, override_reason=reason)

    assert found.of("k1") == frozenset()
    assert [each.override_reason for each in found.said_of("k1")] == [reason]


def test_what_is_listed_shows_nowhere(tmp_path: Path) -> None:
    found = read(tmp_path, LIST)

    assert repr(found) == "Suppressions(***, 4 entries)"
    assert "k1" not in repr(found.said_of("k1"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("key,reason\nk1,court_order\nk2,unsubscribed\n", "line 3 has a reason"),
        ("key,reason\nk1,\n", "line 2 has a reason"),
        ("key,channels,reason\nk1,fax,court_order\n", "line 2 names a channel"),
        ("key,channels,reason\nk1,none,court_order\n", "line 2 names a channel"),
        ("key,email,reason\n,,court_order\n", "line 2 names nobody"),
        ("email,reason\nsecret at mail.example,court_order\n", "line 2 has an e-mail address"),
        ("phone,reason\n030 901820,court_order\n", "line 2 has a telephone number"),
        ("key,reason\nk1,court_order,x\n", "line 2 has 3 fields"),
        ("key,because\nk1,court_order\n", "columns are not those"),
        ("reason,channels\ncourt_order,sms\n", "columns are not those"),
        ("key,reason,notes\nk1,court_order,secret\n", "columns are not those"),
        ("", "no header row"),
    ],
)
def test_a_broken_list_is_refused_with_its_name_and_line_and_no_person(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(InvalidInput, match=said) as refused:
        read(tmp_path, text)

    assert refused.value.field == "directory.suppressions.list-0"
    assert refused.value.fix
    assert "secret" not in str(refused.value)


def test_an_opt_out_of_advertising_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(tmp_path, "email,reason\nada@mail.example,newsletter_opt_out\n")

    assert "stops no notice" in (refused.value.fix or "")


def test_a_list_that_is_gone_is_never_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no file") as refused:
        read_suppressions([SuppressionList("gone", tmp_path / "gone.csv")])

    assert refused.value.field == "directory.suppressions.gone"


def test_lists_are_read_once_while_no_file_changes_and_anew_when_one_does(tmp_path: Path) -> None:
    path = tmp_path / "court.csv"
    path.write_text(LIST)
    long_ago = path.stat().st_mtime - 60
    os.utime(path, (long_ago, long_ago))
    lists = SuppressionLists([SuppressionList("court", path)])
    first = asyncio.run(lists.read())
    assert asyncio.run(lists.read()) is first
    path.write_text("key,reason\nk9,court_order\n")
    assert asyncio.run(lists.read()).of("k9") == EVERY_CHANNEL


def test_a_file_that_was_written_just_now_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "court.csv"
    path.write_text("key,reason\nk1,court_order\n")
    lists = SuppressionLists([SuppressionList("court", path)])
    assert asyncio.run(lists.read()).of("k1") == EVERY_CHANNEL
    stamp = path.stat().st_mtime
    path.write_text("key,reason\nk2,court_order\n")
    os.utime(path, (stamp, stamp))
    assert asyncio.run(lists.read()).of("k2") == EVERY_CHANNEL


def test_a_list_that_vanishes_is_an_error_and_never_an_empty_list(tmp_path: Path) -> None:
    path = tmp_path / "court.csv"
    path.write_text(LIST)
    lists = SuppressionLists([SuppressionList("court", path)])
    asyncio.run(lists.read())
    path.unlink()
    with pytest.raises(InvalidInput, match="there is no file"):
        asyncio.run(lists.read())

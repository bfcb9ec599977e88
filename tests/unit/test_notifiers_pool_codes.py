"""Codes of a pool on paper and on call lists: each their own, and the text beside them shared."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from tocsin.notifiers.call_list import CallList
from tocsin.notifiers.letter_address import PostalAddress
from tocsin.notifiers.letter_sheets import Addressed, read_letter
from tocsin.notifiers.letter_typesetter import _compiler, check
from tocsin.rendering.channel_texts import channel_text
from tocsin.rendering.letter import render_letter
from tocsin.rendering.splicing import pieces
from tocsin.schemas.channels import Channel, Disclosure
from tocsin.schemas.identifiers import notice_seed, reference_code
from tocsin.schemas.notice import Message, Segments
from tocsin.schemas.outcome import Accepted

from fakes.letters import LANE, ROUND, ROUND_KEY, code_of
from fakes.push_messages import call_list_settings, noticed, return_code, telephone
from fakes.relays import SENDER, collect, lease_of, run
from golden.sample import INCIDENT, cohort, context, incident

CODES = ("QX7-0042-ZZZZ-9", "-STARTS-SO-00001")
ADDRESS = PostalAddress("DE", "51147", ("Erika Mustermann", "Heidestraße 17", "51147 Köln"))
LOCALES = pytest.mark.parametrize("locale", ["en", "zh-Hans"])


def offering(pool: str | None = "monitoring") -> Any:
    forced, hotline = INCIDENT["remedies"]
    return context(of=incident(remedies=[forced, hotline | {"code_pool": pool}]))


def printed(seq: int, *, locale: str = "en", pool: str | None = "monitoring") -> Message:
    text = render_letter(cohort(locale=locale, disclosure=Disclosure.SEALED), offering(pool))
    values = {
        "reference": reference_code(ROUND_KEY, notice_seed(ROUND_KEY, ROUND, LANE, seq)),
        "code": str(code_of(seq)),
        "enrolment": CODES[seq % 2],
    }
    return Message(LANE, seq, "", pieces(Segments.from_text(text), values), values["reference"])


def strong_words(message: Message) -> str:
    """Return what a letter says in bold, as the typesetter sets it."""
    letter = read_letter(message)
    asked = Addressed(letter, ADDRESS, tight=False).asked([letter.text])
    text = json.loads(letter.text) | {"tight": False}
    job = {"title": "Letter", "marks": True, "texts": [text], "letters": [asked]}
    compiler = _compiler("letter.typ")
    inputs = {"job": json.dumps(job)}
    compiler.compile(format="pdf", sys_inputs=inputs)
    found: str = compiler.query("strong", field="body")
    return found


def test_letters_of_a_cohort_share_one_text_and_each_has_its_own_code() -> None:
    one, other = read_letter(printed(0)), read_letter(printed(1))
    assert one.text == other.text
    assert (one.enrolment, other.enrolment) == CODES
    assert not any(code in one.text for code in CODES)


@LOCALES
def test_a_letter_says_the_code_and_is_as_long_as_a_letter_may_be(locale: str) -> None:
    message = printed(0, locale=locale)
    assert CODES[0] in strong_words(message)
    text = json.loads(read_letter(message).text)
    (pages, _), *_ = check([], [text], 2)["layouts"]
    assert pages == 2


def test_a_letter_that_offers_no_code_says_none() -> None:
    assert read_letter(printed(0, pool=None)).enrolment == ""
    assert CODES[0] not in strong_words(printed(0, pool=None))


@LOCALES
def test_people_of_a_call_list_share_one_script_and_each_has_their_code_in_a_column(
    tmp_path: Path, locale: str
) -> None:
    rendered = channel_text(Channel.CALL_LIST, cohort(locale=locale), offering())
    messages = []
    for seq, code in enumerate(CODES):
        values = {
            "reference": f"REF0{seq}-AAAAA",
            "code": str(return_code(seq)),
            "enrolment": code,
        }
        content = pieces(rendered.content, values)
        messages.append(noticed(seq, telephone(seq))._replace(pieces=content))

    async def main() -> None:
        for message in messages:  # the second is added to a list that is there
            async with CallList(call_list_settings(tmp_path)) as calls:
                sent = await collect(calls.send([message], lease_of(), sender=SENDER))
                assert sent[message.seq].outcome == Accepted()

    run(main())
    (path,) = tmp_path.glob("INC-*.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["enrolment"] for row in rows] == [CODES[0], f"'{CODES[1]}"]
    (script,) = (tmp_path / "scripts").glob("*.txt")
    said = script.read_text("utf-8")
    assert [line for line in said.splitlines() if line] == rendered.text.splitlines()
    assert "{enrolment}" in said
    assert not any(code in said for code in CODES)

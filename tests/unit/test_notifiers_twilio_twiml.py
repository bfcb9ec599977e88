"""What is said on the telephone: the approved words, the reference spelled twice, one key."""

import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from tocsin.notifiers.call_script import CallScript
from tocsin.notifiers.twilio_twiml import for_human, for_machine
from tocsin.notifiers.twilio_voices import VOICES, Voice, voice_of
from tocsin.schemas.errors import InvalidInput

from fakes.phone_calls import call_content, code_of, reference_of

KEYS = "https://notices.organisation.test/twilio/call/x/keys#rc=5&rp=5xx,ct,rt"
VOICE = Voice("en-US", "Polly.Joanna")


def _human(**fields: Any) -> ET.Element:
    script = CallScript.read(call_content(0, **fields))
    return ET.fromstring(for_human(script, VOICE, keys_url=KEYS, times=2))  # noqa: S314  # ours


def _spelled(element: ET.Element) -> list[str]:
    return [str(each.text) for each in element.iter("say-as")]


def test_one_key_is_taken_at_any_moment_and_the_script_comes_again_without_one() -> None:
    call = _human()
    assert [verb.tag for verb in call] == ["Gather", "Gather", "Hangup"]
    for gather in call.iter("Gather"):
        assert gather.attrib["action"] == KEYS
        assert gather.attrib["numDigits"] == "1"
        assert gather.attrib["input"] == "dtmf"
        assert "This is a recorded message from Organisation & Co." in "".join(gather.itertext())


@pytest.mark.parametrize(
    "say",
    [
        ["Hello."],
        [f"Your reference is {reference_of(0)}."],
        [f"Your reference is {reference_of(0)}. I repeat: {reference_of(0)}."],
    ],
)
def test_the_reference_is_said_twice_character_by_character(say: list[str]) -> None:
    gather = _human(say=say).find("Gather")
    assert gather is not None
    assert _spelled(gather) == reference_of(0).split("-") * 2
    assert {e.attrib["interpret-as"] for e in gather.iter("say-as")} == {"characters"}


def test_markup_in_a_sentence_is_said_and_not_done() -> None:
    call = _human(say=["<Dial>+12025550100</Dial> & 'more'"])
    assert [verb.tag for verb in call] == ["Gather", "Gather", "Hangup"]
    assert "<Dial>+12025550100</Dial> & 'more'" in "".join(call.itertext())


def test_a_machine_hears_its_own_words_and_no_key() -> None:
    script = CallScript.read(call_content(0))
    call = ET.fromstring(for_machine(script, VOICE))  # noqa: S314  # ours
    assert [verb.tag for verb in call] == ["Pause", "Say", "Hangup"]
    said = "".join(call.itertext())
    assert said == "Organisation & Co. has an important notice. Please look at our site."


@pytest.mark.parametrize(
    ("lang", "language"),
    [
        ("en", "en-US"),
        ("en-NZ", "en-US"),
        ("en-GB", "en-GB"),
        ("zh-CN", "cmn-CN"),
        ("zh-Hans", "cmn-CN"),
        ("zh-TW", "cmn-CN"),
        ("zh-HK", "yue-CN"),
        ("pt-BR", "pt-BR"),
        ("pt", "pt-PT"),
        ("de-AT", "de-DE"),
        ("ar-EG", "arb"),
    ],
)
def test_a_language_is_read_by_a_voice_that_speaks_it(lang: str, language: str) -> None:
    voice = voice_of(lang)
    assert voice is not None
    assert voice.language == language


@pytest.mark.parametrize("lang", ["eo", "sw-KE", "x", "und"])
def test_a_language_that_nobody_speaks_has_no_voice(lang: str) -> None:
    assert voice_of(lang) is None


def test_every_row_of_the_voices_is_found_under_its_own_name() -> None:
    assert {name: voice_of(name) for name in VOICES} == dict(VOICES)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lang", ""),
        ("say", []),
        ("say", "one text"),
        ("say", [1]),
        ("say", ["a\x00b"]),
        ("voicemail", [""]),
        ("reference", "ABCDE-FGHJK"),
        ("code", "n-1"),
    ],
)
def test_a_script_that_cannot_be_said_names_its_field(name: str, value: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        CallScript.read(call_content(0, **{name: value}))
    assert refused.value.field == f"call.{name}"


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b"hello"])
def test_what_is_no_script_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidInput, match="content"):
        CallScript.read(content)


def test_a_script_is_read_as_it_was_written_and_hides_its_words() -> None:
    script = CallScript.read(call_content(0))
    given = json.loads(call_content(0))
    assert script.say == tuple(given["say"])
    assert script.code == str(code_of(0))
    assert reference_of(0) not in repr(script)

import pytest
from tocsin.rules.readability import (
    MEASURES,
    Counts,
    amstad,
    count,
    douma,
    flesch,
    gulpease,
    kandel_moles,
    kincaid_grade,
    lix,
    martins,
    szigriszt_pazos,
    wiener,
)
from tocsin.rules.reading_gates import reading_findings
from tocsin.rules.sections import Section, sentences, words
from tocsin.rules.syllables import COUNTERS
from tocsin.schemas.finding import FindingSeverity

# Worked examples of the article on Flesch's formula in the English Wikipedia.
_CAT = "The cat sat on the mat."
_PASSAGE = "This sentence, taken as a reading passage unto itself, is being used to prove a point."
_PLATYPUS = "The Australian platypus is seemingly a hybrid of a mammal and reptilian creature."
_HARD = (
    "Notwithstanding the aforementioned organisational considerations, representatives "
    "continuously investigated extraordinarily sophisticated infrastructural "
    "vulnerabilities affecting interconnected administrative applications."
)
_EASY = "We closed the gap. We told the police. You can call us. Keep an eye on your bank account."


@pytest.mark.parametrize(("text", "ease"), [(_CAT, 116), (_PASSAGE, 69), (_PLATYPUS, 37.5)])
def test_published_examples_of_reading_ease_come_out_as_published(text: str, ease: float) -> None:
    assert flesch(count([text], "en")) == pytest.approx(ease, abs=0.5)


_COUNTS = Counts(
    sentences=5, words=100, letters=450, long_words=20, syllables=150, many=15, single=60
)


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        (flesch, 206.835 - 1.015 * 20 - 84.6 * 1.5),
        (kincaid_grade, 0.39 * 20 + 11.8 * 1.5 - 15.59),
        (amstad, 180 - 20 - 58.5 * 1.5),
        (wiener, 0.1935 * 15 + 0.1672 * 20 + 0.1297 * 20 - 0.0327 * 60 - 0.875),
        (kandel_moles, 207 - 1.015 * 20 - 73.6 * 1.5),
        (szigriszt_pazos, 206.835 - 62.3 * 1.5 - 20),
        (gulpease, 89 + (300 * 5 - 10 * 450) / 100),
        (martins, 248.835 - 1.015 * 20 - 84.6 * 1.5),
        (douma, 206.835 - 0.93 * 20 - 77 * 1.5),
        (lix, 20 + 20),
    ],
)  # fmt: skip
def test_a_formula_weighs_what_it_counts_as_published(formula: object, value: float) -> None:
    assert callable(formula)
    assert formula(_COUNTS) == pytest.approx(value)


@pytest.mark.parametrize(
    ("language", "counted"),
    [
        ("en", ("a1 notice2 data2 breach1 password2 passwords2 copied2 security4 information4 "
               "people2 account2 address2 changed1 handled2 called1 files1 services3 companies3 "
               "criminals3 actually4 created3 being2 used1 reused2 were1 before2 supplier3 "
               "statement2 improvement3 element3 science2 society4 experience4 social2 credit2 "
               "bureau2 telephone3 encrypted3 area3 freeze1 recipients4 requested3 boxes2 "
               "table2 simple2 hour1 license2 applied2 identity4 agencies3 messages3")),
        ("de", "Datenschutz3 Sicherheitsvorfall5 Sie1 Benutzer3 neue2 Passwort2 Häuser2 Bank1"),
        ("fr", "données2 sécurité4 bonjour2 mot1 vous1 avons2 adresse2 téléphone3 que1 changer2"),
        ("es", "datos2 información4 contraseña4 cuenta2 día2 seguridad4 país2 teléfono4 fue1"),
        ("it", "dati2 sicurezza4 informazione5 parola3 conto2 città2 chiave2"),
        ("nl", "gegevens3 wachtwoord2 informatie4 beveiliging4 mensen2 geopend3 zijn1 leeuw1"),
        ("pt", "dados2 informação4 senha2 não1 segurança4 coração3 país2 endereço4 ações2"),
    ],
)  # fmt: skip
def test_syllables_are_counted_as_they_are_spoken(language: str, counted: str) -> None:
    counter = COUNTERS[language]
    wrong = [w for w in counted.split() if counter(w[:-1]) != int(w[-1])]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Dr. Who called at 9 a.m. and left. We saw.", 2),
        ("We paid 3.50 for it! Why? Nobody knows…", 3),
        ("我们已关闭账号。您的信息已被复制！请留意。", 3),
        ("यह एक सूचना है। कृपया पढ़ें।", 2),
        ("See clinic.example.com for more.", 1),
        ("- {reference}", 1),
    ],
)
def test_sentences_end_as_their_script_ends_them(text: str, pieces: int) -> None:
    assert len(list(sentences([text]))) == pieces


def test_names_addresses_and_slots_are_not_counted() -> None:
    (said,) = sentences(["Example Books Ltd: ask privacy@x.example."], names=["Example Books Ltd"])
    assert words(said) == ["X", "ask", "X"]


def _found(text: str, locale: str) -> list[tuple[str, FindingSeverity]]:
    return [
        (f.rule, f.severity) for f in reading_findings([Section("What happened", (text,))], locale)
    ]


def test_a_hard_section_blocks_and_names_its_hardest_sentence() -> None:
    text = f"{_EASY} {_HARD} " + f"{_HARD} " * 5
    found = reading_findings([Section("What happened", (text,))], "en")
    (ease,) = (f for f in found if f.text.startswith("Flesch reading ease"))
    assert (ease.rule, ease.severity) == ("READING-en", FindingSeverity.BLOCK)
    assert ease.where == "What happened"
    assert "“Notwithstanding the aforementioned" in ease.text


def test_an_easy_section_passes() -> None:
    assert _found(f"{_EASY} " * 6, "en") == []


def test_under_a_hundred_words_only_sentences_are_judged() -> None:
    assert _found(_HARD, "en") == []
    assert _found("word " * 36 + ".", "en") == [("NW-10", FindingSeverity.WARN)]


@pytest.mark.parametrize(
    ("characters", "severity"),
    [(45, None), (46, FindingSeverity.WARN), (61, FindingSeverity.BLOCK)],
)
def test_a_long_chinese_sentence_warns_and_a_very_long_one_blocks(
    characters: int, severity: FindingSeverity | None
) -> None:
    found = _found("信" * characters + "。", "zh-Hans")
    assert found == ([] if severity is None else [("NW-10", severity)])


def test_the_averages_of_chinese_are_said_to_be_a_heuristic_and_ask_for_nothing() -> None:
    text = ("信" * 40 + "。") * 6
    found = reading_findings([Section("", (text,))], "zh-Hans")
    assert {(f.rule, f.severity) for f in found} == {("READING-zh", FindingSeverity.NOTE)}
    assert all(f.text.startswith("A heuristic") for f in found)


def test_a_language_without_a_formula_of_its_own_is_never_blocked_by_one() -> None:
    assert {s for _, s in _found(f"{_HARD} " * 9, "ro")} == {FindingSeverity.WARN}
    assert {s for _, s in _found(f"{_HARD} " * 9, "pl")} == {FindingSeverity.NOTE}


@pytest.mark.parametrize("language", sorted(MEASURES))
def test_every_published_formula_finds_long_words_in_long_sentences_hard(language: str) -> None:
    long_word = "unverhältnismäßigkeitsprüfung"
    text = (" ".join([long_word] * 60) + ". ") * 2
    assert (f"READING-{language}", FindingSeverity.BLOCK) in _found(text, language)

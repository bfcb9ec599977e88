"""Key streams: each number has its place, whoever asks for how many at once."""

from hypothesis import given
from hypothesis import strategies as st
from tocsin.schemas.key_stream import places, scrambled

KEY = bytes(range(32))
PLAIN = bytes.fromhex("00112233445566778899aabbccddeeff")
ENCRYPTED = bytes.fromhex("8ea2b7ca516745bfeafc49904b496089")
"""The example of FIPS 197, appendix C.3, under KEY."""

numbers = st.lists(st.integers(0, 10**9), max_size=8) | st.lists(st.integers(0, 40), max_size=40)


def test_a_place_is_the_cipher_text_of_its_number() -> None:
    assert places(KEY, [int.from_bytes(PLAIN)], blocks=1) == [ENCRYPTED]
    two, four = int.from_bytes(PLAIN) // 2, int.from_bytes(PLAIN) // 4
    assert places(KEY, [two], blocks=2)[0][16:] == ENCRYPTED
    assert places(KEY, [four], blocks=4)[0][48:] == ENCRYPTED


@given(numbers, st.integers(1, 3))
def test_a_place_is_the_same_alone_and_among_any_others(asked: list[int], blocks: int) -> None:
    together = places(KEY, asked, blocks=blocks)
    assert together == [places(KEY, [number], blocks=blocks)[0] for number in asked]
    assert len(set(together)) == len(set(asked))
    assert all(len(place) == 16 * blocks for place in together)


def test_a_word_is_scrambled_as_the_block_that_it_is() -> None:
    assert scrambled(KEY, [PLAIN]) == [ENCRYPTED]
    (word,) = scrambled(KEY, [b"AB"])
    assert scrambled(KEY, [b"AB", PLAIN, b"AB"]) == [word, ENCRYPTED, word]
    assert scrambled(KEY, []) == []


@given(st.lists(st.binary(min_size=1, max_size=9).map(lambda word: word + b"!"), unique=True))
def test_no_two_words_become_the_same(words: list[bytes]) -> None:
    assert len(set(scrambled(KEY, words))) == len(words)

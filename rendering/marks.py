"""Marks: which content codes a text has words for, noted at the place where the words are written.

A template calls `mark("HARM")` inside the condition under which it tells the harms, and a letter
does the same beside its block. So presence is a matter of what was rendered.
"""


class Marks:
    """What a text holds, and what it only says is not known yet. Marking writes nothing."""

    def __init__(self) -> None:
        """Begin with a text that holds nothing."""
        self._held: dict[str, None] = {}
        self._waiting: dict[str, None] = {}

    def __call__(self, *codes: str) -> str:
        """Note that the words of these codes stand here."""
        self._held.update(dict.fromkeys(codes))
        return ""

    def pending(self, *codes: str) -> str:
        """Note that here the text says that these are not known yet."""
        self._waiting.update(dict.fromkeys(codes))
        return ""

    @property
    def holds(self) -> tuple[str, ...]:
        """The codes that the text has words for."""
        return tuple(sorted(self._held))

    @property
    def waits(self) -> tuple[str, ...]:
        """The codes that are told as not known yet, and nowhere else."""
        return tuple(sorted(self._waiting.keys() - self._held.keys()))


def common(one: Marks, other: Marks) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what two forms of one text both hold, and what either leaves open."""
    held = set(one.holds) & set(other.holds)
    waiting = (set(one.waits) | set(other.waits)) - held
    return tuple(sorted(held)), tuple(sorted(waiting))

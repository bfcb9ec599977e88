"""Where call lists are put, and how long one is."""

from dataclasses import dataclass
from pathlib import Path

from tocsin.notifiers.http_settings import refuse_unless


@dataclass(frozen=True, slots=True)
class CallListSettings:
    """The folder of a call centre's lists.

    `people_per_list` is how many seqs of a lane share a list, `flush` how many people may be listed
    without being on record, `priority` what stands in that column where a notice names none.
    """

    folder: Path
    people_per_list: int = 1_000
    flush: int = 200
    priority: str = "normal"

    def __post_init__(self) -> None:
        """Refuse what cannot work, with the field and what to write instead.

        Raises:
            InvalidInput: a value is out of its range.
        """
        refuse_unless(
            "call_list",
            (
                (
                    self.people_per_list > 0,
                    "people_per_list",
                    "a list holds people",
                    "write 1 or more",
                ),
                (self.flush > 0, "flush", "flush is a number of messages", "write 1 or more"),
            ),
        )

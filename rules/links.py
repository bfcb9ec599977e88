"""Addresses in a text as a mail program or a telephone would make links of them."""

import re
from collections.abc import Iterator

_ADDRESS = re.compile(
    r"""
    (?: (?i:https?)://(?P<named>[^\s/<>"'()，。；）】]+)
      | (?<![A-Za-z0-9@._+-])                                   # not within an e-mail address
        (?P<bare>(?:[A-Za-z0-9-]+\.)+(?:[a-z]{2,24}|[A-Z]{2,24}))
        (?![A-Za-z0-9@-]|\.[A-Za-z0-9])
    ) (?P<path>(?:[:/?\#][^\s<>"'，。；）】]*)?)
    """,
    re.VERBOSE,
)
"""An address as a mail program would make it a link, with or without its scheme."""
_FILE_ENDINGS = frozenset(
    {"csv", "doc", "docx", "exe", "gz", "html", "js", "json", "log", "pdf", "sql", "txt", "xlsx"}
)


def addresses(text: str) -> Iterator[tuple[str, str]]:
    """Yield host and path of every address in a text; a user part before `@` deceives nobody."""
    for match in _ADDRESS.finditer(text):
        named, bare = match["named"], match["bare"]
        host = (named or bare).lower().rpartition("@")[2].partition(":")[0].rstrip(".")
        if named or host.rpartition(".")[2] not in _FILE_ENDINGS:
            yield host, match["path"].rstrip("/.,;:!?)")


def is_own(host: str, site: str) -> bool:
    """Whether a host is the organisation's own site or lies under it."""
    return host == site.lower() or host.endswith(f".{site.lower()}")


OFFICIAL = frozenset(
    {
        "identitytheft.gov",
        "annualcreditreport.com",
        "reportfraud.ftc.gov",
        "ag.ny.gov",
        "doj.state.or.us",
        "ncdoj.gov",
        "oag.dc.gov",
    }
)
"""Hosts that an authority sends people to. They may stand as words, without a path; never as a
link, so that whoever reads them types them."""

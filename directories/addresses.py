"""Whether a text in an address column can be an e-mail address at all."""

import re

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_TOP = r"(?:[A-Za-z]{2,63}|[Xx][Nn]--[A-Za-z0-9-]{0,58}[A-Za-z0-9])"
_MAILBOX = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_TOP}")
_LONGEST = 254


def looks_like_an_address(text: str) -> bool:
    """Whether `text` is a dot-atom mailbox at a domain of two labels or more (RFC 5321, 4.1.2)."""
    return len(text) <= _LONGEST and _MAILBOX.fullmatch(text) is not None

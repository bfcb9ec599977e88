"""Variable envelope return path: each notice has an envelope sender of its own for its bounces."""

import re
from dataclasses import dataclass

from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.identifiers import ReturnCode

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.ASCII)
_LONGEST_LOCAL_PART = 64
_LONGEST_DOMAIN = 189
"""A path is 256 octets with its brackets (RFC 5321 section 4.5.3.1.3), a code takes 64, and `@`."""


@dataclass(frozen=True, slots=True)
class Verp:
    """Makes and reads `<code>@<domain>`; `domain` is where bounces come in, and nothing else.

    The code alone says which notice is meant, and its proof that we sent it. Whoever reads the
    envelope of a notice knows its code, the person's own mail provider above all: a bounce is what
    the other side says, no more.
    """

    domain: str

    def __post_init__(self) -> None:
        """Take the domain in lower case.

        Raises:
            InvalidInput: it is no domain, or too long for an envelope.
        """
        domain = self.domain.lower()
        if len(domain) > _LONGEST_DOMAIN or not _DOMAIN.fullmatch(domain):
            message = "no domain for bounces"
            fix = "write a domain of its own in ASCII, such as bounces.example.org"
            raise InvalidInput(message, field="bounces.domain", fix=fix)
        object.__setattr__(self, "domain", domain)

    def address(self, code: ReturnCode | str) -> str | None:
        """Return the envelope sender of the notice that a code names.

        None for a code longer than a local part may be (RFC 5321 section 4.5.3.1.1): that of
        somebody who may have to wait under many laws at once. What comes back is not known then.
        """
        local = str(code)
        return f"{local}@{self.domain}" if len(local) <= _LONGEST_LOCAL_PART else None

    def code(self, address: str) -> ReturnCode | None:
        """Return the code in an address of this domain, in either case; None for any other.

        Its proof is not checked here.
        """
        local, _, domain = address.rpartition("@")
        return ReturnCode.read(local) if domain.lower() == self.domain else None

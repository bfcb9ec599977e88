"""How the organisation's backend says for whom it asks, without saying who that is.

    digest = HMAC-SHA-256(secret, "account/" + account)               in hexadecimal
    proof  = HMAC-SHA-256(secret, "token/" + digest + "/" + expires)  in hexadecimal
    token  = digest + "." + expires + "." + proof

`expires` is in whole seconds since 1970. The backend makes a token when a person has signed in, and
hands it to that person's page. The account itself reaches neither the page nor the store.
"""

import hmac
import re

from pydantic import SecretStr
from tocsin.schemas.identifiers import keyed_digest

_TOKEN = re.compile(r"([0-9a-f]{64})\.([0-9]{1,12})\.([0-9a-f]{64})", re.ASCII)


def account_digest(secret: SecretStr, account: str) -> str:
    """Return what stands for an account in the store: 64 hexadecimal digits."""
    return keyed_digest(secret.get_secret_value().encode(), f"account/{account}")


def account_token(secret: SecretStr, account: str, *, expires: int) -> str:
    """Return the token with which an account's notices are asked for until `expires`."""
    digest = account_digest(secret, account)
    return f"{digest}.{expires}.{_proof(secret, digest, expires)}"


def read_token(secret: SecretStr, token: str, *, now: float, longest_s: float) -> str | None:
    """Return the digest in a token that is genuine and good now; None for any other.

    A token that is good for longer than `longest_s` is none: whoever finds it could read for ever.
    """
    found = _TOKEN.fullmatch(token)
    if found is None:
        return None
    digest, expires = found[1], int(found[2])
    genuine = hmac.compare_digest(_proof(secret, digest, expires), found[3])
    return digest if genuine and now < expires <= now + longest_s else None


def _proof(secret: SecretStr, digest: str, expires: int) -> str:
    return keyed_digest(secret.get_secret_value().encode(), f"token/{digest}/{expires}")

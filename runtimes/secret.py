"""Secrets, taken from where they are kept: never from the configuration file itself."""

import os
from pathlib import Path

from pydantic import SecretStr
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.record import Record


def kept(
    name: str, *, env: str | None, file: Path | None, section: str, must: bool = False
) -> SecretStr | None:
    """Return a secret from an environment variable or a file; None where neither is named.

    Raises InvalidInput naming the field: the variable is not set, the file cannot be read, or it is
    named nowhere and `must` be.
    """
    if env is not None:
        value = os.environ.get(env)
        if value is None:
            message = f"the environment has no {env}"
            raise InvalidInput(message, field=f"{section}.{name}_env", fix="set it")
        return SecretStr(value)
    if file is not None:
        try:
            return SecretStr(file.read_text().strip())
        except OSError:
            message = "the file cannot be read"
            fix = "name a readable file"
            raise InvalidInput(message, field=f"{section}.{name}_file", fix=fix) from None
    if must:
        message = "is missing: secrets do not stand in this file"
        fix = f"name an environment variable in {name}_env, or a file in {name}_file"
        raise InvalidInput(message, field=f"{section}.{name}_env", fix=fix)
    return None


class WithSecret(Record):
    """A section that has one secret."""

    secret_env: str | None = None
    """Name of the environment variable that holds the secret."""
    secret_file: Path | None = None
    """File that holds it."""

    def secret(self, section: str) -> SecretStr:
        """Return the secret; InvalidInput without one."""
        found = kept(
            "secret", env=self.secret_env, file=self.secret_file, section=section, must=True
        )
        assert found is not None  # noqa: S101  # it must be there
        return found

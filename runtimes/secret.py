"""A section of the configuration that has one secret, kept elsewhere."""

from pathlib import Path

from pydantic import SecretStr
from tocsin.runtimes.kept_secret import kept_secret
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.record import Record


class WithSecret(Record):
    """A section that has one secret."""

    secret_env: str | None = None
    """Name of the environment variable that holds the secret."""
    secret_file: Path | None = None
    """File that holds it."""

    def secret(self, section: str) -> SecretStr:
        """Return the secret of this section; InvalidInput where it is kept nowhere."""
        found = kept_secret(self.secret_env, self.secret_file, field=f"{section}.secret")
        if found is None:
            message = "is missing: secrets do not stand in this file"
            fix = "name an environment variable in secret_env, or a file in secret_file"
            raise InvalidInput(message, field=f"{section}.secret_env", fix=fix)
        return found

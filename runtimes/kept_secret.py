"""Secrets by environment or file: they never stand in the configuration itself."""

import os
from pathlib import Path

from pydantic import SecretStr
from tocsin.schemas.errors import InvalidInput


def kept_secret(env: str | None, file: Path | None, *, field: str) -> SecretStr | None:
    """Return a secret from where it is kept, the environment first; None if it is kept nowhere.

    Raises:
        InvalidInput: it is not there; `field` with `_env` or `_file` names the setting.

    """
    if env is not None:
        value = os.environ.get(env)
        if value is None:
            message = f"the environment has no {env}"
            raise InvalidInput(message, field=f"{field}_env", fix="set it")
        return SecretStr(value)
    if file is not None:
        try:
            return SecretStr(file.read_text().strip())
        except (OSError, UnicodeDecodeError):
            message = "the file cannot be read"
            raise InvalidInput(message, field=f"{field}_file", fix="name a readable file") from None
    return None

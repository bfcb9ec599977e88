"""Which kind of directory the scheme of an address names."""

from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from tocsin.directories.files import FileDirectory
from tocsin.directories.http_settings import HttpSettings
from tocsin.directories.mapping import DirectoryMapping
from tocsin.directories.sql import SqlDirectory
from tocsin.schemas.errors import InvalidInput

if TYPE_CHECKING:
    from tocsin.directories.http import HttpDirectory

Directory: TypeAlias = "SqlDirectory | FileDirectory | HttpDirectory"
"""Any of the kinds; they have the same methods."""


def is_file(url: str) -> bool:
    """Whether the address is that of a CSV or Parquet file."""
    return url.partition(":")[0].lower() == "file"


def is_service(url: str) -> bool:
    """Whether the address is that of an HTTP service."""
    return url.partition(":")[0].lower() in {"http", "https"}


def open_directory(
    url: str,
    mapping: DirectoryMapping,
    *,
    sidecar: Path | None = None,
    service: HttpSettings | None = None,
) -> Directory:
    """Return the directory at an address; nothing is read or asked yet.

    `file:` names a CSV or Parquet file, whose index is kept in the folder `sidecar`; `http:` and
    `https:` a service, asked as `service` says; every other scheme a database of SQLAlchemy.

    Raises:
        InvalidInput: the address is none, or what this kind needs is not installed.

    """
    if is_file(url):
        return FileDirectory(url, mapping, sidecar=sidecar)
    if service is None:
        return SqlDirectory(url, mapping)
    try:
        from tocsin.directories.http import HttpDirectory  # noqa: PLC0415  # of an extra
    except ImportError:
        message = "the library that asks services is not installed"
        raise InvalidInput(
            message, field="directory.url", fix="pip install 'tocsin[http]'"
        ) from None
    return HttpDirectory(service)

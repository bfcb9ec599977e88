"""The part of the configuration that says where people are, and whom no notice may reach."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import Field, SecretStr, model_validator
from tocsin.directories.choosing import Directory, is_file, is_service, open_directory
from tocsin.directories.http_settings import LARGEST_PAGE, HttpSettings
from tocsin.directories.mapping import DirectoryMapping
from tocsin.directories.suppression import SuppressionList, SuppressionLists
from tocsin.rules.privacy import find_personal_data
from tocsin.runtimes.kept_secret import kept_secret
from tocsin.schemas.record import Record

_OF_A_SERVICE = frozenset({"token_env", "token_file", "timeout_s", "tries", "page"})
_WITH_A_SERVICE = _OF_A_SERVICE | {
    *("url", "table", "key", "email"),
    *("own_mailbox_domains", "suppressions"),
}


class SuppressionSection(Record):
    """One list of people who must not be written to, as a CSV file (docs/directories.md)."""

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    path: Path
    override_reason: str | None = Field(default=None, min_length=10, max_length=500)
    """Why notices go out all the same. The list is still read, and what it says is recorded."""

    @model_validator(mode="after")
    def _reason_names_nobody(self) -> Self:
        kind = find_personal_data(self.override_reason or "")
        if kind is not None:
            message = f"override_reason seems to hold {kind}, and it stays on record: leave it out"
            raise ValueError(message)
        return self


class DirectorySection(DirectoryMapping):
    """Where the people are, and how table, file or service is to be read."""

    url: str = Field(min_length=4)
    """`file:///srv/people.csv` (or .parquet), `https://...` of a service of your own, or a
    SQLAlchemy URL. A password in it may stand as `${NAME}`, taken from the environment."""
    sidecar: Path | None = None
    """Folder for the index of a file; beside the file by default."""
    token_env: str | None = None
    """Name of the environment variable that holds the service's token."""
    token_file: Path | None = None
    """File that holds the service's token."""
    timeout_s: float = Field(default=30, gt=0, le=600)
    """Longest wait for one answer of the service."""
    tries: int = Field(default=4, ge=1, le=20)
    page: int = Field(default=1_000, ge=1, le=LARGEST_PAGE)
    """People that the service is asked for at once."""
    suppressions: tuple[SuppressionSection, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _without_names_that_nobody_asks_for(cls, given: Any) -> Any:
        """Name the table of a file's index, and the fields of a service, as they always are."""
        if not isinstance(given, Mapping) or not isinstance(given.get("url"), str):
            return given
        if is_service(given["url"]):
            return {"table": "people", "key": "key", "email": "email"} | dict(given)
        return {"table": "people"} | dict(given) if is_file(given["url"]) else given

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        fields = type(self).model_fields
        told = {n for n in self.model_fields_set if getattr(self, n) != fields[n].get_default()}
        if is_service(self.url):
            if wrong := told - _WITH_A_SERVICE:
                message = f"a service answers in fields of its own: leave out {_listed(wrong)}"
                raise ValueError(message)
        elif wrong := told & _OF_A_SERVICE:
            message = f"only a service at http(s):// has {_listed(wrong)}"
            raise ValueError(message)
        if self.sidecar is not None and not is_file(self.url):
            message = "only a file has a sidecar"
            raise ValueError(message)
        names = [each.name for each in self.suppressions]
        if len(set(names)) != len(names):
            message = "two suppressions have the same name"
            raise ValueError(message)
        return self

    def mapping(self) -> DirectoryMapping:
        """Return the mapping without the place."""
        return DirectoryMapping(**{k: getattr(self, k) for k in DirectoryMapping.model_fields})

    def is_read(self) -> bool:
        """Whether it is a table or a file: a service is asked, which takes nobody's time here."""
        return not is_service(self.url)

    def open(self) -> Directory:
        """Return the directory; nothing is read or asked yet. InvalidInput where it cannot be."""
        return open_directory(
            self.url, self.mapping(), sidecar=self.sidecar, service=self._service()
        )

    def suppression_lists(self) -> SuppressionLists:
        """Return the suppression lists; nothing is read yet."""
        return SuppressionLists(
            [
                SuppressionList(each.name, each.path, override_reason=each.override_reason or "")
                for each in self.suppressions
            ]
        )

    def anchored(self, folder: Path) -> Self:
        """Take relative paths from a folder: that of the configuration file."""
        url = self.url
        for scheme in ("sqlite:///", "file:"):
            name = url.removeprefix(scheme)
            if url.startswith(scheme) and not name.startswith("/"):
                url = f"{'file://' if is_file(url) else scheme}{(folder / name).resolve()}"
        lists = tuple(
            each.model_copy(update={"path": folder / each.path}) for each in self.suppressions
        )
        paths = {name: getattr(self, name) for name in ("sidecar", "token_file")}
        return self.model_copy(
            update={"url": url, "suppressions": lists}
            | {name: folder / path for name, path in paths.items() if path is not None}
        )

    def _service(self) -> HttpSettings | None:
        if not is_service(self.url):
            return None
        token = kept_secret(self.token_env, self.token_file, field="directory.token")
        return HttpSettings(
            base_url=self.url,
            token=token or SecretStr(""),
            timeout_s=self.timeout_s,
            tries=self.tries,
            page=self.page,
            own_mailbox_domains=self.own_mailbox_domains,
        )


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))

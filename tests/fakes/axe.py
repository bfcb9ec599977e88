"""axe-core: the checker for accessible pages, run in a real browser on this machine."""

import fcntl
import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

VERSION = "4.10.3"
INSTALL = "apt-get install -y --no-install-recommends chromium npm"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
_SHA256 = "0f2b4d7dcdf7d1219df8d1959ad68e565f51d14c3f0d88bb71cd59abeb956292"
_BROWSER = (
    *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"),
    *("--no-first-run", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--dump-dom", "--virtual-time-budget=20000"),
)
_RUN = """
axe.run(document, {runOnly: TAGS, resultTypes: ["violations"]}).then(found => {
  const said = found.violations.map(v =>
    v.id + ": " + v.nodes.map(n => n.target.join(" ")).join(", "));
  const root = document.documentElement;
  said.push(root.scrollWidth > window.innerWidth ? "reflow: wider than the window" : "");
  root.setAttribute("data-axe", JSON.stringify({rules: found.passes.length, said: said}));
});
"""


def available() -> bool:
    """Whether it can be run here, fetched first where it must be."""
    fetched = (_place() / "axe.min.js").exists() or shutil.which("npm") is not None
    return shutil.which("chromium") is not None and fetched


def _place() -> Path:
    cache_home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache_home) / "tocsin-tests" / f"axe-core-{VERSION}"


@cache
def _script() -> str:
    """Return the checker's source, fetched once per machine, by one process."""
    place = _place()
    place.mkdir(parents=True, exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "axe.min.js").exists():
            command = ["npm", "pack", "--silent", f"axe-core@{VERSION}"]
            subprocess.run(command, cwd=place, check=True, capture_output=True)
            packed = place / f"axe-core-{VERSION}.tgz"
            assert hashlib.sha256(packed.read_bytes()).hexdigest() == _SHA256
            with tarfile.open(packed) as files:
                found = files.extractfile("package/axe.min.js")
                assert found is not None
                (place / "axe.unfinished").write_bytes(found.read())
            (place / "axe.unfinished").rename(place / "axe.min.js")
    return (place / "axe.min.js").read_text("utf-8")


def violations(
    page: str, folder: Path, need: Callable[[object, str], None], *, widths: Sequence[int]
) -> list[str]:
    """Return what a page breaks of WCAG 2.2 A and AA, in windows of some widths."""
    need(available(), INSTALL)
    run = _RUN.replace("TAGS", json.dumps(TAGS))
    file = folder / "page.html"
    file.write_text(
        page.replace("</body>", f"<script>{_script()}</script><script>{run}</script></body>"),
        "utf-8",
    )
    broken: list[str] = []
    for width in widths:
        command = [*_BROWSER, f"--window-size={width},900", f"--user-data-dir={folder}/browser"]
        done = subprocess.run(
            [*command, file.as_uri()], capture_output=True, text=True, check=True, timeout=120
        )
        found = re.search(r'data-axe="([^"]*)"', done.stdout)
        assert found is not None, "the checker did not come to an end"
        told = json.loads(html.unescape(found[1]))
        assert told["rules"] > 5, "the checker looked at nothing"
        broken += [f"{width}: {said}" for said in told["said"] if said]
    return broken

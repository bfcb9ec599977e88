"""The spool: an event waits once, in order, whole, and survives a kill at any step."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tocsin.schemas.errors import Conflict, InvalidInput, Unavailable
from tocsin.streams.spool import Spool, SpoolBounds, spooled_name

A, B, C = (spooled_name("scanner", event) for event in "abc")

_DIES = """
import os, signal, sys
from pathlib import Path
from tocsin.streams.spool import Spool
folder, step, name, then = sys.argv[1:]
def tap(reached):
    if reached == step:
        os.kill(os.getpid(), signal.SIGKILL)
spool = Spool(Path(folder), tap=tap)
spool.open()
if then == "put":
    spool.put(name, b"x" * 100_000)
else:
    spool.remove(name)
"""
_FILE_TOO_LARGE = """
import sys
from pathlib import Path
from tocsin.schemas.errors import Unavailable
from tocsin.streams.spool import Spool
spool = Spool(Path(sys.argv[1]))
spool.open()
try:
    spool.put(sys.argv[2], b"x" * 100_000)
except Unavailable as refused:
    sys.exit(str(refused))
"""


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool")
    opened.open()
    yield opened
    opened.close()


def files(spool: Spool) -> set[str]:
    return {path.name for path in spool.folder.iterdir()} - {".lock"}


def child(script: str, *arguments: str, **more: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)  # type: ignore[call-overload, no-any-return]


def test_an_event_waits_once_whatever_comes_under_its_id(spool: Spool) -> None:
    assert spool.put(A, b"first")
    assert not spool.put(A, b"second")
    assert spool.waiting() == (A,)
    assert spool.read(A) == b"first"
    assert spool.events == 1


def test_ids_and_detectors_do_not_run_into_each_other() -> None:
    assert spooled_name("a", "bc") != spooled_name("ab", "c")
    assert spooled_name("a", "b") == spooled_name("a", "b")


def test_events_come_back_in_the_order_of_their_arrival_also_later(spool: Spool) -> None:
    names = [spooled_name("scanner", str(n)) for n in range(200)]
    for name in names:
        spool.put(name, b"x")
    os.utime(spool.folder / names[-1], ns=(2**62, 2**62))  # the clock went back since
    spool.close()
    again = Spool(spool.folder)
    again.open()
    again.put(A, b"x")
    assert again.waiting() == (*names, A)
    assert again.events == 201
    again.close()


def test_what_is_removed_is_gone_and_can_come_again(spool: Spool) -> None:
    spool.put(A, b"x")
    assert spool.remove(A)
    assert not spool.remove(A)
    assert (spool.events, spool.read(A), spool.waiting()) == (0, None, ())
    assert spool.put(A, b"x")


def test_folder_and_files_are_for_the_owner_only(spool: Spool) -> None:
    spool.put(A, b"x")
    assert spool.folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in spool.folder.iterdir()} == {0o600}


def test_a_folder_that_others_may_look_into_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with pytest.raises(InvalidInput, match="chmod 700") as refused:
        Spool(tmp_path).open()
    assert refused.value.field == "spool"
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match="FileExistsError"):
        Spool(tmp_path / "file").open()


@pytest.mark.parametrize("bounds", [SpoolBounds(events=2), SpoolBounds(size=250)])
def test_a_full_spool_refuses_and_says_so(tmp_path: Path, bounds: SpoolBounds) -> None:
    spool = Spool(tmp_path / "spool", bounds)
    spool.open()
    spool.put(A, b"x" * 100)
    spool.put(B, b"x" * 100)
    with pytest.raises(Unavailable, match="the spool is full: 2 events wait") as refused:
        spool.put(C, b"x" * 100)
    assert refused.value.field == "spool"
    assert files(spool) == {A, B}
    assert not spool.put(A, b"again")
    spool.remove(A)
    assert spool.put(C, b"x" * 100)
    spool.close()


def test_one_process_at_a_time_holds_a_spool(spool: Spool) -> None:
    other = Spool(spool.folder)
    with pytest.raises(Conflict, match="another emitter holds"):
        other.open(patience_s=0.1)
    spool.close()
    other.open()
    other.close()


@pytest.mark.parametrize(
    ("step", "waits"),
    [("begun", False), ("written", False), ("synced", False), ("named", True), ("kept", True)],
)
def test_a_kill_while_an_event_is_written_leaves_all_of_it_or_nothing(
    tmp_path: Path, step: str, *, waits: bool
) -> None:
    spool = Spool(tmp_path / "spool")
    spool.open()
    spool.put(A, b"before")
    spool.close()
    died = child(_DIES, str(spool.folder), step, B, "put")
    assert died.returncode == -signal.SIGKILL, died.stderr
    spool.open()
    assert files(spool) == ({A, B} if waits else {A})
    assert spool.waiting() == ((A, B) if waits else (A,))
    assert spool.read(B) == (b"x" * 100_000 if waits else None)
    assert spool.put(B, b"again") is not waits
    spool.close()


def test_a_kill_after_a_removal_leaves_the_rest(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.open()
    spool.put(A, b"a")
    spool.put(B, b"b")
    spool.close()
    died = child(_DIES, str(spool.folder), "removed", A, "remove")
    assert died.returncode == -signal.SIGKILL, died.stderr
    spool.open()
    assert spool.waiting() == (B,)
    spool.close()


def _small_files_only() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))


def test_a_disk_that_takes_no_more_is_a_refusal_and_leaves_nothing_half_written(
    spool: Spool,
) -> None:
    spool.close()
    said = child(
        _FILE_TOO_LARGE,
        *(str(spool.folder), A),
        preexec_fn=_small_files_only,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert "the event cannot be written (File too large)" in said.stderr
    assert files(spool) == set()

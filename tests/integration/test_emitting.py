"""A detector reports to a real broker: nothing is lost when it dies, is away, or is slow."""

import gc
import importlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from kafka.admin import ConfigResource, KafkaAdminClient
from tocsin.schemas.canonical import sha256_hex
from tocsin.schemas.cloud_events import EVENT_LIMIT
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.detection import Detection
from tocsin.schemas.errors import Conflict, InvalidInput, Unavailable
from tocsin.schemas.signing import signed_detection
from tocsin.streams.broker import BrokerSettings
from tocsin.streams.emitter import Emitter, signed_event
from tocsin.streams.spool import SpoolBounds
from tocsin.streams.topics import Topics, make_topics

from fakes.emitting import (
    KEY,
    KEYS,
    NOON,
    arrived,
    detection,
    detections,
    ids,
    read_topic,
    write_key,
)
from fakes.kafka import Broker, kafka_of, need_programs

# kafka-python leaves the socket of a refused connection to the garbage collector
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
_NOBODY = "127.0.0.1:1"


@pytest.fixture(autouse=True)
def _broker_programs() -> Iterator[None]:
    need_programs()
    yield
    gc.collect()


@pytest.fixture
def kafka(tmp_path: Path) -> BrokerSettings:
    settings = BrokerSettings(**kafka_of(tmp_path))
    make_topics(settings)
    return settings


def emitter(kafka: BrokerSettings, folder: Path, **fields: object) -> Emitter:
    given = {"signer": "scanner", "key": KEY, "spool": folder / "spool", "wait_s": 60} | fields
    return Emitter(kafka=kafka, **given)  # type: ignore[arg-type]


def waiting(folder: Path) -> int:
    return sum(1 for path in (folder / "spool").iterdir() if len(path.name) == 64)


def nobodys(kafka: BrokerSettings) -> BrokerSettings:
    return kafka.model_copy(update={"brokers": (_NOBODY,)})


def own_threads() -> set[str]:
    return {t.name for t in threading.enumerate() if "kafka" in t.name or "tocsin" in t.name}


def test_each_detection_arrives_once_signed_and_in_the_form_of_an_event(
    tmp_path: Path, kafka: BrokerSettings
) -> None:
    with emitter(kafka, tmp_path) as opened:
        assert all(opened.emit(d) for d in detections(0, 300))
    assert (opened.emitted.sent, opened.emitted.spooled) == (300, 0)
    assert arrived(kafka) == dict.fromkeys(ids(0, 300), 1)
    messages = read_topic(kafka)
    for message in messages:
        found = signed_detection(message.value, keys=KEYS)
        assert message.key == found.event_id.encode()
        assert message.headers == [("content-type", b"application/cloudevents+json")]
    assert {signed_detection(m.value, keys=KEYS) for m in messages} == set(detections(0, 300))
    assert waiting(tmp_path) == 0
    assert own_threads() == set()


def test_a_broker_killed_amid_two_thousand_events_loses_none(tmp_path: Path) -> None:
    with Broker() as broker:
        kafka = BrokerSettings(**kafka_of(tmp_path, address=broker.address))
        make_topics(kafka)
        with emitter(kafka, tmp_path) as opened:
            for n, found in enumerate(detections(0, 2000)):
                opened.emit(found)
                if n == 1000:
                    broker.kill()
            assert waiting(tmp_path) >= 999
            broker.start()
        assert (opened.emitted.sent, opened.emitted.spooled) == (2000, 0)
        assert arrived(kafka).keys() == ids(0, 2000)


def test_without_a_broker_all_waits_and_the_next_emitter_sends_it(
    tmp_path: Path, kafka: BrokerSettings
) -> None:
    began = time.monotonic()
    with emitter(nobodys(kafka), tmp_path, wait_s=0.5) as opened:
        for found in detections(0, 50):
            opened.emit(found)
    assert time.monotonic() - began < 10
    assert (opened.emitted.sent, opened.emitted.spooled) == (0, 50)
    assert opened.emitted.reason == "ConnectionRefusedError"
    assert waiting(tmp_path) == 50
    assert own_threads() == set()
    with emitter(kafka, tmp_path) as later:
        later.emit(detection("later"))
    assert (later.emitted.sent, later.emitted.spooled) == (51, 0)
    assert arrived(kafka) == dict.fromkeys({*ids(0, 50), "e-later"}, 1)


def test_what_waited_is_sent_in_the_same_bytes_and_an_event_waits_once(
    tmp_path: Path, kafka: BrokerSettings
) -> None:
    with emitter(nobodys(kafka), tmp_path, wait_s=0) as opened:
        assert opened.emit(detection(1))
        assert not opened.emit(detection(1))
    (kept,) = [p.read_bytes() for p in (tmp_path / "spool").iterdir() if len(p.name) == 64]
    assert kept == signed_event(detection(1), signer="scanner", key=KEY)
    with emitter(kafka, tmp_path):
        pass
    assert [message.value for message in read_topic(kafka)] == [kept]


def test_a_broker_that_comes_while_the_emitter_is_open_gets_everything(tmp_path: Path) -> None:
    with Broker() as broker:
        kafka = BrokerSettings(**kafka_of(tmp_path, address=broker.address))
        make_topics(kafka)
        broker.kill()
        with emitter(kafka, tmp_path) as opened:
            opened.emit(detection(1))
            time.sleep(0.5)
            broker.start()
        assert (opened.emitted.sent, opened.emitted.reason) == (1, "")
        assert arrived(kafka) == {"e-1": 1}


def test_an_answer_that_never_comes_ends_with_the_wait_and_nothing_is_sent_after_it(
    tmp_path: Path, kafka: BrokerSettings
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        mute = kafka.model_copy(update={"brokers": (f"127.0.0.1:{port}",)})
        began = time.monotonic()
        with emitter(mute, tmp_path, wait_s=0.2) as opened:
            opened.emit(detection(1))
        assert time.monotonic() - began < 20
        assert opened.emitted.spooled == 1
        assert own_threads() == set()


def test_a_broker_frozen_with_events_under_way_gets_none_of_them_after_the_end(
    tmp_path: Path,
) -> None:
    with Broker() as broker:
        kafka = BrokerSettings(**kafka_of(tmp_path, address=broker.address))
        make_topics(kafka)
        with emitter(kafka, tmp_path, wait_s=0.5) as opened:
            opened.emit(detection("first"))
            time.sleep(2)
            broker.freeze()
            for found in detections(0, 100):
                opened.emit(found)
            time.sleep(0.5)
        assert own_threads() == set()
        left = waiting(tmp_path)
        assert (opened.emitted.sent, opened.emitted.spooled) == (1, 100) == (101 - left, left)
        broker.thaw()
        with emitter(kafka, tmp_path) as later:
            pass
        assert (later.emitted.sent, later.emitted.spooled) == (100, 0)
        # what the frozen broker had in its buffers counts twice, and readers drop it by its id
        assert arrived(kafka).keys() == {*ids(0, 100), "e-first"}


def test_threads_share_an_emitter(tmp_path: Path, kafka: BrokerSettings) -> None:
    with emitter(kafka, tmp_path) as opened, ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(opened.emit, [*detections(0, 200)] * 2)) >= 200
    assert opened.emitted.spooled == 0
    assert arrived(kafka).keys() == ids(0, 200)


def test_two_emitters_take_turns_with_one_spool(tmp_path: Path, kafka: BrokerSettings) -> None:
    with (
        emitter(kafka, tmp_path),
        pytest.raises(Conflict, match="another emitter holds"),
        emitter(kafka, tmp_path, wait_s=0.1),
    ):
        pass

    def report(start: int) -> int:
        with emitter(kafka, tmp_path) as opened:
            for found in detections(start, start + 50):
                opened.emit(found)
        return opened.emitted.sent

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(report, (0, 50))) == [50, 50]
    assert arrived(kafka) == dict.fromkeys(ids(0, 100), 1)


_REPORTS = """
import sys
from pathlib import Path
from fakes.emitting import KEY, detections
from tocsin.streams.broker import BrokerSettings
from tocsin.streams.emitter import Emitter
kafka = BrokerSettings.model_validate_json(sys.argv[1])
with Emitter(kafka=kafka, signer="scanner", key=KEY, spool=Path(sys.argv[2])) as opened:
    for found in detections(0, 5000):
        opened.emit(found)
        print(found.event_id, flush=True)
"""


def test_a_detector_killed_while_it_reports_loses_nothing_that_it_reported(
    tmp_path: Path, kafka: BrokerSettings
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _REPORTS, kafka.model_dump_json(), str(tmp_path / "spool")],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    reported = {process.stdout.readline().strip() for _ in range(300)}
    process.send_signal(signal.SIGKILL)
    reported |= {line.strip() for line in process.stdout if line.endswith("\n")}
    process.wait()
    process.stdout.close()
    assert len(reported) < 5000
    with emitter(kafka, tmp_path) as opened:
        pass
    assert opened.emitted.spooled == 0
    assert arrived(kafka).keys() >= reported


def test_a_missing_topic_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    kafka = BrokerSettings(**kafka_of(tmp_path))
    with emitter(kafka, tmp_path, wait_s=0.5) as opened:
        opened.emit(detection(1))
    assert opened.emitted.spooled == 1
    assert opened.emitted.reason
    make_topics(kafka)
    with emitter(kafka, tmp_path) as later:
        pass
    assert later.emitted.sent == 1


def test_a_file_in_the_spool_that_is_no_event_holds_nothing_up(
    tmp_path: Path, kafka: BrokerSettings
) -> None:
    (tmp_path / "spool").mkdir(mode=0o700)
    (tmp_path / "spool" / ("0" * 64)).write_text("{")
    with emitter(kafka, tmp_path) as opened:
        opened.emit(detection(1))
    assert (opened.emitted.sent, opened.emitted.spooled) == (1, 1)
    assert opened.emitted.reason == f"{'0' * 64} in the spool is no event that can be read"


def test_an_event_larger_than_the_brokers_take_waits_and_holds_nothing_up(
    tmp_path: Path, kafka: BrokerSettings
) -> None:
    dice = itertools.count()
    with closing(KafkaAdminClient(**kafka.client())) as admin:
        most = {"max.message.bytes": "2000"}
        admin.alter_configs([ConfigResource("TOPIC", Topics(kafka.prefix).detections, most)])
    # mixed, so that it does not become small when it is compressed
    kinds = sorted(
        tuple(DataKind) * 100, key=lambda kind: sha256_hex(f"{kind}{next(dice)}".encode())
    )
    with emitter(kafka, tmp_path) as opened:
        opened.emit(detection("large", kinds=tuple(kinds)))
        for found in detections(0, 20):
            opened.emit(found)
    assert (opened.emitted.sent, opened.emitted.spooled) == (20, 1)
    assert "is larger than the brokers take" in opened.emitted.reason
    assert arrived(kafka).keys() == ids(0, 20)


def test_what_may_not_be_an_event_is_refused_before_it_is_kept(
    tmp_path: Path, kafka: BrokerSettings
) -> None:
    unchecked = dict(detection(1)) | {"rule": "sent to jo.doe@shop.test"}
    with_address = Detection.model_construct(**unchecked)
    half = Detection.model_construct(**dict(detection(1)) | {"asset": "\ud800"})
    too_large = detection(1, kinds=(DataKind.EMAIL_ADDRESS,) * (EVENT_LIMIT // 10))
    with emitter(nobodys(kafka), tmp_path, wait_s=0) as opened:
        for wrong, field in (
            (with_address, "data.rule"),
            (too_large, "data.kinds"),
            (half, "data"),
            (detection(1, detector="siem"), "detector"),
        ):
            with pytest.raises(InvalidInput) as refused:
                opened.emit(wrong)
            assert refused.value.field == field
            assert "jo.doe" not in str(refused.value)
    assert opened.emitted.spooled == waiting(tmp_path) == 0


def test_a_full_spool_is_told_and_keeps_what_it_has(tmp_path: Path, kafka: BrokerSettings) -> None:
    bounds = SpoolBounds(events=2)
    with emitter(nobodys(kafka), tmp_path, wait_s=0, bounds=bounds) as opened:
        opened.emit(detection(1))
        opened.emit(detection(2))
        with pytest.raises(Unavailable, match="the spool is full"):
            opened.emit(detection(3))
    assert opened.emitted.spooled == waiting(tmp_path) == 2
    with pytest.raises(Conflict, match="not open"):
        opened.emit(detection(4))


def test_a_missing_password_is_told_when_it_opens(
    tmp_path: Path, kafka: BrokerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_SUCH_PASSWORD", raising=False)
    fields = {"security": "sasl_plaintext", "username": "u", "password_env": "NO_SUCH_PASSWORD"}
    settings = BrokerSettings(**kafka.model_dump() | fields)
    with pytest.raises(InvalidInput, match=r"kafka\.password_env"), emitter(settings, tmp_path):
        pass


def test_the_fast_checksum_is_there() -> None:
    in_use = importlib.import_module("kafka.record.util")._crc32c
    assert in_use is importlib.import_module("crc32c").crc32c


def test_the_example_reports_a_scanners_findings(tmp_path: Path, kafka: BrokerSettings) -> None:
    event = '{"class_uid": 2006, "time": 1790000000000, "metadata": {"uid": "%s"}}'
    (tmp_path / "findings.json").write_text("\n".join(event % name for name in "ab"))
    write_key(tmp_path / "scanner.pem")
    example = Path(__file__).resolve().parents[2] / "examples" / "emit.py"
    given = ["findings.json", kafka.brokers[0], "scanner", "scanner.pem", kafka.prefix]
    done = subprocess.run(
        [sys.executable, str(example), *given],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "2 sent, 0 wait\n", done.stderr
    found = [signed_detection(message.value, keys=KEYS) for message in read_topic(kafka)]
    assert {(d.event_id, d.observed_at > NOON.replace(year=2025)) for d in found} == {
        ("a", True),
        ("b", True),
    }

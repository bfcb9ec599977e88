"""A real Kafka on this machine: the broker of Maven Central, in a folder of its own, on loopback.

`TOCSIN_TEST_KAFKA` (host:port) names another one; nothing is started then. Each test's folder has
topics of its own.
"""

import atexit
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any, Self

from fakes.maven import Program, jars, need

VERSION = "4.4.0"
_KAFKA = Program(
    f"kafka-{VERSION}",
    (f"org.apache.kafka:kafka_2.13:{VERSION}", "org.slf4j:slf4j-simple:1.7.36"),
)
_PROPERTIES = """process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={folder}/data
num.partitions=4
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=4
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=false
log.segment.bytes=67108864
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=16777216
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
"""


def need_programs() -> None:
    """Skip where no broker can be started; fail where CI=true."""
    if "TOCSIN_TEST_KAFKA" not in os.environ:
        need(_KAFKA)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


class Broker:
    """A broker of one folder, controller included, that a test may kill and start again."""

    def __init__(self, *, properties: str = "") -> None:
        self._properties = properties
        self.folder = Path(tempfile.mkdtemp(prefix="tocsin-kafka-"))
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        written = _PROPERTIES + self._properties
        properties = written.format(port=self.port, controller=_free_port(), folder=self.folder)
        (self.folder / "server.properties").write_text(properties)
        cluster = hashlib.sha256(str(self.folder).encode()).hexdigest()[:22]
        given = ["-t", cluster, "-c", str(self.folder / "server.properties")]
        storage = ["kafka.tools.StorageTool", "format", "--standalone", *given]
        subprocess.run(self._java("-Xmx128m", *storage), check=True, stdout=subprocess.DEVNULL)
        self.start()
        return self

    def __exit__(self, *ended: object) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _java(self, *arguments: str) -> list[str]:
        quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=error"
        return ["java", quiet, "-cp", f"{jars(_KAFKA)}/*", *arguments]

    def start(self) -> None:
        """Start it, and wait until its port accepts."""
        assert self._process is None
        properties = str(self.folder / "server.properties")
        command = self._java("-Xms256m", "-Xmx512m", "kafka.Kafka", properties)
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        until = time.monotonic() + 60
        while time.monotonic() < until:
            assert self._process.poll() is None, (self.folder / "log").read_text()[-2000:]
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        message = "the broker did not start within a minute"
        raise TimeoutError(message)

    def kill(self) -> None:
        """End it as a crash does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it in order."""
        self._end(signal.SIGTERM)

    def freeze(self) -> None:
        """Stop it where it is: connections stay, and nobody answers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _end(self, sign: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(sign)
            process.wait()


@cache
def shared() -> str:
    """Return the address of the broker that the tests of this process share."""
    if address := os.environ.get("TOCSIN_TEST_KAFKA"):
        return address
    need_programs()
    broker = Broker()
    atexit.register(broker.__exit__)
    return broker.__enter__().address


def kafka_of(folder: Path, *, address: str | None = None, **fields: Any) -> dict[str, Any]:
    """Return the settings of topics that belong to a folder."""
    name = f"t-{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"
    single = {"partitions": 4, "replication": 1, "min_in_sync": 1}
    return {"brokers": [address or shared()], "prefix": name, **single, **fields}

"""What runs elsewhere is what the code understands: image, compose file, systemd unit, alerts."""

import os
import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from tocsin.cli.main import call
from tocsin.demo.relay import RelayServer
from tocsin.runtimes.clock import WallClock
from tocsin.runtimes.distributed import Ears, Streams, Worker
from tocsin.runtimes.hearing import Lifecycle
from tocsin.runtimes.listening import Listening
from tocsin.runtimes.metrics import LedgerFigures, exposition
from tocsin.runtimes.settings import (
    DeliverySection,
    LedgerSection,
    Settings,
    WorkerSection,
    read_settings,
)
from tocsin.runtimes.slots import Bell
from tocsin.runtimes.tallies import Tallies
from tocsin.schemas.channels import Channel
from tocsin.schemas.cloud_events import cloud_event, plain, to_wire
from tocsin.schemas.lifecycle import OutcomesRecorded
from tocsin.schemas.views import Backlog
from tocsin.streams.broker import BrokerSettings
from tocsin.streams.teller import Teller

from architecture.checkout import ROOT, folders
from architecture.commands import commands, unknown

_OURS = "tocsin:local"
_OWN_USERS = {"apache/kafka": "appuser", "prom/prometheus": "nobody", _OURS: "10001"}
"""Images that are not root by themselves."""
_ENDS = {"first"}
"""Services that run once: whoever waits for them waits for their exit code."""
_UNIT = "deploy/tocsin-worker@.service"


def _read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


@cache
def _composed() -> dict[str, Any]:
    composed: dict[str, Any] = yaml.safe_load(_read("docker-compose.yml"))
    return composed


_SERVICES = list(_composed()["services"].items())
_by_name = pytest.mark.parametrize(("name", "service"), _SERVICES, ids=[n for n, _ in _SERVICES])


def _said(service: dict[str, Any]) -> Iterator[str]:
    """Yield the commands of `tocsin` that a service gives."""
    given = service.get("command", [])
    words = given if isinstance(given, list) else shlex.split(given)
    if service["image"] != _OURS:
        return
    if "entrypoint" not in service:
        yield shlex.join(words)
    elif service["entrypoint"][0] == "sh":
        yield from commands("\n".join(words).replace("$$", "$").splitlines())


# the compose file ------------------------------------------------------------------------


@_by_name
def test_a_service_is_pinned_and_starts_again(name: str, service: dict[str, Any]) -> None:
    image, _, tag = service["image"].partition(":")
    assert service["image"] == _OURS or re.fullmatch(r"v?\d+(\.\d+){1,2}(-[a-z]+)?", tag), image
    assert service["restart"] == ("no" if name in _ENDS else "unless-stopped")


@_by_name
def test_a_service_says_whether_it_is_well(name: str, service: dict[str, Any]) -> None:
    if name in _ENDS:
        assert "healthcheck" not in service
        return
    check = service["healthcheck"]
    assert check["test"][0] == "CMD"
    assert {"interval", "timeout", "retries"} <= check.keys()
    if check["test"][1] == "python":
        compile(check["test"][3], name, "exec")


@_by_name
def test_a_service_may_do_as_little_as_it_can(name: str, service: dict[str, Any]) -> None:
    image = service["image"].partition(":")[0]
    assert service.get("user") or {image, service["image"]} & _OWN_USERS.keys()
    assert service.get("user") not in {"root", "0", 0}
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.keys() & {"privileged", "network_mode", "pid", "cap_add"}
    if service["image"] == _OURS:
        assert service["read_only"] is True
    assert [p for p in service.get("ports", ()) if not p.startswith("127.0.0.1:")] == []


@_by_name
def test_a_service_waits_for_what_is_there(name: str, service: dict[str, Any]) -> None:
    for other, how in service.get("depends_on", {}).items():
        ends = other in _ENDS
        wanted = "service_completed_successfully" if ends else "service_healthy"
        assert how == {"condition": wanted}, f"{name} waits for {other}"
    for volume in service.get("volumes", ()):
        source, target, *_ = volume.split(":")
        assert (
            (ROOT / source).is_file()
            if source.startswith("./")
            else (source in _composed()["volumes"])
        ), volume
        assert target.startswith("/")


@pytest.mark.parametrize("said", [s for _, service in _SERVICES for s in _said(service)])
def test_what_a_service_says_to_tocsin_is_understood(said: str) -> None:
    _understood(said)


def _understood(said: str) -> None:
    assert unknown(said) == []
    verbs = [word for word in shlex.split(said) if re.fullmatch(r"[a-z]+", word)][:1]
    assert call([*verbs, "--help"]) == 0


def test_what_the_header_of_the_compose_file_says_is_understood() -> None:
    header = [line.removeprefix("#").strip() for line in _read("docker-compose.yml").splitlines()]
    said = list(commands(line for line in header if line.startswith("docker compose")))
    assert len(said) >= 4
    assert [s for s in said if unknown(s)] == []


def test_the_worker_can_be_several_and_is_given_time_to_stop() -> None:
    worker = _composed()["services"]["worker"]
    assert not worker.keys() & {"container_name", "ports"}
    assert worker["stop_grace_period"] == "30s"
    keys = [v for v in worker["volumes"] if v.startswith("keys:")]
    assert keys == ["keys:/var/lib/tocsin/keys"]


def test_no_password_stands_in_a_file() -> None:
    for name in ("docker-compose.yml", "deploy/tocsin.toml", "Dockerfile", _UNIT):
        text = _read(name)
        assert not re.search(r"://[^/\s@]+:[^/\s@]+@", text), name
        assert not re.search(r"PASSWORD:\s|password\s*=", text), name


def test_the_relay_takes_what_the_compose_file_says() -> None:
    given = _composed()["services"]["relay"]["command"]
    options = dict(zip(given[::2], given[1::2], strict=True))
    assert options == {"--host": "0.0.0.0", "--port": "1025", "--log": "/tmp/caught.jsonl"}
    relay = RelayServer(host=options["--host"], port=int(options["--port"]), log=Path("x"))
    assert (relay.host, relay.port) == ("0.0.0.0", 1025)


# the configuration that it mounts --------------------------------------------------------


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Read the mounted configuration in the environment of the worker."""
    for name in [n for n in os.environ if n.startswith("TOCSIN_")]:
        monkeypatch.delenv(name)
    for name, value in _composed()["services"]["worker"]["environment"].items():
        monkeypatch.setenv(name, value)
    assert os.environ["TOCSIN_CONFIG"] == "/etc/tocsin/tocsin.toml"
    return read_settings(ROOT / "deploy" / "tocsin.toml")


def test_the_configuration_names_the_services_and_volumes(settings: Settings) -> None:
    services = _composed()["services"]
    assert settings.ledger.url is not None
    url = settings.ledger.url.get_secret_value()
    environment = services["postgres"]["environment"]
    place = f"{environment['POSTGRES_USER']}@postgres:5432/{environment['POSTGRES_DB']}"
    assert url.startswith(f"postgresql://{place}?passfile=/var/lib/tocsin/secrets/")
    assert settings.kafka is not None
    assert settings.kafka.brokers == ("kafka:9092",)
    assert services["kafka"]["environment"]["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    assert f"PLAINTEXT://{settings.kafka.brokers[0]}" in str(services["kafka"]["environment"])
    relay = settings.relays[0]
    assert (relay.host, str(relay.port)) == ("relay", services["relay"]["command"][3])
    mounted = {v.split(":")[1] for v in services["worker"]["volumes"]}
    written = (settings.ledger.keys, settings.output.reports, settings.output.outbox)
    for path in (*written, settings.output.previews, Path(settings.output.announcements)):
        assert any(path.is_relative_to(volume) for volume in mounted), path
    assert settings.worker.http == "0.0.0.0:9464"
    assert "127.0.0.1:9464/readyz" in services["worker"]["healthcheck"]["test"][3]


# the image -------------------------------------------------------------------------------


def test_the_image_is_built_in_stages_under_the_locks_hashes_and_is_not_root() -> None:
    build, final = re.split(r"^FROM ", _read("Dockerfile"), flags=re.MULTILINE)[1:]
    assert " AS build\n" in build
    assert "tocsin[distributed,reports]" in build
    installs = [line for line in build.splitlines() if "install --no-cache-dir" in line]
    assert len(installs) == 2
    assert all("--require-hashes" in line for line in installs)
    assert "-c requirements.lock" in installs[1]
    instructions = re.findall(r"^([A-Z]+) (.*)", final, re.MULTILINE)
    assert ("USER", "10001") in instructions
    assert "HEALTHCHECK" not in dict(instructions)
    assert dict(instructions)["ENTRYPOINT"] == '["tocsin"]'
    assert not re.search(r"^FROM \S+:latest|^FROM [^:\s]+\s", _read("Dockerfile"), re.MULTILINE)
    for volume in ("state", "keys", "secrets"):
        assert f"/var/lib/tocsin/{volume}" in final


def test_the_image_is_built_from_all_that_the_wheel_needs() -> None:
    let_in = set(_read(".dockerignore").splitlines())
    needed = {*folders(), "pyproject.toml", "requirements.lock", "README.md", "LICENSE"}
    assert {f"!{name}" for name in needed} <= let_in


# systemd ---------------------------------------------------------------------------------


def test_the_unit_starts_workers_again_and_kills_those_that_hang() -> None:
    lines = [x for x in _read(_UNIT).splitlines() if "=" in x and not x.startswith("#")]
    unit = dict(line.split("=", 1) for line in lines)
    assert unit["Restart"] == "always"
    assert unit["StartLimitIntervalSec"] == "0"
    assert unit["TimeoutStopSec"] == "30"
    assert (unit["KillSignal"], unit["SendSIGKILL"]) == ("SIGTERM", "yes")
    assert unit["User"] not in {"", "root"}
    assert unit["NoNewPrivileges"] == "yes"
    assert unit["ProtectSystem"] == "strict"
    (said,) = commands([unit["ExecStart"]])
    _understood(said)
    WorkerSection(http=said.split("--http ")[1].replace("%i", "1"))


# alerts ----------------------------------------------------------------------------------


def _samples() -> dict[str, list[dict[str, str]]]:
    """Return name -> labels of what a worker exposes that has seen a bit of everything."""
    document = {"brokers": ["127.0.0.1:9"]}
    kafka, clock = BrokerSettings.model_validate(document), WallClock()
    lifecycle, tallies = Lifecycle(bell=Bell(), clock=clock), Tallies()
    for counter in (tallies.claims, tallies.commits, tallies.outcomes):
        counter["seen"] += 1
    now = datetime.now(UTC)
    data = OutcomesRecorded(
        incident="inc", round="inc/r1", lane="x", channel=Channel.EMAIL, accepted=3
    )
    kind = "org.tocsin.outcomes.recorded.v1"
    event = cloud_event(kind, data, event_id="e", source="/tocsin/t", time=now)
    lifecycle.hear(to_wire(plain(event)))

    async def hear(_: Any) -> None:
        return

    nowhere: Any = None
    streams = Streams(nowhere, Ears(lifecycle=lifecycle.hear, detections=hear))
    listening = Listening(nowhere, nowhere)
    worker = Worker(nowhere, streams, Teller(kafka), lifecycle, listening, tallies, nowhere)
    backlog = Backlog(waiting=1, claimed=1, dead=1, oldest_s=2.0)
    body = exposition(worker, LedgerFigures(backlog, [("inc", "inc/r1", 5)])).decode()
    found: dict[str, list[dict[str, str]]] = {}
    for family in text_string_to_metric_families(body):
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample.labels)
    return found


def _alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load(_read("deploy/alerts.yml"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


@pytest.mark.parametrize("alert", _alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_asks_for_what_workers_expose(alert: dict[str, Any]) -> None:
    exposed = _samples()
    asked = re.findall(r"\b(tocsin_[a-z_]+|up)(?:\{([^}]*)\})?", alert["expr"])
    assert asked
    for name, matchers in asked:
        if name == "up":  # of Prometheus itself
            continue
        assert name in exposed
        wanted = dict(re.findall(r'([a-z]+)="([^"]*)"', matchers))
        assert any(wanted.items() <= labels.items() for labels in exposed[name]), name
    for labels in re.findall(r"by \(([^)]*)\)", alert["expr"]):
        names = {label.strip() for label in labels.split(",")}
        assert names <= exposed["tocsin_people_open"][0].keys()
    assert alert["labels"]["severity"] in {"page", "ticket"}
    assert alert["annotations"]["summary"]


def test_prometheus_asks_every_worker_where_it_listens() -> None:
    config = yaml.safe_load(_read("deploy/prometheus.yml"))
    mounted = [v.split(":")[:2] for v in _composed()["services"]["prometheus"]["volumes"]]
    assert ["./deploy/alerts.yml", "/etc/prometheus/alerts.yml"] in mounted
    assert config["rule_files"] == ["alerts.yml"]
    (job,) = config["scrape_configs"]
    (found,) = job["dns_sd_configs"]
    assert (found["names"], found["type"], found["port"]) == (["worker"], "A", 9464)
    up = [alert["expr"] for alert in _alerts() if "up{" in alert["expr"]]
    assert all(f'job="{job["job_name"]}"' in expr for expr in up)


# the page about all this -----------------------------------------------------------------


def test_the_operations_page_names_every_alert_and_every_metric() -> None:
    page = _read("docs/operations.md")
    assert [a["alert"] for a in _alerts() if f"`{a['alert']}`" not in page] == []
    assert [name for name in _samples() if f"`{name}`" not in page] == []


@pytest.mark.parametrize(
    ("name", "section"),
    [
        ("ledger", LedgerSection),
        ("kafka", BrokerSettings),
        ("worker", WorkerSection),
        ("delivery", DeliverySection),
    ],
)
def test_the_operations_page_names_every_setting_with_its_default(name: str, section: Any) -> None:
    part = _read("docs/operations.md").split(f"| `[{name}]` |")[1].split("\n\n")[0]
    written = dict(re.findall(r"^\| `([a-z_]+)` \|([^|]*)\|", part, re.MULTILINE))
    assert written.keys() == section.model_fields.keys()
    for field, about in section.model_fields.items():
        default = about.default
        if about.is_required() or default is None:
            assert written[field].strip() in {"", "must be set"}, field
        else:
            assert written[field].strip().strip("`") == str(default), field

"""Detections on a real broker become drafts; what cannot be taken in becomes a dead letter."""

import gc
import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from kafka.admin import KafkaAdminClient
from kafka.structs import TopicPartition
from sqlalchemy import Connection, func, select
from tocsin.demo.relay import RelayServer
from tocsin.detectors.ocsf import read_ocsf
from tocsin.ledger import reads, tables
from tocsin.ledger.verify import verify
from tocsin.runtimes.dead_letters import dead_letters, replay_letter
from tocsin.schemas.cloud_events import cloud_event, plain, to_wire
from tocsin.schemas.errors import Conflict, NotAllowed, NotFound
from tocsin.schemas.lifecycle import IncidentOpened
from tocsin.schemas.signing import sign, source_of
from tocsin.streams.emitter import Emitter, signed_event
from tocsin.streams.topics import Topics

from fakes.deployment import Deployment, incident, person, write_people
from fakes.emitting import KEY, NOON, detection, read_topic, send_raw
from fakes.streaming import Streaming, run, streaming, until
from integration.test_canary import canary, disguises, found_in

# kafka-python leaves sockets to the garbage collector
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    yield
    gc.collect()


STRANGER = Ed25519PrivateKey.from_private_bytes(b"s" * 32)


def signed(number: int, *, key: Ed25519PrivateKey = KEY, **fields: Any) -> bytes:
    return signed_event(
        detection(number, **fields), signer=fields.get("detector", "scanner"), key=key
    )


def rows(db: Connection) -> dict[str, int]:
    names = ("incident", "round", "artefact", "event", "draft", "detection")
    count = {n: select(func.count()).select_from(tables.METADATA.tables[n]) for n in names}
    return {name: db.execute(query).scalar_one() for name, query in count.items()}


def test_signed_detections_open_drafts_once_and_never_more_than_drafts(tmp_path: Path) -> None:
    """An emitted event opens a draft: no incident, no round, nothing to approve, no event."""
    write_people(tmp_path / "people.db", [person(0)])

    async def main() -> None:
        async with streaming(tmp_path) as s:
            await s.register()
            shop = [signed(n, observed_at=NOON + timedelta(minutes=n)) for n in range(20)]
            other = [signed(n, asset="bucket-8") for n in range(20, 25)]
            quiet = [signed(n, concerns_personal_data=False) for n in range(25, 30)]
            send_raw(s.kafka, *shop, *other, *quiet, *shop[:7], *shop)
            await until(lambda: s.counts["new"] + s.counts["repeated"] == 57)
            assert s.counts == {"new": 30, "repeated": 27, "drafts": 2}
            found = {(d.draft.asset, d.draft.detections) for d in await s.drafts()}
            assert found == {("bucket-7", 20), ("bucket-8", 5)}
            ledger = s.worker.runtime.ledger
            expected = dict.fromkeys(("incident", "round", "artefact", "event"), 0)
            assert await ledger.ask(rows) == expected | {"draft": 2, "detection": 30}
            assert (await ledger.ask(verify, ledger.keys)).problems == ()

    run(main())


FORGED = {
    "garbage": b"\xff\x00 no json",
    "another's name": signed(101, key=STRANGER),
    "an unknown signer": signed(102, key=STRANGER, detector="stranger"),
    "unsigned": to_wire(
        {k: v for k, v in json.loads(signed(103)).items() if k not in {"signer", "signature"}}
    ),
    "changed since": signed(104).replace(b"bucket-7", b"bucket-9"),
    "no detection": to_wire(
        sign(
            plain(
                cloud_event(
                    "org.tocsin.incident.opened.v1",
                    IncidentOpened(
                        incident="INC-1", organisation="example", revision=1, drill=False
                    ),
                    event_id="e-105",
                    source=source_of("scanner"),
                    time=NOON,
                )
            ),
            signer="scanner",
            key=KEY,
        )
    ),
    "too large": b'{"x":"' + b"y" * (1 << 18) + b'"}',
    "empty": b"",
}


async def letters_of(s: Streaming, count: int) -> dict[str, Any]:
    await until(lambda: s.counts["dead"] >= count)
    return {letter.id: letter for letter in await dead_letters(s.settings)}


def test_what_cannot_be_taken_in_is_a_dead_letter_and_holds_up_nobody(tmp_path: Path) -> None:
    async def main() -> None:
        async with streaming(tmp_path) as s:
            await s.register()
            send_raw(s.kafka, *FORGED.values(), signed(1))
            letters = await letters_of(s, len(FORGED))
            assert len(letters) == len(FORGED)
            assert all(letter.reason and letter.fix for letter in letters.values())
            await until(lambda: s.counts["new"] == 1)
            assert len(await s.drafts()) == 1

    run(main())


def test_a_letter_whose_detector_is_registered_later_is_taken_in_when_it_is_replayed(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with streaming(tmp_path) as s:
            send_raw(s.kafka, signed(1), b"nonsense")
            letters = await letters_of(s, 2)
            (unknown,) = (x for x in letters.values() if x.field == "signer")
            (nonsense,) = (x for x in letters.values() if x.field != "signer")
            with pytest.raises(NotAllowed):
                await replay_letter(s.worker.runtime, s.approver, unknown.id)
            with pytest.raises(NotFound, match="no dead letter"):
                await replay_letter(s.worker.runtime, s.raiser, "0/99999")
            await s.register()
            await replay_letter(s.worker.runtime, s.raiser, unknown.id)
            await until(lambda: s.counts["new"] == 1)
            assert [x.id for x in await dead_letters(s.settings)] == [nonsense.id]
            with pytest.raises(NotFound):
                await replay_letter(s.worker.runtime, s.raiser, unknown.id)
            await replay_letter(s.worker.runtime, s.raiser, nonsense.id)
            await until(lambda: s.counts["dead"] == 3)
            (again,) = await dead_letters(s.settings)
            assert again.sha256 == nonsense.sha256

    run(main())


def test_a_letter_whose_message_is_no_longer_kept_says_so(tmp_path: Path) -> None:
    async def main() -> None:
        async with streaming(tmp_path) as s:
            send_raw(s.kafka, b"nonsense")
            (letter,) = (await letters_of(s, 1)).values()
            admin = KafkaAdminClient(**s.kafka.client())
            place = TopicPartition(Topics(s.kafka.prefix).detections, letter.partition)
            admin.delete_records({place: letter.offset + 1})
            admin.close()
            with pytest.raises(Conflict, match="no longer kept"):
                await replay_letter(s.worker.runtime, s.raiser, letter.id)

    run(main())


def test_no_topic_holds_a_canary_of_people_or_of_findings(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """An incident is told and findings are emitted; then every topic is read to its end."""
    caplog.set_level(logging.DEBUG, "tocsin")
    values = [canary(n, field) for n in range(5) for field in ("id", "email", "finding")]
    people = [
        person(n, id=canary(n, "id"), email=f"{canary(n, 'email')}@mail.example") for n in range(5)
    ]
    write_people(tmp_path / "people.db", people)
    found = {
        "class_uid": 2006,
        "time": int(NOON.timestamp() * 1000),
        "metadata": {"uid": f"{canary(0, 'finding')}@shop.example", "product": {"name": "DLP"}},
        "finding_info": {"title": "Upload of customer records", "uid": canary(1, "finding")},
        "actor": {"user": {"email_addr": f"{canary(2, 'finding')}@shop.example"}},
        "data_security": {"detection_pattern": canary(3, "finding")},
        "raw_data": canary(4, "finding"),
    }

    async def main() -> None:

        async with RelayServer(None) as relay, streaming(tmp_path, port=relay.port) as s:
            await s.register()
            runtime = s.worker.runtime
            name = await runtime.door.raise_incident(s.raiser, incident(), drill=False)

            async def idle() -> bool:
                return not await runtime.ledger.ask(reads.busy)

            await until(idle)
            d = Deployment(tmp_path, runtime, relay, s.raiser, s.approver)
            await d.approve(name)
            await until(idle)
            assert (await d.coverage(name)).reached == len(people)
            with Emitter(
                kafka=s.kafka, signer="scanner", key=KEY, spool=tmp_path / "sp"
            ) as emitter:
                for each in read_ocsf(json.dumps(found).encode(), detector="scanner"):
                    emitter.emit(each)
            send_raw(s.kafka, b'{"name": "' + b"Z" * 20 + b'"}')
            await until(lambda: s.counts["new"] == 1 and s.counts["dead"] == 1)
            await until(lambda: s.worker.teller.waiting == 0)
            names = Topics(s.kafka.prefix)
            topics = {
                topic: b"\n".join(
                    (m.key or b"") + b" " + (m.value or b"") + str(m.headers).encode()
                    for m in read_topic(s.kafka, topic)
                )
                for topic in (names.lifecycle, names.detections, names.dead_letters)
            }
            assert all(topics.values()), "a topic is empty, so nothing was searched"
            assert name.encode() in topics[names.lifecycle]
            assert b"ZZZZZZ" not in topics[names.lifecycle] + topics[names.dead_letters]
            said = capfd.readouterr()
            topics["log"] = (said.out + said.err + caplog.text).encode()
            assert found_in(topics, values) == set()
            assert any(form in f"x {values[0]}".encode() for form in disguises(values[0]))

    run(main())

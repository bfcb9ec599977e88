"""A worker whose user may make no topics, on brokers that ask who one is and what one may do."""

import asyncio
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    KafkaAdminClient,
    ResourcePattern,
    ResourceType,
)
from tocsin.runtimes.distributed import Ears, Streams
from tocsin.schemas.errors import Unavailable
from tocsin.schemas.lifecycle import WorkWaiting
from tocsin.streams.broker import BrokerSettings
from tocsin.streams.teller import Teller
from tocsin.streams.topics import make_topics

from fakes import deployment, kafka

_PROPERTIES = """
listeners=SASL_PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=SASL_PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=SASL_PLAINTEXT
sasl.enabled.mechanisms=PLAIN
sasl.mechanism.inter.broker.protocol=PLAIN
listener.name.sasl_plaintext.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required username="admin" \
password="of-admin" user_admin="of-admin" user_worker="of-worker";
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:admin;User:ANONYMOUS
"""
_RIGHTS = (
    (ResourceType.TOPIC, "t.lifecycle", ACLOperation.READ),
    (ResourceType.TOPIC, "t.lifecycle", ACLOperation.WRITE),
    (ResourceType.TOPIC, "t.detections", ACLOperation.READ),
    (ResourceType.TOPIC, "t.detections.dead", ACLOperation.READ),
    (ResourceType.TOPIC, "t.detections.dead", ACLOperation.WRITE),
    (ResourceType.GROUP, "t-workers", ACLOperation.READ),
)
"""The rows of docs/operations.md for a worker."""


def _settings(address: str, user: str, monkeypatch: pytest.MonkeyPatch) -> BrokerSettings:
    monkeypatch.setenv(f"KAFKA_{user.upper()}", f"of-{user}")
    document = {
        "brokers": [address],
        "security": "sasl_plaintext",
        "mechanism": "PLAIN",
        "username": user,
        "password_env": f"KAFKA_{user.upper()}",
        "prefix": "t",
        "partitions": 2,
        "replication": 1,
        "min_in_sync": 1,
    }
    return BrokerSettings.model_validate(document)


def _grant(admin: BrokerSettings) -> None:
    rights = [
        ACL("User:worker", "*", operation, ACLPermissionType.ALLOW, ResourcePattern(kind, name))
        for kind, name, operation in _RIGHTS
    ]
    with closing(KafkaAdminClient(**admin.client())) as client:
        client.create_acls(rights)


async def _until_heard(heard: list[bytes], streams: Streams) -> None:
    while not (streams.up and heard):
        await asyncio.sleep(0.1)


async def _told_and_heard(worker: BrokerSettings, folder: Any) -> list[bytes]:
    heard: list[bytes] = []

    async def leave(_: Any) -> None:
        return

    settings = deployment.settings(folder, 1, kafka=worker.model_dump(exclude_none=True))
    streams, teller = Streams(settings, Ears(lifecycle=heard.append, detections=leave)), None
    teller = Teller(worker)
    tasks = [asyncio.create_task(streams.run()), asyncio.create_task(teller.run())]
    try:
        teller.tell(WorkWaiting(incident="i", stage="batch.due", people=5), at=datetime.now(UTC))
        async with asyncio.timeout(60):
            await _until_heard(heard, streams)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return heard


def test_topics_made_by_an_administrator_are_enough_for_a_user_who_may_make_none(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kafka.need_programs()
    with kafka.Broker(properties=_PROPERTIES) as broker:
        admin = _settings(broker.address, "admin", monkeypatch)
        worker = _settings(broker.address, "worker", monkeypatch)
        with pytest.raises(Unavailable, match="topics cannot be made"):
            make_topics(worker)
        assert len(make_topics(admin)) == 3
        _grant(admin)
        assert make_topics(worker) == ()
        heard = asyncio.run(_told_and_heard(worker, tmp_path))
    assert b"work.waiting" in heard[0]

"""The topics: their names, and how they are made. Brokers should make none by themselves."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError, TopicAlreadyExistsError
from tocsin.schemas.errors import Unavailable
from tocsin.streams.broker import BrokerSettings

_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Topics:
    """The names of a deployment's topics."""

    prefix: str

    @property
    def lifecycle(self) -> str:
        """What Tocsin tells: lifecycle events, which also ring the workers' bells."""
        return f"{self.prefix}.lifecycle"

    @property
    def detections(self) -> str:
        """What detectors tell: signed detections."""
        return f"{self.prefix}.detections"

    @property
    def dead_letters(self) -> str:
        """Where a message stands that could not be taken in, and why; never its content."""
        return f"{self.prefix}.detections.dead"


def make_topics(settings: BrokerSettings, *, patience_s: float = 30) -> tuple[str, ...]:
    """Make the topics that are not there yet, and return their names; others stay as they are.

    Raises Unavailable where no broker can be reached, or none may make topics.
    """
    made = []
    try:
        options = settings.client() | {"bootstrap_timeout_ms": int(patience_s * 1000)}
        with closing(KafkaAdminClient(**options)) as admin:
            there = frozenset(admin.list_topics())
            for name, configs in _configs(settings).items():
                if name in there:  # whoever may not make topics may not ask for those that are
                    continue
                wanted = {
                    name: {
                        "num_partitions": settings.partitions,
                        "replication_factor": settings.replication,
                        "configs": dict(configs),
                    }
                }
                try:
                    admin.create_topics(wanted, wait_for_metadata=True)
                except TopicAlreadyExistsError:
                    continue
                made.append(name)
    except (KafkaError, OSError) as error:
        message = f"the topics cannot be made ({type(error).__name__})"
        fix = (
            "start the brokers, let this user make topics, or make them as docs/operations.md says"
        )
        raise Unavailable(message, field="kafka.brokers", fix=fix) from None
    return tuple(made)


def _configs(settings: BrokerSettings) -> Mapping[str, Mapping[str, str]]:
    topics = Topics(settings.prefix)
    kept = {
        "min.insync.replicas": str(settings.min_in_sync),
        "retention.ms": str(settings.keep_days * _DAY_MS),
    }
    return {
        topics.lifecycle: kept,
        topics.detections: kept,
        # the newest word on each letter stays: that it is dead, or nothing once it was replayed
        topics.dead_letters: {
            "min.insync.replicas": str(settings.min_in_sync),
            "cleanup.policy": "compact",
        },
    }

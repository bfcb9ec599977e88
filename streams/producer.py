"""A Kafka producer that leaves nothing behind: what was stopped sends no more.

`KafkaProducer.close` of kafka-python 3.0 raises when something is unsent at its timeout, and its
thread then goes on sending; a producer that found no broker leaves its sockets open. Both end here.
"""

import socket
from typing import Any

from kafka import KafkaProducer
from kafka.producer.kafka import KafkaNetClient
from tocsin.streams.broker import BrokerSettings

_CONNECT_MS = 5_000
_KNOCK_S = 2.0
_BATCH_BYTES = 1 << 16


class Producer(KafkaProducer):  # type: ignore[misc]  # kafka-python ships no types
    """Hands events to the brokers: each kept by all in-sync copies, none twice by a retry."""

    def __init__(self, settings: BrokerSettings, *, delivery_timeout_s: float) -> None:
        """Connect. Raises OSError where nobody listens, KafkaError where no broker answers."""
        _knock(settings.brokers)
        self._clients: list[Any] = []
        delivery_ms = int(delivery_timeout_s * 1000)
        try:
            super().__init__(
                **settings.client(),
                acks="all",
                enable_idempotence=True,
                linger_ms=5,
                batch_size=_BATCH_BYTES,
                compression_type="lz4",
                allow_auto_create_topics=False,
                delivery_timeout_ms=delivery_ms,
                request_timeout_ms=min(10_000, delivery_ms // 2),
                max_block_ms=_CONNECT_MS,
                bootstrap_timeout_ms=_CONNECT_MS,
                reconnect_backoff_max_ms=1_000,
                metrics_enabled=False,
                kafka_client=self._client,
            )
        except BaseException:
            for client in self._clients:
                client.close()
            raise

    def __del__(self) -> None:
        """Leave it at that: kafka-python's own would close again what was stopped."""

    def _client(self, **options: Any) -> Any:
        client = KafkaNetClient(**options)
        self._clients.append(client)
        return client

    def stop(self, *, patience_s: float = 15) -> None:
        """Send nothing any more, and end the thread; futures that are open fail."""
        self._unregister_cleanup()
        self._sender.force_close()
        self._sender.join(patience_s)
        self._closed = True


def _knock(brokers: tuple[str, ...]) -> None:
    """Return once somebody listens: a refusal is told at once, for which kafka-python would wait.

    Raises the last OSError where nobody does.
    """
    refused: OSError | None = None
    for broker in brokers:
        host, _, port = broker.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=_KNOCK_S).close()
        except OSError as error:
            refused = error
        else:
            return
    if refused is not None:
        raise refused

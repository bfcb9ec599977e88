"""Whether any broker of a cluster answers."""

import asyncio

from tocsin.streams.broker import BrokerSettings


def test_a_cluster_answers_when_one_of_its_brokers_takes_a_connection() -> None:
    async def main() -> None:
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        # nothing listens on port 1 of a second loopback address
        cluster = BrokerSettings(brokers=("127.0.0.2:1", f"127.0.0.1:{port}"))
        assert await cluster.answers()
        server.close()
        await server.wait_closed()
        assert not await cluster.answers()

    asyncio.run(main())

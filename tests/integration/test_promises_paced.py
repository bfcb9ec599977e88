"""Limits are kept by all worker processes together, counted at the relay."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tocsin.runtimes.preview import preview
from tocsin.schemas.channels import Channel

from fakes.deployment import deployment, incident, person
from fakes.paces import addressed, fastest
from fakes.promises import newest, problems, run, told
from fakes.zygote import Zygote

PER_S, BATCH = 50, 25


def test_a_limited_lane_is_never_faster_from_two_processes_and_holds_nobody_else_up(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        people = [*addressed(range(300), "gmail.com"), *addressed(range(300, 305), "gmx.de")]
        policy = {"lane_rates_per_s": {"gmail": PER_S}, "batch_people": BATCH}
        async with deployment(tmp_path, people, policy=policy) as d, Zygote() as zygote:
            name = await d.raised()
            await d.approve(name)
            workers = [await zygote.start(d.folder, d.relay.port, policy=policy) for _ in range(2)]
            for worker in workers:
                assert not await worker.ended()
            assert told(d.relay) == {row["email"]: 1 for row in people}
            taken = sorted((r.at, r.address.endswith("gmx.de")) for r in d.relay.received)
            begun = taken[0][0]
            limited = [at for at, other in taken if not other]
            # a batch leaves at once; what follows is no faster than the lane, in any stretch. The
            # claims are exact: half a second is for what the way to the relay takes now and then
            assert fastest(limited, per_s=PER_S) <= BATCH + PER_S / 2
            assert limited[-1] - limited[0] >= (300 - BATCH) / PER_S
            assert limited[-1] - limited[0] <= 300 / PER_S * 1.5
            assert max(at for at, other in taken if other) - begun < 1.5
            await d.settle()
            assert (await newest(d, name)).state == "closed"
            assert await problems(d) == ()

    run(main())


def test_a_relay_with_a_rate_is_given_its_messages_evenly_by_all_processes(tmp_path: Path) -> None:
    async def main() -> None:
        people = addressed(range(300), "example.net")
        async with deployment(tmp_path, people) as d, Zygote() as zygote:
            relay = {"name": "relay-a", "host": "127.0.0.1", "port": d.relay.port, "tls": "none"}
            sections: dict[str, Any] = {"relays": [relay | {"max_per_s": PER_S}]}
            name = await d.raised()
            await d.approve(name)
            workers = [await zygote.start(d.folder, d.relay.port, **sections) for _ in range(2)]
            for worker in workers:
                assert not await worker.ended()
            assert told(d.relay) == {row["email"]: 1 for row in people}
            times = sorted(r.at for r in d.relay.received)
            # a second's messages of each process
            assert fastest(times, per_s=PER_S) <= 2 * PER_S + 2
            assert times[-1] - times[0] >= (300 - 2 * PER_S) / PER_S

    run(main())


def test_the_preview_and_the_grounds_say_who_is_short_of_the_deadline(tmp_path: Path) -> None:
    async def main() -> None:
        people = [person(n, country="DE") for n in range(40)]
        day = datetime.now(UTC).date()
        relay = {"name": "relay-a", "host": "127.0.0.1", "port": 9, "tls": "none"}
        plan = {"from": day.isoformat(), "per_day": [5, 5, 5, 5, 5, 50]}
        relays = [relay | {"warm_up": plan}]
        async with deployment(tmp_path, people, relays=relays) as d:
            known = incident().model_dump(mode="json")["facts"]
            known |= {"aware": datetime.now(UTC).isoformat()}
            name = await d.raised(incident(facts=known))
            seen = await preview(d.runtime, name)
            short = seen.short[Channel.EMAIL]
            # three days of five each, less what of today is over, and what of the fourth is in it
            assert 40 - 16 <= short <= 40 - 14
            said = f"by e-mail alone {short} people are short of the deadline"
            assert said in seen.takes
            assert any(ground.endswith(f"{said}.") for ground in seen.decision.grounds)
            assert seen.decision.announce
            # the earlier in the day, the more of it is left
            assert 5.3 * 86_400 >= seen.seconds > 4.3 * 86_400

    run(main())

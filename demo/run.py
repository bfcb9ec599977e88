"""The demo: three incidents with made-up people, played from the alarm to the proof.

A relay on this machine refuses, defers and drops a planted share; telephones are dead, letters come
back. In the end what the directory, the relay, the providers and the ledger say is compared, person
by person, with what was planted.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from tocsin.demo.acts import Acts
from tocsin.demo.cohort_texts import write_texts
from tocsin.demo.incident_files import ANNOUNCED, INCIDENTS, LETTERS, ONE_BY_ONE, incident_text
from tocsin.demo.index_page import Shown, index_page
from tocsin.demo.later_clock import LaterClock
from tocsin.demo.patients import PATIENTS
from tocsin.demo.people import make_directory
from tocsin.demo.postman import Postman
from tocsin.demo.provider_plan import ProviderPlan, provider_plan
from tocsin.demo.providers import Providers, open_providers
from tocsin.demo.relay_plan import relay_plan
from tocsin.demo.relay_process import relay_process
from tocsin.demo.screen import Screen
from tocsin.demo.stage import Stage
from tocsin.demo.telling import show_verdict, summary
from tocsin.demo.verdict import Verdict, judge
from tocsin.runtimes.embedded import embedded
from tocsin.runtimes.listeners import listening
from tocsin.runtimes.preview import Preview
from tocsin.runtimes.settings import read_settings

FAILED = 1
"""Exit code when something did not come out as planted."""
_SHARES = {ONE_BY_ONE: 60, ANNOUNCED: 50, LETTERS: 0}
"""How many people in a hundred the first estimate takes for touched."""
_LIMIT_PERCENT = 40
_RAISED_LIMIT_PERCENT = 75

Meddle = Callable[[Stage], None]
"""Called when all is told and before it is judged; a test changes the evidence there."""


def leave_be(stage: Stage) -> None:
    """Change nothing."""
    del stage


def main(
    *,
    people: int = 20_000,
    output: Path = Path("demo-output"),
    seed: int = 7,
    json_only: bool = False,
) -> int:
    """Play the demo; return 0 when everything came out as planted, else 1.

    `people` are made up, always the same ones for a `seed`. The folder `output` is written anew;
    with `json_only` nothing but the last line is printed.

    Raises:
        Conflict: `output` holds something that no demo made.
    """
    return perform(people=people, output=output, seed=seed, json_only=json_only)


def perform(
    *, people: int, output: Path, seed: int, json_only: bool, meddle: Meddle = leave_be
) -> int:
    """Play the demo as `main` does; `meddle` may change the evidence before it is judged."""
    began = time.monotonic()
    stage, screen = Stage(output), Screen(json_only=json_only)
    stage.prepare()
    screen.heading("1  A directory, three incidents, and a relay that misbehaves")
    make_directory(stage.people, people=people, seed=seed)
    screen.say(f"  {people:,} made-up people of a shop, as messy as real ones (seed {seed})")
    screen.say(f"  {PATIENTS:,} made-up patients of a clinic")
    now = datetime.now(UTC)
    for name in INCIDENTS:
        text = incident_text(
            name,
            now=now,
            persons=people * _SHARES[name] // 100,
            limit=people * _RAISED_LIMIT_PERCENT // 100,
        )
        stage.incident(name).write_text(text, "utf-8")
    behaviours = relay_plan(stage.people, seed)
    plan = provider_plan(stage.people, seed)
    with relay_process(stage.relay_plan, stage.relay_log, behaviours) as port:
        screen.say(f"  a relay on port {port} of this machine; nothing leaves it")
        limit = people * _LIMIT_PERCENT // 100
        values = {"port": port, "limit": limit}
        play = _play(stage, screen, values, plan, seed=seed, meddle=meddle, began=began)
        with _runner() as runner:
            verdict, seconds = runner.run(play)
    show_verdict(verdict, screen, seconds=seconds, index=stage.index)
    screen.json(summary(verdict, seconds=seconds))
    return 0 if verdict.sound else FAILED


def _runner() -> asyncio.Runner:
    try:
        import uvloop  # noqa: PLC0415  # not there on every platform
    except ImportError:
        return asyncio.Runner()
    return asyncio.Runner(loop_factory=uvloop.new_event_loop)


async def _play(
    stage: Stage,
    screen: Screen,
    values: Mapping[str, object],
    plan: ProviderPlan,
    *,
    seed: int,
    meddle: Meddle,
    began: float,
) -> tuple[Verdict, float]:
    async with open_providers(plan) as providers:
        providers.write_secrets(stage.folder / "secrets")
        template = files("tocsin.demo").joinpath("demo.toml").read_text("utf-8")
        channels = files("tocsin.demo").joinpath("channels.toml").read_text("utf-8")
        stage.configure(template + channels, {**values, **providers.values})
        screen.say("  servers that stand in for Twilio and Firebase, and a folder for letters")
        clock, postman = LaterClock(), Postman(providers)
        settings = read_settings(stage.config)
        async with (
            embedded(settings, clock=clock) as runtime,
            listening(runtime),
            postman.at_work(),
        ):
            acts = Acts(runtime, stage, screen, postman)
            previews = await _acted(acts, screen, providers, clock)
            providers.write_logs(stage.providers)
            screen.heading("7  The proof")
            meddle(stage)
            texts = await write_texts(runtime, stage, previews)
            verdict = await judge(runtime, stage, acts.cases, seed=seed)
            seconds = time.monotonic() - began
            shown = Shown(verdict, previews, texts, acts.refusal, seconds)
            stage.index.write_text(index_page(stage, shown), "utf-8")
    return verdict, seconds


async def _acted(
    acts: Acts, screen: Screen, providers: Providers, clock: LaterClock
) -> Mapping[str, Preview]:
    await acts.raise_incidents(*INCIDENTS)
    screen.heading("2  Who is affected, what the law asks, what to say")
    await acts.draft()
    previews = await acts.look()
    screen.heading("3  A second principal approves; who raised cannot")
    await acts.approve()
    screen.heading("4  People are told: e-mail, text message, push, letter")
    await acts.tell()
    screen.heading("5  The post comes back")
    await acts.post_comes_back(providers.plan.post)
    await acts.wait(clock)
    screen.heading("6  The authorities are told what came of it")
    await acts.report()
    return previews

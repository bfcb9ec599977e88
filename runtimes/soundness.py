"""Whether a configuration would work: each part looked at, each problem with its fix."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path

from tocsin.rules.permission import can_send_for_real
from tocsin.runtimes.code_file import CodeFile, read_code_file
from tocsin.runtimes.embedded import embedded
from tocsin.runtimes.overview import known_principals
from tocsin.runtimes.relay_section import RelaySection
from tocsin.runtimes.settings import Settings
from tocsin.schemas.alarm import Gravity
from tocsin.schemas.errors import NotAllowed, TocsinError
from tocsin.schemas.scope import Scope

_CONNECT_S = 5.0
_NO_HTTP = "what it needs is not installed (aiohttp)"
_HTTP_FIX = "pip install 'tocsin[http]'"


class Grade(StrEnum):
    """How a part was found."""

    OK = "ok"
    NOTE = "note"
    """Nothing is wrong, but something is still to be done before notices can leave."""
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One part of a configuration and how it was found."""

    part: str
    grade: Grade
    text: str
    fix: str = ""


async def examine(settings: Settings, *, token: str | None, offline: bool) -> tuple[Finding, ...]:
    """Look at every part of a configuration; `offline` asks no relay."""
    return tuple([finding async for finding in _findings(settings, token, offline)])


async def _findings(settings: Settings, token: str | None, offline: bool) -> AsyncIterator[Finding]:
    yield await _directory(settings)
    yield _regimes(settings)
    for position, relay in enumerate(settings.relays):
        yield await _relay(relay, position, offline=offline)
    for finding in (*_sectors(settings), *_code_pools(settings), *_officers(settings)):
        yield finding
    unwritable = [finding for finding in map(_folder, _folders(settings)) if finding]
    for finding in unwritable:
        yield finding
    if not unwritable:
        yield Finding("folders", Grade.OK, "all can be written to")
    keys = settings.ledger.keys
    if keys.is_dir() and stat.S_IMODE(keys.stat().st_mode) & 0o077:
        yield Finding(
            "ledger.keys", Grade.PROBLEM, "others may look into the folder", f"chmod 700 {keys}"
        )
    if not unwritable:
        async for finding in _principals(settings, token):
            yield finding


def _sectors(settings: Settings) -> list[Finding]:
    """Note who does not say what it does: laws for one sector then draft reports to be safe."""
    return [
        Finding(
            f"organisations.{organisation.id}.sectors",
            Grade.NOTE,
            f"{organisation.id} does not say what it does: laws for one sector stay undecided",
            'write sectors = ["retail"], or ["other"]; `tocsin schema config` lists them',
        )
        for organisation in settings.organisations
        if organisation.sectors is None
    ]


def _refused(part: str, error: TocsinError) -> Finding:
    return Finding(error.field or part, Grade.PROBLEM, error.message, error.fix or "")


async def _directory(settings: Settings) -> Finding:
    try:
        directory = settings.directory.open()
        try:
            people = await directory.count(Scope(everyone=True))
            await settings.directory.suppression_lists().read()
        finally:
            await directory.close()
    except TocsinError as error:
        return _refused("directory", error)
    if not people:
        fix = "fill it, or name another one"
        return Finding("directory", Grade.PROBLEM, "the directory holds nobody", fix)
    return Finding("directory", Grade.OK, f"{people:,} people; it can be read as it is mapped")


def _regimes(settings: Settings) -> Finding:
    try:
        names = dict.fromkeys(regime.id for regime in settings.law.pack())
    except TocsinError as error:
        return _refused("regimes", error)
    return Finding("regimes", Grade.OK, f"{len(names)}: {', '.join(names)}")


async def _relay(relay: RelaySection, position: int, *, offline: bool) -> Finding:
    part, place = f"relays[{position}]", f"{relay.host}:{relay.port}"
    try:
        relay.relay(position)
    except TocsinError as error:
        return _refused(part, error)
    if offline:
        return Finding(part, Grade.NOTE, f"{place} was not asked (--offline)")
    try:
        async with asyncio.timeout(_CONNECT_S):
            _, writer = await asyncio.open_connection(relay.host, relay.port)
            writer.close()
            await writer.wait_closed()
    except (OSError, TimeoutError) as error:
        text = f"{place} cannot be reached ({type(error).__name__})"
        return Finding(
            part, Grade.PROBLEM, text, "start it, or correct host and port; a drill needs none"
        )
    return Finding(part, Grade.OK, f"{place} takes connections")


def _code_pools(settings: Settings) -> Iterator[Finding]:
    known: dict[str, CodeFile] = {}
    for name, path in settings.code_pools.items():
        part = f"code_pools.{name}"
        try:
            file = read_code_file(path, field=part)
        except TocsinError as error:
            yield _refused(part, error)
            continue
        shared = [other for other, its in known.items() if file.shares(its)]
        known[name] = file
        if shared:
            text = f"it holds a code of the pool {shared[0]} too"
            fix = "take it out of the one of which nothing was given yet"
            yield Finding(part, Grade.PROBLEM, text, fix)
        else:
            yield Finding(part, Grade.OK, f"{len(file):,} codes, those that were given included")


def _can_call() -> bool:
    return find_spec("aiohttp") is not None


def _officers(settings: Settings) -> Iterator[Finding]:
    """Look whether each alarm has somebody, and whether each webhook can be signed."""
    part = "duty_officers"
    for position, section in enumerate(settings.duty_officers):
        try:
            if section.webhook is not None:
                section.key(position)
        except TocsinError as error:
            yield _refused(f"{part}[{position}]", error)
            continue
        if section.webhook is not None and not _can_call():
            yield Finding(f"{part}[{position}].webhook", Grade.PROBLEM, _NO_HTTP, _HTTP_FIX)
            continue
        means = ", ".join(section.means)
        yield Finding(f"{part}[{position}]", Grade.OK, f"{section.name}: {means}")
    if settings.heartbeat is not None and not _can_call():
        yield Finding("heartbeat", Grade.PROBLEM, _NO_HTTP, _HTTP_FIX)
    named = {gravity for section in settings.duty_officers for gravity in section.severities}
    missing = [gravity.value for gravity in Gravity if gravity not in named]
    if missing:
        text = f"nobody is alarmed of what is {', '.join(missing)}: it is a line in the log"
        yield Finding(part, Grade.NOTE, text, "name somebody under [[duty_officers]]")


def _folders(settings: Settings) -> tuple[tuple[str, Path], ...]:
    ledger, output = settings.ledger, settings.output
    files = [("ledger.path", ledger.path.parent), ("ledger.rosters", ledger.rosters)]
    named = [
        *(files if ledger.url is None else ()),
        ("ledger.keys", ledger.keys),
        ("output.reports", output.reports),
        ("output.outbox", output.outbox),
        ("output.previews", output.previews),
    ]
    if "://" not in output.announcements:
        named.append(("output.announcements", Path(output.announcements)))
    return tuple(named)


def _folder(named: tuple[str, Path]) -> Finding | None:
    part, folder = named
    here = folder
    while not here.exists() and here != here.parent:
        here = here.parent
    if here.is_dir() and os.access(here, os.W_OK | os.X_OK):
        return None
    fix = "let this user write there, or name another folder"
    return Finding(part, Grade.PROBLEM, f"{folder} cannot be written to", fix)


async def _principals(settings: Settings, token: str | None) -> AsyncIterator[Finding]:
    part, add = "principals", "tocsin principal add NAME --role"
    if settings.ledger.url is None and not settings.ledger.path.exists():
        yield Finding(part, Grade.NOTE, "there are none yet", f"`{add} admin ...`")
        return
    try:
        async with embedded(settings, sending=False) as runtime:
            known = [p for p in await known_principals(runtime) if not p.revoked]
            if not known:
                yield Finding(part, Grade.NOTE, "there are none yet", f"`{add} admin ...`")
            elif not can_send_for_real(known):
                text = f"{len(known)}; nobody could approve what another raised: only drills"
                yield Finding(part, Grade.NOTE, text, f"`{add} approve`")
            else:
                yield Finding(part, Grade.OK, f"{len(known)}; one can raise, another approve")
            if token is None:
                fix = "set TOCSIN_TOKEN, or give --token-file"
                yield Finding("token", Grade.NOTE, "none was given", fix)
                return
            by = await runtime.door.principal(token)
            roles = ", ".join(sorted(by.roles))
            yield Finding("token", Grade.OK, f"{by.name}: {roles}")
    except NotAllowed as error:
        yield _refused("token", error)
    except TocsinError as error:
        yield _refused(part, error)

"""`tocsin incident approve`, `return`, `withdraw`, `close`: the words that let something leave."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from tocsin.cli.asked import Asked
from tocsin.cli.showing import line, show, table
from tocsin.cli.verb import verb
from tocsin.runtimes.embedded import Runtime
from tocsin.runtimes.overview import artefacts, drafted_again_by
from tocsin.runtimes.overview import incident as look
from tocsin.schemas.artefact import Artefact, ArtefactKind, ArtefactState
from tocsin.schemas.errors import Conflict
from tocsin.schemas.principal import CommandType

_SHOWN = 12
_INCIDENT = typer.Argument(metavar="INCIDENT", help="Id of the incident.")
_ARTEFACT = typer.Argument(metavar="ARTEFACT", help="Name of the artefact.")
_REASON = typer.Option("--reason", help="Why; it stands on record.")


def add_to(group: typer.Typer) -> None:
    """Register the verbs."""
    verb(group, "approve")(approve)
    verb(group, "return")(send_back)
    verb(group, "withdraw")(withdraw)
    verb(group, "close")(close)


async def approve(
    asked: Asked,
    incident: Annotated[str, _INCIDENT],
    artefact: Annotated[str | None, _ARTEFACT] = None,
    *,
    accept_warnings: Annotated[
        str, typer.Option("--accept-warnings", metavar="REASON", help="Why the warnings may stand.")
    ] = "",
) -> None:
    """Approve an artefact as it stands, or list what waits."""
    async with asked.opened() as runtime:
        if artefact is None:
            _list(asked, incident, await artefacts(runtime, incident))
            return
        state = await _decide(
            asked, runtime, CommandType.APPROVE, incident, artefact, reason=accept_warnings
        )
        first = _page_to_come_first(artefact, await artefacts(runtime, incident))
    show(
        {"incident": incident, "artefact": artefact, "state": state, "waits_for": first},
        line(f"Approved {artefact}. ")
        + (
            f"It goes out once {first} is approved too: no notice before the page is up."
            if first
            else "A worker carries it out: `tocsin run`"
        ),
        as_json=asked.as_json,
    )


def _page_to_come_first(name: str, known: Sequence[Artefact]) -> str | None:
    """Return the announcement that a notice waits for, if it is not approved yet."""
    notice = next(a for a in known if a.name == name)
    if notice.kind is not ArtefactKind.NOTICE:
        return None
    waiting = (
        a.name
        for a in known
        if a.kind is ArtefactKind.ANNOUNCEMENT
        and a.round == notice.round
        and a.state is not ArtefactState.APPROVED
    )
    return next(waiting, None)


async def send_back(
    asked: Asked,
    incident: Annotated[str, _INCIDENT],
    artefact: Annotated[str, _ARTEFACT],
    *,
    reason: Annotated[str, _REASON],
) -> None:
    """Send an artefact back to those who raised it. Say why."""
    async with asked.opened() as runtime:
        state = await _decide(asked, runtime, CommandType.RETURN, incident, artefact, reason=reason)
        again = await drafted_again_by(runtime, incident, artefact)
    show(
        {"incident": incident, "artefact": artefact, "state": state},
        line(f"Returned {artefact}. This drafts it anew:"),
        line(f"  {again}"),
        as_json=asked.as_json,
    )


async def withdraw(
    asked: Asked, incident: Annotated[str, _INCIDENT], *, reason: Annotated[str, _REASON]
) -> None:
    """Withdraw an incident: it was none. Nobody else is told."""
    await _end(asked, CommandType.WITHDRAW, incident, reason)


async def close(
    asked: Asked, incident: Annotated[str, _INCIDENT], *, reason: Annotated[str, _REASON]
) -> None:
    """Close an incident. Nobody else is told; who is open stays open on record."""
    await _end(asked, CommandType.CLOSE, incident, reason)


async def _end(asked: Asked, command: CommandType, incident: str, reason: str) -> None:
    async with asked.opened() as runtime:
        await runtime.door.act(asked.token(), command, incident, reason=reason)
        view = await look(runtime, incident)
    show(
        {"incident": view.id, "state": view.state},
        line(f"{view.id} is ", view.state, "."),
        as_json=asked.as_json,
    )


async def _decide(
    asked: Asked,
    runtime: Runtime,
    command: CommandType,
    incident: str,
    artefact: str,
    *,
    reason: str,
) -> ArtefactState:
    """Give a command about an artefact and return the state that it led to."""
    await runtime.door.act(asked.token(), command, incident, target=artefact, reason=reason)
    wanted = {
        CommandType.APPROVE: ArtefactState.APPROVED,
        CommandType.RETURN: ArtefactState.RETURNED,
    }[command]
    state = next(a.state for a in await artefacts(runtime, incident) if a.name == artefact)
    if state is not wanted:
        message = f"came too late: {artefact} is {state} now"
        raise Conflict(message, field="artefact", fix=f"`tocsin incident show {incident}`")
    return state


def _list(asked: Asked, incident: str, known: tuple[Artefact, ...]) -> None:
    waiting = [a for a in known if a.state is ArtefactState.SUBMITTED]
    documents = [_waiting(a) for a in waiting]
    rows = [
        (d["name"], d["summary"], d["text"], d["plan"], d["audience"], ", ".join(d["hands"]))
        for d in documents
    ]
    how = (
        f"Read them first: `tocsin incident preview {incident}`",
        f"Then: `tocsin incident approve {incident} ARTEFACT`",
    )
    columns = ["artefact", "what it is", "text", "plan", "audience", "not by"]
    show(
        {"incident": incident, "waiting": documents},
        table(columns, rows) if rows else line("Nothing waits for approval."),
        *(map(line, ("", *how)) if rows else ()),
        as_json=asked.as_json,
    )


def _waiting(artefact: Artefact) -> dict[str, Any]:
    binding = artefact.binding
    return {
        "name": artefact.name,
        "kind": artefact.kind,
        "summary": artefact.summary,
        "text": binding.text_hash[:_SHOWN],
        "plan": binding.plan_hash[:_SHOWN],
        "audience": binding.audience_root[:_SHOWN],
        "hands": artefact.hands,
    }

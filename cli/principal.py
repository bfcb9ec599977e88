"""`tocsin principal`: who may ask for what."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from tocsin.cli.asked import Asked
from tocsin.cli.showing import line, show, table
from tocsin.cli.verb import verb
from tocsin.runtimes.overview import known_principals
from tocsin.schemas.errors import Conflict, InvalidInput
from tocsin.schemas.principal import Principal, Role

_NAME = "use 1 to 64 letters, digits or ._@-"


def add_to(group: typer.Typer) -> None:
    """Register the verbs."""
    verb(group, "add")(add)
    verb(group, "list")(list_principals)
    verb(group, "revoke")(revoke)


def _named(name: str, roles: list[Role]) -> Principal:
    try:
        return Principal(name=name, roles=frozenset(roles))
    except ValidationError:
        message = "is not a name for a principal"
        raise InvalidInput(message, field="name", fix=_NAME) from None


async def add(
    asked: Asked,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name that stands on record.")],
    *,
    role: Annotated[list[Role], typer.Option(help="What they may do; give several.")],
    save: Annotated[
        Path | None, typer.Option(help="Write the token to this new file, and do not print it.")
    ] = None,
) -> None:
    """Add a principal. Its token is shown this once; the ledger keeps only a hash of it.

    The first one needs the role admin and no token; everyone after that is added by an admin.
    """
    new = _named(name, role)
    async with asked.opened() as runtime:
        with _kept(save) as keep:
            token = await runtime.door.add_principal(asked.token(), new)
            keep(token)
    roles = ", ".join(sorted(new.roles))
    kept = [line(f"The token is in {save}, which only you can read: --token-file {save}")]
    told = [line("Token, shown this once:"), line(f"  {token}"), line("Use it as TOCSIN_TOKEN.")]
    show(
        {
            "principal": name,
            "roles": sorted(new.roles),
            "token": None if save else token,
            "token_file": None if save is None else str(save),
        },
        line(f"Added {name} ({roles})."),
        *(told if save is None else kept),
        as_json=asked.as_json,
    )


@contextmanager
def _kept(path: Path | None) -> Iterator[Callable[[str], None]]:
    """Open the file before there is a token, so that none is lost; remove it if none comes."""
    if path is None:
        yield lambda token: None  # noqa: ARG005  # printed instead
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        message = f"the file cannot be made ({type(error).__name__})"
        raise Conflict(
            message, field="--save", fix="name a new file in a folder of yours"
        ) from None
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        try:
            yield lambda token: print(token, file=file, flush=True)
        except BaseException:
            path.unlink()
            raise


async def list_principals(asked: Asked) -> None:
    """List principals and what they may do."""
    async with asked.opened() as runtime:
        known = await known_principals(runtime)
    show(
        {
            "principals": [
                {"name": p.name, "roles": sorted(p.roles), "revoked": p.revoked} for p in known
            ]
        },
        table(
            ["name", "roles", "state"],
            [(p.name, ", ".join(sorted(p.roles)), "revoked" if p.revoked else "") for p in known],
        )
        if known
        else line("Nobody yet: `tocsin principal add NAME --role admin ...`"),
        as_json=asked.as_json,
    )


async def revoke(
    asked: Asked,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the principal.")],
) -> None:
    """Make a principal's token worthless."""
    async with asked.opened() as runtime:
        await runtime.door.revoke_principal(asked.token(), name)
    show({"principal": name, "revoked": True}, line(f"Revoked {name}."), as_json=asked.as_json)

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
from tocsin.runtimes.detector_keys import checked_public_key, new_key_pair
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
    save_key: Annotated[
        Path | None,
        typer.Option(help="Make a key pair; write the private key, which signs, to this new file."),
    ] = None,
    public_key: Annotated[
        str | None, typer.Option(help="Or register this public key: base64 of its 32 bytes.")
    ] = None,
) -> None:
    """Add a principal. Its token is shown this once; the ledger keeps only a hash of it.

    The first one needs the role admin and no token; everyone after that is added by an admin.
    """
    new = _named(name, role)
    if save_key is not None and public_key is not None:
        message = "a key pair is made, or the public key of one is given"
        raise InvalidInput(message, field="--save-key", fix="leave one of them out")
    key = "" if public_key is None else checked_public_key(public_key)
    async with asked.opened() as runtime:
        with _kept(save, "--save") as keep, _kept(save_key, "--save-key") as keep_key:
            if save_key is not None:
                pair = new_key_pair()
                key = pair.public_text
                keep_key(pair.private_pem.rstrip("\n"))
            token = await runtime.door.add_principal(asked.token(), new, key=key)
            keep(token)
    roles = ", ".join(sorted(new.roles))
    kept = [line(f"The token is in {save}, which only you can read: --token-file {save}")]
    signs = [
        line(f"The private key is in {save_key}, which only you can read. It signs:"),
        line(f"  tocsin emit FILE --as {name} --key {save_key}"),
    ]
    told = [line("Token, shown this once:"), line(f"  {token}"), line("Use it as TOCSIN_TOKEN.")]
    show(
        {
            "principal": name,
            "roles": sorted(new.roles),
            "token": None if save else token,
            "token_file": None if save is None else str(save),
            "public_key": key or None,
            "key_file": None if save_key is None else str(save_key),
        },
        line(f"Added {name} ({roles})."),
        *([line(f"Its events are known by the public key {key}")] if key else []),
        *([] if save_key is None else signs),
        *(told if save is None else kept),
        as_json=asked.as_json,
    )


@contextmanager
def _kept(path: Path | None, option: str) -> Iterator[Callable[[str], None]]:
    """Open a secret's file before the secret counts, so that none is lost; else remove it."""
    if path is None:
        yield lambda secret: None  # noqa: ARG005  # printed instead
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        message = f"the file cannot be made ({type(error).__name__})"
        raise Conflict(message, field=option, fix="name a new file in a folder of yours") from None
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        try:
            yield lambda secret: print(secret, file=file, flush=True)
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
    """Make a principal's token worthless, and a detector's key."""
    async with asked.opened() as runtime:
        await runtime.door.revoke_principal(asked.token(), name)
    show({"principal": name, "revoked": True}, line(f"Revoked {name}."), as_json=asked.as_json)

"""`tocsin emit`: a detector reports what it found; nothing is lost while the brokers are away."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from pydantic import ValidationError
from tocsin.cli.asked import Asked
from tocsin.cli.showing import line, show
from tocsin.cli.verb import verb
from tocsin.runtimes.detections import DetectionFormat, read_detections
from tocsin.runtimes.emitting import brokers_from, emitter, send_spooled, signing_key
from tocsin.schemas.errors import InvalidInput, NotFound, TocsinError, Unavailable
from tocsin.schemas.principal import Principal, Role

_KAFKA = "TOML file with the keys of [kafka]; else the configuration's section is used."


def add_to(group: typer.Typer) -> None:
    """Register the verb."""
    verb(group, "emit")(emit)


def emit(
    asked: Asked,
    file: Annotated[
        str | None, typer.Argument(metavar="FILE", help="What the detector wrote; - is stdin.")
    ] = None,
    *,
    signer: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="The detector's principal.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="PEM file of its private key.")] = None,
    spool: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder where events wait until acknowledged.")
    ] = Path("tocsin-spool"),
    form: Annotated[
        DetectionFormat | None, typer.Option("--format", help="Else it is told by the fields.")
    ] = None,
    kafka: Annotated[Path | None, typer.Option(metavar="FILE", help=_KAFKA)] = None,
    wait: Annotated[
        float, typer.Option(min=0, max=86400, help="Seconds to wait for the last answers.")
    ] = 10,
    spool_only: Annotated[
        bool, typer.Option("--spool-only", help="Send what waits in the spool; without FILE.")
    ] = False,
) -> None:
    """Report a file of detections, signed. Exit 6 if some wait in the spool for another time."""
    if spool_only == (file is not None):
        message = "give a FILE, or --spool-only to send what waits"
        raise InvalidInput(message, field="FILE", fix="one of them")
    brokers = brokers_from(kafka) if kafka is not None else asked.settings().kafka
    if brokers is None:
        message = "the configuration has no section [kafka]"
        fix = "add one (`brokers = [...]`), or give --kafka FILE"
        raise InvalidInput(message, field="kafka", fix=fix)
    read = 0
    if file is None:
        emitted = send_spooled(brokers, spool=spool, wait_s=wait)
    else:
        name, private = _named(signer), signing_key(_given(key))
        try:
            with (
                _opened(file) as document,
                emitter(brokers, signer=name, key=private, spool=spool, wait_s=wait) as opened,
            ):
                for detection in read_detections(document, detector=name, form=form):
                    opened.emit(detection)
                    read += 1
        except TocsinError as refused:
            raise _told_with(refused, read, spool) from None
        emitted = opened.emitted
    waits = f"{emitted.spooled:,} wait in {spool} ({emitted.reason})."
    again = f"They are sent by the next run, or by `tocsin emit --spool-only --spool {spool}`."
    show(
        {
            "read": read,
            "sent": emitted.sent,
            "spooled": emitted.spooled,
            "spool": str(spool),
            "reason": emitted.reason or None,
        },
        line(f"Read {read:,} detections; {emitted.sent:,} events acknowledged."),
        *([line(waits), line(again)] if emitted.spooled else []),
        as_json=asked.as_json,
    )
    if emitted.spooled:
        raise typer.Exit(Unavailable.exit_code)


def _named(signer: str | None) -> str:
    try:
        return Principal(name=signer or "", roles=frozenset({Role.DETECTOR})).name
    except ValidationError:
        message = "say in whose name the detections are signed"
        fix = "name the principal that `tocsin principal add NAME --role detector` added"
        raise InvalidInput(message, field="--as", fix=fix) from None


def _given(key: Path | None) -> Path:
    if key is None:
        message = "needs the detector's private key"
        fix = "name the file that `tocsin principal add ... --save-key FILE` wrote"
        raise InvalidInput(message, field="--key", fix=fix)
    return key


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        document = Path(file).open("rb")  # noqa: SIM115  # closed below; only opening is guarded
    except FileNotFoundError:
        message = f"there is no file {Path(file).name}"
        raise NotFound(message, field="FILE", fix="check the path") from None
    except OSError as error:
        message = f"{Path(file).name or file} cannot be read ({type(error).__name__})"
        raise InvalidInput(message, field="FILE", fix="name a readable file") from None
    with document:
        yield document


def _told_with(refused: TocsinError, read: int, spool: Path) -> TocsinError:
    """Return the refusal with what was done before it: those events stay reported."""
    if not read:
        return refused
    told = f"the {read:,} detections before it were sent, or wait in {spool}"
    return type(refused)(f"{refused.message}\n{told}", field=refused.field, fix=refused.fix)

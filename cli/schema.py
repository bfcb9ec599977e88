"""`tocsin schema`: the file formats, as JSON Schema."""

import typer
from tocsin.cli.asked import Asked
from tocsin.cli.plain import write_json
from tocsin.cli.verb import verb
from tocsin.runtimes.settings import Settings
from tocsin.schemas.cloud_events import json_schemas
from tocsin.schemas.incident import IncidentFile


def add_to(group: typer.Typer) -> None:
    """Register the verbs."""
    verb(group, "incident")(incident)
    verb(group, "config")(config)
    verb(group, "events")(events)


def incident(asked: Asked) -> None:
    """Print the schema of an incident file. It is JSON with or without --json."""
    del asked
    write_json(IncidentFile.model_json_schema())


def config(asked: Asked) -> None:
    """Print the schema of the configuration. It is JSON with or without --json."""
    del asked
    write_json(Settings.model_json_schema())


def events(asked: Asked) -> None:
    """Print the schema of every type of event, by its name. It is JSON with or without --json."""
    del asked
    write_json(json_schemas())

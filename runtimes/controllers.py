"""Whether what an incident says of its controllers can be answered by the directory."""

from tocsin.directories.choosing import Directory
from tocsin.rules.controllers import scope_of
from tocsin.rules.other_duties import controllers
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.incident import IncidentFile


async def check_controllers(directory: Directory, incident: IncidentFile) -> None:
    """Refuse conditions on a controller's people that the directory cannot answer."""
    for place, party in enumerate(incident.circumstances.parties.value or ()):
        scope = scope_of(incident, party) if party in controllers(incident) else None
        if scope is None or not party.where:
            continue
        try:
            await directory.check_scope(scope, incident.data_kinds)
        except InvalidInput as error:
            field = f"circumstances.parties[{place}].where"
            raise InvalidInput(error.message, field=field, fix=error.fix) from None

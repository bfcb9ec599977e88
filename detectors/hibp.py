"""Have I Been Pwned: a record of its public breach list becomes the draft of an incident.

The list is that of the API v3 (`/breaches`; CC BY 4.0, Have I Been Pwned, haveibeenpwned.com). It
tells when data was taken, how many accounts and which classes of data; what it does not tell stays
unknown and is listed. `AddedDate` is the day on which the list learned of the data, not the one on
which the organisation did: it is told to the reader, but is neither `detected` nor `aware`, on which
legal clocks stand. The record's description is another author's text: it is only searched for how
the passwords were kept, never copied.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from tocsin.detectors.document import read_document
from tocsin.detectors.hibp_classes import KINDS, PASSWORDS, TO_CONFIRM, WITHOUT_KIND
from tocsin.detectors.hibp_story import what_happened
from tocsin.detectors.incident_yaml import unknown_facts
from tocsin.detectors.plain_errors import as_invalid_input
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.errors import InvalidInput, NotFound
from tocsin.schemas.fact import Fact, FactState, Instant, Precision
from tocsin.schemas.incident import (
    Cause,
    Confidentiality,
    CountTable,
    IncidentFacts,
    IncidentFile,
    Narratives,
)
from tocsin.schemas.scope import Scope

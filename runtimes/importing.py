"""Results from files: who imports which file is put on record, then each of its lines once."""

import asyncio
import hashlib
from pathlib import Path

from tocsin.returns.results_csv import Imported, import_results
from tocsin.returns.results_layout import ResultsLayout
from tocsin.rules.permission import allowed
from tocsin.runtimes.embedded import Runtime
from tocsin.schemas.commit import Fact, FactKind
from tocsin.schemas.principal import CommandType


async def import_file(
    runtime: Runtime, token: str | None, path: Path, layout: ResultsLayout
) -> Imported:
    """Take in the results of a print house or a call centre; InvalidInput names line and column.

    Nothing is taken in from a file with a wrong line. The same file may come again: what is known
    changes nothing.
    """
    by = await runtime.door.principal(token)
    allowed(by, CommandType.IMPORT_RESULTS, hands=frozenset())
    now = runtime.step.clock.now()
    imported = await import_results(path, layout, runtime.desk, today=now.date())
    content = await asyncio.to_thread(path.read_bytes)
    body = {
        "command": CommandType.IMPORT_RESULTS,
        "principal": by.name,
        "reason": "",
        "source": layout.source,
        "sha256": hashlib.sha256(content).hexdigest(),
        "lines": imported.lines,
        "taken": imported.taken,
    }
    given = Fact(FactKind.COMMAND, "results", body)
    await runtime.ledger.record([given], now=now, about="results imported")
    return imported

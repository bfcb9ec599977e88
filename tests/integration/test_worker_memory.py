"""What a worker loads: nothing of a database that is not its own."""

import subprocess
import sys


def test_a_worker_on_sqlite_loads_nothing_of_postgresql() -> None:
    code = (
        "import sys; import tocsin.cli.run; "
        "print(sorted({'psycopg', 'sqlalchemy.dialects.postgresql'} & set(sys.modules)))"
    )
    run = [sys.executable, "-P", "-c", code]

    assert subprocess.run(run, check=True, capture_output=True, text=True).stdout == "[]\n"

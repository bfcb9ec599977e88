"""veraPDF: the reference checker for tagged PDF (ISO 14289-1), run on this machine."""

import json
import subprocess
from pathlib import Path

from fakes.maven import Program, jars, need

VERSION = "1.28.2"
_VERAPDF = Program(f"verapdf-{VERSION}", (f"org.verapdf.apps:greenfield-apps:{VERSION}",))
_MAIN = "org.verapdf.apps.GreenfieldCliWrapper"


def failures(pdf: Path) -> list[str]:
    """Return what a file breaks of PDF/UA-1: clause, test, and what the checker says."""
    need(_VERAPDF)
    command = ["java", "-Xmx512m", "-cp", f"{jars(_VERAPDF)}/*", _MAIN, "-f", "ua1"]
    done = subprocess.run([*command, "--format", "json", pdf], capture_output=True, check=False)
    (job,) = json.loads(done.stdout)["report"]["jobs"]
    (result,) = job["validationResult"]
    broken = [
        f"{rule['clause']}-{rule['testNumber']}: {rule['description']}"
        for rule in result["details"]["ruleSummaries"]
    ]
    assert result["compliant"] is (broken == [])
    return broken

"""Programs that Postfix brings for tests: smtp-sink and smtp-source."""

import shutil
import sys

_FOLDERS = "/usr/sbin:/usr/bin:/usr/lib/postfix/sbin"


def program(name: str) -> str:
    """Return the path of a program; leave with the line that installs it where it is missing."""
    found = shutil.which(name, path=_FOLDERS)
    if found is None:
        sys.exit(f"{name} is missing: apt-get install --no-install-recommends postfix")
    return found

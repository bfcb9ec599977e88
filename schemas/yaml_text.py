"""How the project's own YAML is read: by the C parser, where PyYAML was built with it."""

from typing import Any

import yaml

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Plain values alone, whichever of the two it is."""


def read_yaml(text: str) -> Any:
    """Return what a YAML text says, as plain values; yaml.YAMLError where it is none."""
    return yaml.load(text, Loader=LOADER)  # noqa: S506  # both are safe ones

"""How the project's own YAML is read: by the C parser, where PyYAML was built with it."""

import sys
from typing import Any

import yaml


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Plain values alone, whichever of the two it is; a text that comes again is kept once."""

    def once(self, node: yaml.ScalarNode) -> str:
        """Return the text of a node: of the rule pack's, two thirds of the memory is repetition."""
        return sys.intern(str(self.construct_scalar(node)))


_Loader.add_constructor("tag:yaml.org,2002:str", _Loader.once)
LOADER: Any = _Loader


def read_yaml(text: str) -> Any:
    """Return what a YAML text says, as plain values; yaml.YAMLError where it is none."""
    return yaml.load(text, Loader=LOADER)  # noqa: S506  # both are safe ones

"""The log's library, without the one by which it would draw on a terminal."""

import sys

_DRAWS = "rich"

# structlog takes rich up wherever it finds it, 5 MB that a worker never uses.
_found = sys.modules.get(_DRAWS)
sys.modules[_DRAWS] = None  # type: ignore[assignment]  # "not to be found" (importlib)
try:
    import structlog
finally:
    if _found is None:
        del sys.modules[_DRAWS]
    else:
        sys.modules[_DRAWS] = _found

__all__ = ["structlog"]

"""What every test may ask for: services that a machine may lack, samples, and long runs."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[1]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the soak tests out, unless `-m` names them or SOAK=1."""
    if "soak" in config.option.markexpr or os.environ.get("SOAK") == "1":
        return
    long = [item for item in items if item.get_closest_marker("soak")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = _without(items, long)


def _without(items: Sequence[pytest.Item], long: Sequence[pytest.Item]) -> list[pytest.Item]:
    left_out = set(long)
    return [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def need() -> Callable[[object, str], None]:
    """Return `need(condition, how_to_install)`: skip without the condition, fail where CI=true.

    `need(shutil.which("smtp-sink"), "apt-get install -y --no-install-recommends postfix")`
    """

    def need(condition: object, how_to_install: str) -> None:
        if condition:
            return
        if os.environ.get("CI") == "true":
            pytest.fail(f"missing, and CI must not skip: {how_to_install}", pytrace=False)
        pytest.skip(f"missing: {how_to_install}")

    return need


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of published samples beside the checkout, or skip: it is not shipped."""
    folder = _ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the published samples are not beside this checkout")
    return folder

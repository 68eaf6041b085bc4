"""What the tests of clients share: they run when they are asked for, as they need much room."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out the tests of this folder unless they are asked for."""
    skip = pytest.mark.skip(reason="runs with make test-clients")
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.timeout(1200))
            if "LABKIT_TEST_CLIENTS" not in os.environ:
                item.add_marker(skip)

"""One class of three, served for a whole module, as root and with rooms."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from labkit.classroom.rooms import missing
from tests.classroom.hub_class import PROXY, Browser, Served, let_in, make_class, serving

NAMES = ["Kim", "Lee", "Park"]
CALLED_FOR = os.environ.get("LABKIT_TEST_CLASS") == "1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave these tests to `make test-class`, which installs the proxy that they need."""
    if CALLED_FOR:
        return
    for item in items:
        if item.path.parent.name == "classroom" and "unit" not in item.path.parts:
            item.add_marker(pytest.mark.skip(reason="make test-class runs it: a hub takes minutes"))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a class of three with rooms, everybody started."""
    if reasons := missing():
        pytest.skip(" ".join(reasons))
    assert PROXY.exists(), "make test-class installs the proxy"
    folder = make_class(tmp_path_factory.mktemp("class") / "class", NAMES)
    with serving(folder) as running:
        yield running


@pytest.fixture(scope="module")
def learners(served: Served) -> list[Browser]:
    """Let all three in by their links."""
    return let_in(served)

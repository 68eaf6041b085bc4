"""Unit tests have no server: what opens a lab there is refused, also in the processes it starts."""

from __future__ import annotations

import pytest

from labkit.aws.embedded import SHARED


@pytest.fixture(autouse=True)
def no_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have labkit refuse to start a sandbox."""
    monkeypatch.setenv(SHARED, "There is no sandbox in tests/unit: see tests/integration.")

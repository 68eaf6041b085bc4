"""Unit tests have no server, and no state but their own.

What opens a lab there is refused, also in the processes it starts. What this user has under
labkit's state folder, such as a hand that was raised in a class, is neither read nor changed.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from labkit.aws.embedded import SHARED
from labkit.state import STATE_DIR


@pytest.fixture(autouse=True)
def no_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have labkit refuse to start a sandbox."""
    monkeypatch.setenv(SHARED, "There is no sandbox in tests/unit: see tests/integration.")


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a test from the state of whoever runs it."""
    monkeypatch.setenv(STATE_DIR, str(tmp_path / "state"))

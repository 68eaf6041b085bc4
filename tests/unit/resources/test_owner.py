"""Whose a run is: this user's six digits, or those that a class has drawn for a shared account."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from labkit.aws import boundary
from labkit.resources.run import OWNER, owner

pytestmark = pytest.mark.usefixtures("state")


def test_the_digits_stay_the_same() -> None:
    assert owner() == owner()
    assert len(owner()) == 6


def test_a_classs_digits_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    own = owner()
    monkeypatch.setenv(OWNER, "c1a550")
    assert owner() == "c1a550"
    monkeypatch.delenv(OWNER)
    assert owner() == own


def test_roles_get_the_learners_own_boundary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(boundary.OWN, "labkit-student-boundary-c1a550")
    hooks: list[Any] = []
    events = SimpleNamespace(register=lambda _, hook: hooks.append(hook))
    client = SimpleNamespace(meta=SimpleNamespace(events=events), get_policy=lambda **_: None)
    boundary.put_on_roles(client, "111122223333")
    parameters: dict[str, Any] = {}
    hooks[0](parameters)
    assert parameters["PermissionsBoundary"].endswith(":policy/labkit-student-boundary-c1a550")

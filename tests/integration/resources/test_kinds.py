"""Each kind, one by one, against the real sandbox."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labkit.aws.trace import TRACE
from labkit.lab import Lab
from labkit.resources.kind import Found, Kind
from labkit.resources.kinds import KINDS
from tests.lessons import recorded_calls
from tests.support import rights
from tests.support.census import census
from tests.support.samples import SAMPLES

ALL = sorted(KINDS)


def is_of(found: Found, kind: Kind, listing: str, shown: str) -> bool:
    """Tell whether what a listing shows is what was found: by its id, its name, or its ARN."""
    of_its_service = listing.split()[0] == kind.service
    return of_its_service and (shown in found.id or (bool(found.name) and found.name in shown))


@pytest.mark.parametrize("name", ALL)
@pytest.mark.usefixtures("sandbox")
def test_a_kind_from_creation_to_gone(
    name: str, plain: Callable[[str], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TRACE, str(tmp_path / "calls.jsonl"))
    before, lab = census(plain), Lab("delivery-queue")
    resource_id = SAMPLES[name](lab)
    kind, marker = KINDS[name], lab.name("x").split("-", 2)[2].removesuffix("-x")

    found = kind.look(plain, resource_id)
    assert found is not None
    if kind.creates[0].tags is not None:
        assert (found.tags or {}).get("labkit:run") == lab.run_id, (
            "the sandbox keeps no tags of its creation"
        )
    assert resource_id in [one.id for one in kind.find(plain, marker)]
    assert any(is_of(found, kind, *shown) for shown in census(plain) - before), (
        f"no line of LISTINGS in tests/support/census.py shows a {name}"
    )
    assert resource_id in set(lab.resources().query("kind == @name")["id"])

    report = lab.teardown(progress=False)
    assert report.clean, str(report)
    assert [item.outcome for item in report.items if item.id == resource_id] == ["gone"]
    assert kind.look(plain, resource_id) is None
    assert census(plain) == before
    calls = recorded_calls.read(tmp_path / "calls.jsonl")
    assert [call for call in calls if rights.denied(call.service, call.operation)] == []

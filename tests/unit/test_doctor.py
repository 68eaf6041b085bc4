"""The doctor: on this very machine, on broken ones, and in an account that the sandbox plays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from labkit.aws.embedded import SHARED
from labkit.cli import main
from labkit.course.doctor import machine
from labkit.course.doctor.account import examine_account
from labkit.course.doctor.examine import examine
from labkit.course.doctor.findings import Diagnosis, Finding, fine, problem, warning
from labkit.lab import Lab
from tests.unit import samples
from tests.unit.test_guard import REGION, account, owner  # noqa: F401


def by_name(findings: Any) -> dict[str, Finding]:
    return {finding.about: finding for finding in findings}


@pytest.mark.usefixtures("sandbox")
def test_here_lessons_can_run(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    said = json.loads(capfd.readouterr().out)
    assert said["healthy"]
    assert {"Python", "packages", "node", "sandbox"} <= {f["about"] for f in said["findings"]}
    assert [f["remedy"] for f in said["findings"] if f["verdict"] == "fine"].count("") >= 5


def test_a_sandbox_that_does_not_start_is_a_problem(
    state: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(SHARED, "no JSON")
    assert main(["doctor"]) == 1
    said = capfd.readouterr().out
    assert "✗ problem  sandbox" in said
    assert said.splitlines()[-1].startswith("Lessons will not run yet on the target local: 1 prob")


@pytest.mark.usefixtures("sandbox")
def test_packages_are_held_against_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABKIT_COURSE_DIR", str(tmp_path))
    lock = tmp_path / machine.LOCK
    lock.write_text("boto3==0.1\nnever-heard-of==1 ; python_version < '3'\n")
    assert by_name(examine().findings)["packages"].verdict == "warning"
    lock.write_text("boto3==0.1\nno-such-package-anywhere==1\n")
    packages = by_name(examine().findings)["packages"]
    assert (packages.verdict, packages.found) == ("problem", "missing: no-such-package-anywhere")


@pytest.mark.usefixtures("sandbox")
def test_what_is_lost_without_a_program_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    diagnosis = examine()
    node = by_name(diagnosis.findings)["node"]
    assert node.verdict == "warning"
    assert "Node.js functions" in node.found
    assert diagnosis.healthy


def test_lab_shows_the_same_as_a_table(lab: Lab) -> None:
    shown = lab.doctor()
    assert shown.target == "local"
    assert by_name(shown.findings)["earlier runs"].verdict == "warning"
    assert "<td>sandbox</td>" in shown._repr_html_()


@pytest.mark.usefixtures("account")
def test_a_prepared_account_is_looked_at_from_every_side() -> None:
    diagnosis = examine("aws", REGION)
    found = by_name(diagnosis.findings)
    assert found["identity"].found.endswith(f":user/learner, region {REGION}")
    assert found["guard"].verdict == "fine"
    assert found["clock, for AWS"].verdict == "fine"
    assert found["VPCs"].found.startswith("1 of 5 in use")
    assert found["Lambda concurrency"].verdict == "fine"
    assert found["permissions"].verdict == "fine", found["permissions"]
    assert not [f for f in diagnosis.findings if f.verdict == "problem"]


@pytest.mark.usefixtures("account")
def test_what_is_left_of_runs_is_found_by_its_tag() -> None:
    lab = Lab("delivery-queue", target="aws", region=REGION)
    samples.queue(lab)
    assert (
        "1 resources of your own runs"
        in by_name(examine_account(lab.target))
        .get(  # type: ignore[arg-type]
            "leftovers", fine("", "")
        )
        .found
    )
    lab.teardown(progress=False)


@pytest.mark.usefixtures("sandbox")
def test_without_credentials_the_identity_is_the_problem(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    diagnosis = examine("aws", REGION)
    assert not diagnosis.healthy
    assert by_name(diagnosis.findings)["identity"].verdict == "problem"


def test_lines_say_what_to_do() -> None:
    findings = [fine("a", "good"), warning("bb", "slow", "Wait."), problem("c", "gone", "Cry.")]
    assert repr(Diagnosis("local", findings)).splitlines() == [
        "✓ fine     a   good",
        "! warning  bb  slow",
        "                → Wait.",
        "✗ problem  c   gone",
        "                → Cry.",
        "Lessons will not run yet on the target local: 1 problems, 1 warnings.",
    ]

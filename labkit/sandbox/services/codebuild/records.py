"""What CodeBuild keeps: projects, builds, and reports in their groups."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.services.place import Place, here

Info = dict[str, Any]
"""Something as CodeBuild's API describes it, by botocore's names."""


@dataclass
class Build:
    """A build, and what its phases share.

    Attributes
    ----------
    place
        Its account and region.
    info
        As BatchGetBuilds describes it.
    folder
        Where it works: the source, and what its phases hand on.
    log
        What it has written.
    source
        A package that replaces the project's source, as CodePipeline gives it.
    artifact
        The package that it made for CodePipeline, once it has.
    stopped
        Set when it is to stop.
    ended
        Set when it is over.
    """

    place: Place
    info: Info
    folder: Path
    log: list[tuple[float, str]] = field(default_factory=list)
    source: bytes | None = None
    artifact: bytes = b""
    stopped: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    ended: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    @property
    def role(self) -> str:
        """The role that it works with."""
        return str(self.info["serviceRole"])

    def say(self, text: str) -> None:
        """Write lines into its log."""
        self.log += [(time.time(), line) for line in text.splitlines()]


@dataclass
class Report:
    """What the tests of a build came to.

    Attributes
    ----------
    info
        As BatchGetReports describes it.
    cases
        As DescribeTestCases describes them.
    """

    info: Info
    cases: list[Info] = field(default_factory=list)

    def end(self, most: int) -> None:
        """Count its test cases, and keep as many as `most` of them, those that failed first."""
        counted = Counter(case["status"] for case in self.cases)
        self.info["testSummary"] = {
            "total": len(self.cases),
            "statusCounts": {status: counted[status] for status in STATUSES},
            "durationInNanoSeconds": sum(case["durationInNanoSeconds"] for case in self.cases),
        }
        failed = counted["FAILED"] + counted["ERROR"]
        self.info["status"] = "FAILED" if failed else "SUCCEEDED"
        self.info["truncated"] = len(self.cases) > most
        if self.info["truncated"]:
            self.cases.sort(key=lambda case: case["status"] not in ("FAILED", "ERROR"))
            del self.cases[most:]


STATUSES = ("SUCCEEDED", "FAILED", "ERROR", "SKIPPED", "UNKNOWN")
"""What may have come of a test case."""

_projects: dict[Place, dict[str, Info]] = {}
_builds: dict[Place, dict[str, Build]] = {}
_report_groups: dict[Place, dict[str, Info]] = {}
_reports: dict[Place, dict[str, list[Report]]] = {}


def projects() -> dict[str, Info]:
    """Return the projects of this place, by name."""
    return _projects.setdefault(here(), {})


def builds() -> dict[str, Build]:
    """Return the builds of this place, by id, the oldest first."""
    return _builds.setdefault(here(), {})


def report_groups() -> dict[str, Info]:
    """Return the report groups of this place, by name."""
    return _report_groups.setdefault(here(), {})


def reports() -> dict[str, list[Report]]:
    """Return the reports of this place, by the names of their groups, the oldest first."""
    return _reports.setdefault(here(), {})


def project(name: str) -> Info:
    """Return a project.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If there is none of that name.
    """
    name = name.rpartition("/")[2] if name.startswith("arn:") else name
    found = projects().get(name)
    if found is None:
        text = f"Project cannot be found: {arn(f'project/{name}')}"
        raise AwsError(text, "ResourceNotFoundException")
    return found


def arn(resource: str) -> str:
    """Return the ARN of something of CodeBuild's here."""
    account, region = here()
    return f"arn:aws:codebuild:{region}:{account}:{resource}"

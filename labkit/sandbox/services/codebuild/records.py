"""What CodeBuild keeps: projects and builds."""

from __future__ import annotations

import asyncio
import time
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


_projects: dict[Place, dict[str, Info]] = {}
_builds: dict[Place, dict[str, Build]] = {}


def projects() -> dict[str, Info]:
    """Return the projects of this place, by name."""
    return _projects.setdefault(here(), {})


def builds() -> dict[str, Build]:
    """Return the builds of this place, by id, the oldest first."""
    return _builds.setdefault(here(), {})


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

"""What CodeDeploy keeps: applications with their groups, configurations, and deployments."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.services.codedeploy.appspec import AppSpec
from labkit.sandbox.services.place import Place, here

Info = dict[str, Any]
"""Something as CodeDeploy's API describes it, by botocore's names."""

ENDED = frozenset({"Succeeded", "Failed", "Stopped"})
"""Statuses that a deployment does not leave any more."""


@dataclass
class Application:
    """An application: deployment groups under one name."""

    info: Info
    tags: dict[str, str]
    groups: dict[str, DeploymentGroup] = field(default_factory=dict)


@dataclass
class DeploymentGroup:
    """A deployment group."""

    info: Info
    tags: dict[str, str]


@dataclass
class LifecycleEvent:
    """One event in the life of a deployment, with the function that is called in it, if any."""

    name: str
    function: str = ""
    status: str = "Pending"
    began: float | None = None
    ended: float | None = None
    execution_id: str = ""
    answered: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    def begin(self) -> None:
        """Note that it has begun."""
        self.status, self.began = "InProgress", time.time()

    def end(self, status: str) -> None:
        """Note how it has ended."""
        self.status, self.ended = status, time.time()
        self.answered.set()


@dataclass
class Deployment:
    """A deployment, and what is known of its lifecycle.

    Attributes
    ----------
    place
        Its account and region.
    info
        As GetDeployment describes it.
    spec
        The versions that it goes from and to.
    routing
        The traffic routing of its configuration.
    role
        The role that it acts with.
    weight
        The share of the alias's calls that meets the target version, from 0 to 1.
    updated
        When the target last changed, in seconds since 1970.
    engaged
        Whether the alias was found as the AppSpec says, so that there is something to undo.
    stopped
        Set when it is to stop.
    ended
        Set when it is over, and the deployment that undoes it is there.
    """

    place: Place
    info: Info
    spec: AppSpec
    routing: Info
    role: str
    events: list[LifecycleEvent]
    weight: float = 0.0
    engaged: bool = False
    updated: float = field(default_factory=time.time)
    stopped: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    ended: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def id(self) -> str:
        """Its id: ``d-`` and nine characters."""
        return str(self.info["deploymentId"])

    @property
    def is_over(self) -> bool:
        """Whether it has reached its last status."""
        return self.info["status"] in ENDED

    @property
    def is_rollback(self) -> bool:
        """Whether CodeDeploy made it to undo another one."""
        return bool(self.info["creator"] == "codeDeployRollback")

    def event(self, name: str) -> LifecycleEvent:
        """Return the lifecycle event of a name."""
        return next(event for event in self.events if event.name == name)


_applications: dict[Place, dict[str, Application]] = {}
_configurations: dict[Place, dict[str, Info]] = {}
_deployments: dict[Place, dict[str, Deployment]] = {}


def applications() -> dict[str, Application]:
    """Return the applications of this place, by name."""
    return _applications.setdefault(here(), {})


def configurations() -> dict[str, Info]:
    """Return this place's own deployment configurations, by name."""
    return _configurations.setdefault(here(), {})


def deployments() -> dict[str, Deployment]:
    """Return the deployments of this place, by id, the oldest first."""
    return _deployments.setdefault(here(), {})


def deployments_of(application: str, group: str) -> Iterator[Deployment]:
    """Yield the deployments of a group, the oldest first."""
    for one in list(deployments().values()):
        if one.info["applicationName"] == application and one.info["deploymentGroupName"] == group:
            yield one


def application(name: str) -> Application:
    """Return an application.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If there is none of that name.
    """
    found = applications().get(name)
    if found is None:
        raise AwsError(f"No application found for name: {name}", "ApplicationDoesNotExistException")
    return found


def group(application_name: str, name: str) -> DeploymentGroup:
    """Return a deployment group.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If there is no such application, or no such group of it.
    """
    found = application(application_name).groups.get(name)
    if found is None:
        text = f"No Deployment Group found for name: {name}"
        raise AwsError(text, "DeploymentGroupDoesNotExistException")
    return found


def deployment(identifier: str) -> Deployment:
    """Return a deployment.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If the id is not one, or of no deployment.
    """
    if not identifier.startswith("d-"):
        text = "The specified deployment ID is not in the valid format: d-XXXXXXXXX"
        raise AwsError(text, "InvalidDeploymentIdException")
    found = deployments().get(identifier)
    if found is None:
        text = f"The deployment {identifier} could not be found"
        raise AwsError(text, "DeploymentDoesNotExistException")
    return found

"""What CodePipeline keeps: pipelines, their executions, and the actions of these."""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.services.place import Place, here

Info = dict[str, Any]
"""Something as CodePipeline's API describes it, by botocore's names."""


@dataclass
class ActionRun:
    """One run of an action.

    Attributes
    ----------
    stage, declared
        The stage's name, and the action as the pipeline declares it.
    status
        ``InProgress``, ``Succeeded``, ``Failed`` or ``Abandoned``.
    token
        With which an approval is answered.
    answered
        Set when it has been.
    """

    stage: str
    declared: Info
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "InProgress"
    summary: str = ""
    began: float = field(default_factory=time.time)
    changed: float = field(default_factory=time.time)
    token: str = ""
    external_id: str = ""
    error: Info | None = None
    configuration: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    revision: Info | None = None
    updated_by: str = ""
    answered: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    def end(self, status: str) -> None:
        """Note how it has ended."""
        self.status, self.changed = status, time.time()


@dataclass
class Execution:
    """One execution of a pipeline.

    Attributes
    ----------
    pipeline
        As it was declared when the execution began.
    artifacts
        By name, the bucket and key of what an action gave out.
    variables
        By namespace, the variables that actions gave out.
    stages
        The status of each stage that it has come to.
    """

    place: Place
    pipeline: Info
    trigger: Info
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "InProgress"
    began: float = field(default_factory=time.time)
    changed: float = field(default_factory=time.time)
    runs: list[ActionRun] = field(default_factory=list)
    stages: dict[str, str] = field(default_factory=dict)
    artifacts: dict[str, tuple[str, str]] = field(default_factory=dict)
    variables: dict[str, dict[str, str]] = field(default_factory=dict)
    stop_reason: str | None = None
    stopped: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    @property
    def is_over(self) -> bool:
        """Whether it has come to an end."""
        return self.status not in ("InProgress", "Stopping")

    def set(self, status: str) -> None:
        """Note its status."""
        self.status, self.changed = status, time.time()

    def latest(self, stage: str, action: str) -> ActionRun | None:
        """Return the last run of an action in it."""
        found = [run for run in self.runs if run.stage == stage and run.declared["name"] == action]
        return found[-1] if found else None


@dataclass
class Pipeline:
    """A pipeline."""

    declared: Info
    tags: dict[str, str]
    created: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    executions: list[Execution] = field(default_factory=list)


_pipelines: dict[Place, dict[str, Pipeline]] = {}


def pipelines() -> dict[str, Pipeline]:
    """Return the pipelines of this place, by name."""
    return _pipelines.setdefault(here(), {})


def pipeline(name: str) -> Pipeline:
    """Return a pipeline.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If there is none of that name.
    """
    found = pipelines().get(name)
    if found is None:
        account, _ = here()
        text = f"Account '{account}' does not have a pipeline with name '{name}'"
        raise AwsError(text, "PipelineNotFoundException")
    return found


def execution(name: str, identifier: str) -> Execution:
    """Return an execution of a pipeline.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If there is no such pipeline, or no such execution of it.
    """
    for one in pipeline(name).executions:
        if one.id == identifier:
            return one
    text = f"Pipeline execution with id '{identifier}' does not exist"
    raise AwsError(text, "PipelineExecutionNotFoundException")

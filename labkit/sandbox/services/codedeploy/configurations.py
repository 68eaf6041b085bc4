"""Deployment configurations: how traffic goes from one version to the other, and how fast.

A minute of a configuration is shorter here than on AWS; each deployment says so.
Source: CodeDeploy User Guide, "Deployment configurations on an AWS Lambda compute platform"; API
Reference, CreateDeploymentConfig and TrafficRoutingConfig.
"""

from __future__ import annotations

import os
import re
import time
import uuid
from typing import Any, NoReturn

from labkit.sandbox.gateway.errors import AwsError, Unsupported, refuse
from labkit.sandbox.services.codedeploy import records
from labkit.sandbox.services.codedeploy.records import Info

PREFIX = "CodeDeployDefault."

MINUTE_SECONDS = 2.0
"""How long a minute of a configuration takes here; `LABKIT_SANDBOX_DEPLOYMENT_MINUTE` sets another
number of seconds, 60 for AWS's own pace."""

LONGEST_MINUTES = 2880
"""Two days: the longest that shifting traffic may take in all (API Reference)."""

CANARY_MINUTES = (5, 10, 15, 30)
LINEAR_MINUTES = (1, 2, 3, 10)
"""The intervals of the configurations that CodeDeploy has for Lambda."""

NAME = re.compile(r"[A-Za-z0-9+=,.@_-]{1,100}")


def minute() -> float:
    """Return how long a minute of a configuration takes here, in seconds."""
    return float(os.environ.get("LABKIT_SANDBOX_DEPLOYMENT_MINUTE") or MINUTE_SECONDS)


def pace() -> str:
    """Say how long a minute of a configuration takes here."""
    return f"Embedded sandbox: one minute of the deployment takes {minute():g} seconds here."


def canary(percentage: int, interval: int) -> Info:
    """Return a routing in two steps; the interval is in minutes."""
    shift = {"canaryPercentage": percentage, "canaryInterval": interval}
    return {"type": "TimeBasedCanary", "timeBasedCanary": shift}


def linear(percentage: int, interval: int) -> Info:
    """Return a routing in equal steps; the interval is in minutes."""
    shift = {"linearPercentage": percentage, "linearInterval": interval}
    return {"type": "TimeBasedLinear", "timeBasedLinear": shift}


def _built_in() -> dict[str, Info]:
    found = {f"LambdaCanary10Percent{n}Minutes": canary(10, n) for n in CANARY_MINUTES}
    for n in LINEAR_MINUTES:
        unit = "Minute" if n == 1 else "Minutes"
        found[f"LambdaLinear10PercentEvery{n}{unit}"] = linear(10, n)
    found["LambdaAllAtOnce"] = {"type": "AllAtOnce"}
    return {f"{PREFIX}{name}": routing for name, routing in found.items()}


BUILT_IN = _built_in()
"""The configurations that are there from the beginning, by name."""


def routing_of(name: str) -> Info:
    """Return the traffic routing of a configuration.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If there is no configuration of that name.
    """
    if name in BUILT_IN:
        return BUILT_IN[name]
    found = records.configurations().get(name)
    if found is None:
        refuse(
            "DeploymentConfigDoesNotExistException",
            f"No Deployment Configuration found for name: {name}",
        )
    routing: Info = found["trafficRoutingConfig"]
    return routing


def steps(routing: Info) -> list[tuple[float, float]]:
    """Return the steps before the last: the target's weight and the minutes that it is held."""
    if routing["type"] == "TimeBasedCanary":
        shift = routing["timeBasedCanary"]
        return [(shift["canaryPercentage"] / 100, shift["canaryInterval"])]
    if routing["type"] == "TimeBasedLinear":
        shift = routing["timeBasedLinear"]
        size = shift["linearPercentage"]
        return [(done / 100, shift["linearInterval"]) for done in range(size, 100, size)]
    return []


def create(given: dict[str, Any]) -> Info:
    """Make a configuration; return its id.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it is not one, or its name is taken.
    """
    name = given["deploymentConfigName"]
    if not NAME.fullmatch(name) or name.startswith(PREFIX):
        refuse("InvalidDeploymentConfigNameException", f"Invalid deployment config name: {name}")
    if name in records.configurations():
        text = f"Deployment Configuration already exists for name: {name}"
        refuse("DeploymentConfigAlreadyExistsException", text)
    if given.get("computePlatform") != "Lambda":
        raise Unsupported(
            "The embedded sandbox has deployment configurations for the compute platform Lambda "
            "alone. Nothing was done."
        )
    routing = given.get("trafficRoutingConfig") or {"type": "AllAtOnce"}
    _check(routing)
    identifier = str(uuid.uuid4())
    records.configurations()[name] = {
        "deploymentConfigId": identifier,
        "deploymentConfigName": name,
        "createTime": time.time(),
        "computePlatform": "Lambda",
        "trafficRoutingConfig": routing,
    }
    return {"deploymentConfigId": identifier}


def get(name: str) -> Info:
    """Describe a configuration.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If there is none of that name.
    """
    routing = routing_of(name)
    built_in = {
        "deploymentConfigId": str(uuid.uuid5(uuid.NAMESPACE_OID, name)),
        "deploymentConfigName": name,
        "computePlatform": "Lambda",
        "trafficRoutingConfig": routing,
    }
    return {"deploymentConfigInfo": records.configurations().get(name, built_in)}


def names() -> Info:
    """List the names of all configurations."""
    return {"deploymentConfigsList": [*BUILT_IN, *records.configurations()]}


def delete(name: str) -> None:
    """Delete a configuration that no group uses; one that is not there is no error.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it is CodeDeploy's own, or in use.
    """
    if name.startswith(PREFIX):
        refuse("InvalidOperationException", f"{name} is a default configuration.")
    groups = (one for app in records.applications().values() for one in app.groups.values())
    if any(one.info["deploymentConfigName"] == name for one in groups):
        text = f"The deployment configuration {name} is in use by a deployment group."
        raise AwsError(text, "DeploymentConfigInUseException")
    records.configurations().pop(name, None)


def _check(routing: Info) -> None:
    """Check a routing's numbers.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If they are none that CodeDeploy takes.
    """
    kind = routing.get("type")
    member, size, interval = {
        "TimeBasedCanary": ("timeBasedCanary", "canaryPercentage", "canaryInterval"),
        "TimeBasedLinear": ("timeBasedLinear", "linearPercentage", "linearInterval"),
        "AllAtOnce": ("", "", ""),
    }.get(str(kind), ("?", "", ""))
    if not member:
        return
    shift = routing.get(member) or {}
    percentage, minutes = shift.get(size), shift.get(interval)
    if member == "?" or percentage is None or minutes is None:
        _refuse_routing(f"{kind} takes a percentage and an interval")
    if not 1 <= percentage <= 99:
        _refuse_routing(f"{size} has to be between 1 and 99")
    if minutes < 1 or sum(held for _, held in steps(routing)) > LONGEST_MINUTES:
        _refuse_routing(f"the deployment may take between 1 and {LONGEST_MINUTES} minutes")


def _refuse_routing(reason: str) -> NoReturn:
    refuse(
        "InvalidTrafficRoutingConfigurationException",
        f"The traffic routing configuration is invalid: {reason}.",
    )

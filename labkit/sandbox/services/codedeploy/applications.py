"""Applications: a name under which deployment groups stand.

Source: CodeDeploy API Reference, CreateApplication, GetApplication, UpdateApplication.
"""

from __future__ import annotations

import time
import uuid
from typing import Any

from labkit.sandbox.gateway.errors import Unsupported, refuse
from labkit.sandbox.services.codedeploy import records
from labkit.sandbox.services.codedeploy.configurations import NAME
from labkit.sandbox.services.codedeploy.records import Application, Info


def create(given: dict[str, Any]) -> Info:
    """Make an application; return its id.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If its name is none, or taken, or it is for something else than Lambda.
    """
    name = check_name(given["applicationName"])
    if (platform := given.get("computePlatform") or "Server") != "Lambda":
        raise Unsupported(
            "The embedded sandbox has CodeDeploy for the compute platform Lambda alone, "
            f"and this application is for {platform}. Nothing was done."
        )
    tags = {tag["Key"]: tag.get("Value", "") for tag in given.get("tags") or []}
    info = {
        "applicationId": str(uuid.uuid4()),
        "applicationName": name,
        "createTime": time.time(),
        "linkedToGitHub": False,
        "computePlatform": platform,
    }
    records.applications()[name] = Application(info, tags)
    return {"applicationId": info["applicationId"]}


def rename(name: str, new: str) -> None:
    """Give an application another name.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If there is none of the old name, or one of the new.
    """
    found = records.application(name)
    check_name(new)
    found.info["applicationName"] = new
    for group in found.groups.values():
        group.info["applicationName"] = new
    del records.applications()[name]
    records.applications()[new] = found


def delete(name: str) -> None:
    """Delete an application with its groups; one that is not there is no error."""
    records.applications().pop(name, None)


def check_name(name: str) -> str:
    """Return the name of an application that is to be.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it is none, or taken.
    """
    if not NAME.fullmatch(name):
        refuse("InvalidApplicationNameException", f"Invalid application name: {name}")
    if name in records.applications():
        text = f"Application already exists for application name: {name}"
        refuse("ApplicationAlreadyExistsException", text)
    return name

"""The AppSpec of a Lambda deployment: which alias goes from which version to which, and its hooks.

Source: CodeDeploy User Guide, "AppSpec file structure for AWS Lambda deployments".
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import yaml

from labkit.sandbox.gateway.errors import AwsError

HOOKS = ("BeforeAllowTraffic", "AfterAllowTraffic")
"""The lifecycle events in which a function can be called."""

FUNCTION = "AWS::Lambda::Function"
PROPERTIES = ("name", "alias", "currentversion", "targetversion")


@dataclass(frozen=True)
class AppSpec:
    """What a deployment is to do.

    Attributes
    ----------
    function, alias
        Whose calls are shifted.
    current, target
        The versions that the alias goes from and to.
    hooks
        By lifecycle event, the function that is called in it.
    """

    function: str
    alias: str
    current: str
    target: str
    hooks: dict[str, str]


def revision(content: str) -> dict[str, Any]:
    """Return the revision of an AppSpec, as the API describes it."""
    digest = hashlib.sha256(content.encode()).hexdigest()
    return {
        "revisionType": "AppSpecContent",
        "appSpecContent": {"content": content, "sha256": digest},
    }


def write(spec: AppSpec) -> str:
    """Write an AppSpec as JSON."""
    properties = {
        "Name": spec.function,
        "Alias": spec.alias,
        "CurrentVersion": spec.current,
        "TargetVersion": spec.target,
    }
    resource = {spec.function: {"Type": FUNCTION, "Properties": properties}}
    document: dict[str, Any] = {"version": 0.0, "Resources": [resource]}
    if spec.hooks:
        document["Hooks"] = [{event: function} for event, function in spec.hooks.items()]
    return json.dumps(document)


def content_of(given: dict[str, Any]) -> str:
    """Return the text of a revision's AppSpec.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If the revision holds none.
    """
    kind = given.get("revisionType")
    if kind not in ("AppSpecContent", "String"):
        raise AwsError(
            f"The embedded sandbox deploys revisions of the type AppSpecContent, not {kind}. "
            "Nothing was done.",
            "InvalidRevisionException",
        )
    text = (given.get("appSpecContent") or given.get("string") or {}).get("content")
    if not text:
        raise AwsError("The AppSpec file cannot be null or empty", "InvalidRevisionException")
    return str(text)


def parse(content: str) -> AppSpec:
    """Read an AppSpec, written as YAML or JSON.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it is not one of a Lambda function.
    """
    try:
        document = yaml.safe_load(content)
        sections = _lower(document)
        if str(sections["version"]) not in ("0", "0.0"):
            raise ValueError("the version has to be 0.0")
        (resource,) = sections["resources"]
        ((_, function),) = resource.items()
        described = _lower(function)
        if described["type"] != FUNCTION:
            raise ValueError(f"a resource of the type {FUNCTION} is expected")
        properties = _lower(described["properties"])
        name, alias, current, target = (str(properties[key]) for key in PROPERTIES)
        return AppSpec(name, alias, current, target, _hooks(sections.get("hooks") or []))
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise AwsError(
            f"The deployment failed because the AppSpec file that was uploaded is invalid: {error}",
            "InvalidRevisionException",
        ) from None


def _lower(section: dict[str, Any]) -> dict[str, Any]:
    """Return a section under its keys in lower case: the guides write them in both ways."""
    return {key.lower(): value for key, value in section.items()}


def _hooks(listed: list[dict[str, str]]) -> dict[str, str]:
    found = {str(event): str(function) for hook in listed for event, function in hook.items()}
    for event in found:
        if event not in HOOKS:
            raise ValueError(f"{event} is no lifecycle event with a hook")
    return found

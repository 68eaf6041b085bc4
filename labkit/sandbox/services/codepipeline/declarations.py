"""Declarations of pipelines: what can stand in one, and what is refused.

Source: CodePipeline User Guide, "CodePipeline pipeline structure reference", "Action structure
reference"; API Reference, CreatePipeline.
"""

from __future__ import annotations

import re
import time
from typing import Any

from labkit.sandbox.gateway import permissions
from labkit.sandbox.gateway.errors import Unsupported, refuse
from labkit.sandbox.services.codepipeline import records
from labkit.sandbox.services.codepipeline.records import Info, Pipeline

PRINCIPAL = "codepipeline.amazonaws.com"

NAME = re.compile(r"[A-Za-z0-9.@\-_]{1,100}")
MOST_STAGES = 50

ACTIONS = {
    ("Source", "S3"),
    ("Build", "CodeBuild"),
    ("Test", "CodeBuild"),
    ("Deploy", "CloudFormation"),
    ("Approval", "Manual"),
}
"""The actions that the sandbox has, by category and provider."""

REQUIRED = {
    "S3": ("S3Bucket", "S3ObjectKey"),
    "CodeBuild": ("ProjectName",),
    "CloudFormation": ("ActionMode", "StackName"),
    "Manual": (),
}
"""What an action's configuration has to have, by provider."""

MODES = ("CHANGE_SET_EXECUTE", "CHANGE_SET_REPLACE", "CREATE_UPDATE")
"""What CloudFormation can be asked for here."""


def create(declared: Info, tags: list[dict[str, str]]) -> Pipeline:
    """Keep a pipeline.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it is none, or its name is taken.
    """
    if declared["name"] in records.pipelines():
        text = f"A pipeline with name '{declared['name']}' already exists"
        refuse("PipelineNameInUseException", text)
    check(declared)
    kept = _defaults(declared) | {"version": 1}
    pipeline = Pipeline(kept, {tag["key"]: tag["value"] for tag in tags})
    records.pipelines()[declared["name"]] = pipeline
    return pipeline


def update(declared: Info) -> Pipeline:
    """Change a pipeline, which has one version more then.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If there is none, or what it is to be is none.
    """
    pipeline = records.pipeline(declared["name"])
    check(declared)
    version = pipeline.declared["version"] + 1
    pipeline.declared = _defaults(declared) | {"version": version}
    pipeline.updated = time.time()
    return pipeline


def check(declared: Info) -> None:
    """Check a pipeline's declaration.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it is none, or has what the sandbox has not.
    """
    if not NAME.fullmatch(declared["name"]):
        refuse("ValidationException", f"The pipeline name {declared['name']} is not valid")
    if not permissions.role_trusts(declared["roleArn"], PRINCIPAL):
        _structure(
            f"CodePipeline is not authorized to perform AssumeRole on role {declared['roleArn']}"
        )
    if declared.get("artifactStores") or not declared.get("artifactStore"):
        _unsupported("a pipeline without one artifactStore")
    for member in ("triggers", "variables"):
        if declared.get(member):
            _unsupported(f"{member} of a pipeline")
    stages = declared["stages"]
    if not 2 <= len(stages) <= MOST_STAGES:
        _structure(f"Pipeline must have at least 2 stages and at most {MOST_STAGES}")
    _unique([stage["name"] for stage in stages], "stage")
    for number, stage in enumerate(stages):
        _check_stage(stage, first=number == 0)
    _check_artifacts(stages)


def _check_stage(stage: Info, *, first: bool) -> None:
    for member in ("blockers", "onFailure", "onSuccess", "beforeEntry"):
        if stage.get(member):
            _unsupported(f"{member} of a stage")
    if not stage["actions"]:
        _structure(f"Stage {stage['name']} must have at least one action")
    _unique([action["name"] for action in stage["actions"]], "action")
    for action in stage["actions"]:
        kind = action["actionTypeId"]
        what = kind["category"], kind["provider"]
        if what not in ACTIONS or kind["owner"] != "AWS" or kind["version"] != "1":
            _unsupported(f"the action {'/'.join((kind['owner'], *what, kind['version']))}")
        if first != (kind["category"] == "Source"):
            _structure("The first stage, and no other, has the source actions")
        for key in REQUIRED[kind["provider"]]:
            if key not in (action.get("configuration") or {}):
                _action(f"Action configuration for action '{action['name']}' is missing {key}")
        _check_configuration(action, kind["provider"])


def _check_configuration(action: Info, provider: str) -> None:
    given = action.get("configuration") or {}
    if action.get("region") or action.get("commands"):
        _unsupported("another region, or commands, of an action")
    if provider != "CloudFormation":
        return
    mode = given["ActionMode"]
    if mode not in MODES:
        _unsupported(f"the ActionMode {mode}")
    needed = {
        "CHANGE_SET_EXECUTE": ("ChangeSetName",),
        "CHANGE_SET_REPLACE": ("ChangeSetName", "TemplatePath", "RoleArn"),
        "CREATE_UPDATE": ("TemplatePath", "RoleArn"),
    }[mode]
    for key in needed:
        if key not in given:
            _action(f"Action configuration for action '{action['name']}' is missing {key}")


def _check_artifacts(stages: list[Info]) -> None:
    """Check that what an action takes, an earlier one gives out, and each name once."""
    given: set[str] = set()
    for stage in stages:
        for action in sorted(stage["actions"], key=lambda one: one.get("runOrder", 1)):
            for artifact in action.get("inputArtifacts") or []:
                if artifact["name"] not in given:
                    _action(
                        f"Input artifact '{artifact['name']}' in action '{action['name']}' is not "
                        "the output of a preceding action"
                    )
            for artifact in action.get("outputArtifacts") or []:
                if artifact["name"] in given:
                    _action(f"Output artifact name '{artifact['name']}' is used more than once")
                given.add(artifact["name"])


def _defaults(declared: Info) -> Info:
    return {"executionMode": "SUPERSEDED", "pipelineType": "V1"} | declared


def _unique(names: list[str], what: str) -> None:
    if len(set(names)) < len(names):
        _structure(f"The names of {what}s have to differ: {', '.join(names)}")


def _structure(text: str) -> None:
    refuse("InvalidStructureException", text)


def _action(text: str) -> None:
    refuse("InvalidActionDeclarationException", text)


def _unsupported(what: Any) -> None:
    raise Unsupported(f"The embedded sandbox has no CodePipeline with {what}. Nothing was done.")

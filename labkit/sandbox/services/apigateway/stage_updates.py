"""UpdateStage: the paths that a stage has, settings of methods among them.

Source: API Gateway API Reference, UpdateStage ("Patch operations", Stage) and MethodSetting; the
texts as AWS answers them.
"""

from __future__ import annotations

import copy
from typing import Any

from labkit.sandbox.services.apigateway import canaries
from labkit.sandbox.services.apigateway.patching import Patch, bad_request, converted, parts_of
from labkit.sandbox.services.apigateway.stage_paths import (
    IN_MAPS,
    KINDS,
    OF_A_METHOD,
    no_setting,
    unknown,
)
from labkit.sandbox.upstream.apigateway import apigateway_v1

Members = dict[str, Any]


LOG_SETTINGS = ("destinationArn", "format")


def update(api_id: str, stage_name: str, patches: list[Patch]) -> None:
    """Change a stage as patches ask, all of them or none.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If one cannot be applied.
    """
    stage = apigateway_v1._stages_v1[api_id][stage_name]
    changed = copy.deepcopy(stage)
    for patch in patches:
        _apply(api_id, changed, patch)
    changed["lastUpdatedDate"] = apigateway_v1._now_unix()
    stage.clear()
    stage.update(changed)


def _apply(api_id: str, stage: Members, patch: Patch) -> None:
    op, path = patch.get("op"), patch.get("path") or ""
    parts = parts_of(path)
    if op == "copy":
        canaries.promote(stage, patch)
    elif parts[0] == "canarySettings":
        canaries.patch(api_id, stage, parts[1:], patch)
    elif parts[0] in IN_MAPS:
        _change_map(stage, parts, patch)
    elif parts[0] in KINDS and len(parts) == 1:
        _change_own(api_id, stage, parts[0], patch)
    else:
        _change_method_setting(stage, parts, patch)


def _change_own(api_id: str, stage: Members, name: str, patch: Patch) -> None:
    if patch.get("op") == "remove":
        stage[name] = None
        return
    value = converted(KINDS[name], patch.get("value"), patch["path"])
    if name == "deploymentId":
        canaries.check_deployment(api_id, value)
    stage[name] = value


def _change_map(stage: Members, parts: list[str], patch: Patch) -> None:
    name, *within = parts
    op = patch.get("op")
    if name == "accessLogSettings":
        _check_log_path(within, op, patch.get("value"))
    elif len(within) != 1:
        raise unknown(patch["path"])
    if not within:
        stage[name] = {}
        return
    members = stage.get(name) or {}
    if op == "remove":
        members.pop(within[0], None)
    else:
        members[within[0]] = patch.get("value")
    stage[name] = members


def _check_log_path(within: list[str], op: Any, value: Any) -> None:
    """Check a path of the settings of access logs, which can only be removed as a whole."""
    if op == "remove":
        if within:
            raise no_setting("/".join(["accessLogSettings", *within]))
    elif len(within) != 1 or within[0] not in LOG_SETTINGS:
        paths = ", ".join(f"/accessLogSettings/{one}" for one in LOG_SETTINGS)
        raise bad_request(f"Invalid accessLogSettings path. Must be one of : [{paths}]")
    elif not value:
        raise bad_request("Access Log value must not be empty")


def _change_method_setting(stage: Members, parts: list[str], patch: Patch) -> None:
    """Change a setting of a method, or of all of them (``*/*``), or take all of its settings."""
    settings = stage.get("methodSettings") or {}
    of_resource, rest = _split(parts)
    if patch.get("op") == "remove" and rest == []:
        if of_resource not in settings:
            raise no_setting(of_resource)
        del settings[of_resource]
    elif "/".join(rest) not in OF_A_METHOD:
        raise unknown(patch.get("path"))
    elif patch.get("op") in ("add", "replace"):
        field = apigateway_v1._method_setting_field_from_patch(rest)
        held = settings.setdefault(of_resource, _defaults(settings))
        held[field] = apigateway_v1._parse_stage_method_setting_value(field, patch.get("value"))
    else:
        raise unknown(patch.get("path"))
    stage["methodSettings"] = settings


def _split(parts: list[str]) -> tuple[str, list[str]]:
    """Return which method a path is about, ``path/VERB``, and what of its settings."""
    rest = parts[-2:] if "/".join(parts[-2:]) in OF_A_METHOD else []
    of_resource = parts[: len(parts) - len(rest)]
    path = "/".join(of_resource[:-1]).lstrip("/")
    return f"{path}/{of_resource[-1]}", rest if len(of_resource) > 1 else of_resource


def _defaults(settings: Members) -> Members:
    """Return what a method's settings begin with: those of all methods, if they are set."""
    found: Members = dict(settings.get("*/*") or apigateway_v1._default_method_setting_entry())
    if "*/*" not in settings:
        found.pop("loggingLevel", None)
    return found

"""Usage plans: their stages, their limits, and their keys.

Source: API Gateway API Reference, UpdateUsagePlan ("Patch operations", UsagePlan) and
GetUsagePlanKeys; the texts as AWS answers them.
"""

from __future__ import annotations

import copy
from typing import Any

from labkit.sandbox.gateway.errors import ResourceNotFound
from labkit.sandbox.services.apigateway.patch_paths import NUMBER, RATE, TEXT
from labkit.sandbox.services.apigateway.patching import Patch, bad_request, converted, parts_of
from labkit.sandbox.upstream.apigateway import apigateway_v1

Members = dict[str, Any]

KINDS = {
    ("name",): TEXT,
    ("description",): TEXT,
    ("productCode",): TEXT,
    ("quota", "limit"): NUMBER,
    ("quota", "offset"): NUMBER,
    ("quota", "period"): TEXT,
    ("throttle", "burstLimit"): NUMBER,
    ("throttle", "rateLimit"): RATE,
}
"""What a plan's paths lead to."""


def update(plan_id: str, patches: list[Patch]) -> None:
    """Change a plan as patches ask, all of them or none.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If there is no such plan, or one cannot be applied.
    """
    plan = apigateway_v1._usage_plans.get(plan_id)
    if plan is None:
        raise ResourceNotFound("Invalid Usage Plan ID specified", "NotFoundException")
    changed = copy.deepcopy(plan)
    for patch in patches:
        _apply(changed, patch)
    plan.clear()
    plan.update(changed)


def with_offset(plan: Members) -> Members:
    """Return a plan whose quota begins where AWS lets it begin if nothing is said."""
    if plan.get("quota"):
        plan["quota"] = {"offset": 0} | plan["quota"]
    return plan


def forget_key(key_id: str) -> None:
    """Take a key that is deleted out of all plans."""
    for keys in apigateway_v1._usage_plan_keys.values():
        keys.pop(key_id, None)


def keys_of(plan_id: str, name: str) -> list[Members]:
    """Return a plan's keys, the newest first; with a name, those whose names begin with it."""
    keys = list(apigateway_v1._usage_plan_keys.get(plan_id, {}).values())
    return [key for key in reversed(keys) if key["name"].startswith(name)]


def _apply(plan: Members, patch: Patch) -> None:
    parts = parts_of(str(patch.get("path") or ""))
    op, value = patch.get("op"), patch.get("value")
    if parts[0] == "apiStages":
        _change_stages(plan, parts[1:], patch)
        return
    kind = KINDS.get(tuple(parts))
    if kind is None and tuple(parts) not in {("quota",), ("throttle",)}:
        raise bad_request(f"Invalid patch path {patch.get('path') or 'null'}")
    *before, last = parts
    holder = plan.setdefault(before[0], {}) if before else plan
    if op == "remove":
        holder.pop(last, None)
    elif kind is not None:
        holder[last] = converted(kind, value, patch["path"])


def _change_stages(plan: Members, within: list[str], patch: Patch) -> None:
    """Add a stage to a plan, take one out, or change how a stage of it is throttled."""
    named = within[0] if within else str(patch.get("value") or "")
    api_id, _, stage = named.partition(":")
    if not (api_id and stage):
        raise bad_request("Invalid API Stage specified")
    stages: list[Members] = plan.setdefault("apiStages", [])
    its = next((s for s in stages if (s["apiId"], s["stage"]) == (api_id, stage)), None)
    there = stage in apigateway_v1._stages_v1.get(api_id, {})
    if its is None and not there:
        raise ResourceNotFound(
            f"Invalid API Stage {{api: {api_id}, stage: {stage}}} specified for usageplan "
            f"{plan['id']}",
            "NotFoundException",
        )
    if within[1:]:
        _throttle(its or {}, within[1:], patch)
    elif patch.get("op") == "remove":
        plan["apiStages"] = [one for one in stages if one is not its]
    elif its is None:
        stages.append({"apiId": api_id, "stage": stage})


def _throttle(stage: Members, within: list[str], patch: Patch) -> None:
    """Set one limit of a method of a stage: ``throttle/{path}/{method}/rateLimit``."""
    if within[0] != "throttle":
        raise bad_request(f"Invalid patch path {patch['path']}")
    if patch.get("op") == "remove":
        stage.pop("throttle", None)
        return
    *method, limit = within[1:]
    limits = stage.setdefault("throttle", {}).setdefault("/".join(method), {})
    kind = RATE if limit == "rateLimit" else NUMBER
    limits[limit] = converted(kind, patch.get("value"), patch["path"])

"""Aliases of a stack that CodeDeploy shifts, and the applications and groups that do it.

An alias with the update policy `CodeDeployLambdaAliasUpdate` is not moved by CloudFormation: it
begins a deployment, waits for its end, and fails with it. MiniStack has neither CodeDeploy's types
nor update policies.
Source: CloudFormation Template Reference, AWS::CodeDeploy::*, and "UpdatePolicy attribute"; the
failure's wording as two public records of live deployments have it (Aug 2026).
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.services.cloudformation import (
    callers,
    conditions,
    protection,
    stack_policies,
)
from labkit.sandbox.services.cloudformation.handling import Handlers, Properties, failed
from labkit.sandbox.services.codedeploy import (
    applications,
    appspec,
    configurations,
    deployments,
    groups,
    records,
)
from labkit.sandbox.services.codedeploy.appspec import AppSpec
from labkit.sandbox.services.codedeploy.records import Deployment
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.cloudformation import cloudformation, engine, provisioners
from labkit.sandbox.upstream.lambda_ import lambda_svc

ALIAS = "AWS::Lambda::Alias"
APPLICATION = "AWS::CodeDeploy::Application"
CONFIGURATION = "AWS::CodeDeploy::DeploymentConfig"
GROUP = "AWS::CodeDeploy::DeploymentGroup"

POLICY = "CodeDeployLambdaAliasUpdate"
HOOKS = {
    "BeforeAllowTraffic": "BeforeAllowTrafficHook",
    "AfterAllowTraffic": "AfterAllowTrafficHook",
}
"""Where an update policy names the functions of the lifecycle events."""

ROLLING_BACK = "UPDATE_ROLLBACK"
LOOK_EVERY_S = 0.05


@dataclass(frozen=True)
class _Operation:
    """What a stack is being brought to."""

    template: dict[str, Any]
    parameters: dict[str, Any]


_under_way: ContextVar[_Operation | None] = ContextVar("stack_operation", default=None)


async def deploy(
    upstream: Any, stack_name: str, stack_id: str, template: Any, param_values: Any,
    disable_rollback: bool, tags: Any, *more: Any, **named: Any,
) -> None:  # fmt: skip
    """Bring a stack to a template, and let its resources' handlers see it."""
    _under_way.set(_Operation(template, param_values))
    with conditions.of_stack(conditions.Stack(stack_name, stack_id)):
        stack = cloudformation._stacks[stack_name]
        stack["_conditions"] = conditions.evaluate(template, param_values)
        given = template, param_values, tags
        previous = named.get("previous_stack") or {}
        try:
            if not await protection.refuse_removal(stack, *given, previous, disable_rollback):
                await upstream(
                    stack_name, stack_id, template, param_values, disable_rollback, tags,
                    *more, **named,
                )  # fmt: skip
        finally:
            stack_policies.put_back(stack)
            described = stack.get("_template") or template
            stack["Description"] = described.get("Description", "")


def needs(upstream: Any, resource_def: dict[str, Any], names: set[str]) -> set[str]:
    """Return what a resource needs, what its update policy refers to included."""
    policy = resource_def.get("UpdatePolicy") or {}
    found: set[str] = upstream(resource_def, names)
    return found | {name for name, _ in engine._intrinsic_references(policy) if name in names}


def shifted(upstream: Handlers) -> Handlers:
    """Return the handlers of aliases that let CodeDeploy move those with an update policy."""

    def update(
        physical_id: str, old: Properties, new: Properties, stack_name: str, logical_id: str
    ) -> Any:
        def move(properties: Properties) -> Any:
            return upstream["update"](physical_id, old, properties, stack_name, logical_id)

        stack = cloudformation._stacks[stack_name]
        if stack["StackStatus"].startswith(ROLLING_BACK):
            moved = move(new)
            _forget_weights(old, new)
            return moved
        policy = _policy(stack, stack_name, logical_id)
        current, target = str(old.get("FunctionVersion")), str(new.get("FunctionVersion"))
        same_alias = all(old.get(key) == new.get(key) for key in ("FunctionName", "Name"))
        if policy is None or current == target or not same_alias:
            return move(new)
        moved = move(new | {"FunctionVersion": current})
        _shift(stack, policy, new, current, target)
        return moved

    return upstream | {"update": update, "update_with_logical_id": True}


def _forget_weights(old: Properties, new: Properties) -> None:
    """Take the weights off an alias whose template has none, which a stopped deployment left."""
    if new.get("RoutingConfig") is None:
        change: dict[str, Any] = {"RoutingConfig": {"AdditionalVersionWeights": {}}}
        function = str(new["FunctionName"]).rpartition(":")[2]
        lambda_svc._update_alias(function, new["Name"], change)


def _policy(stack: Any, stack_name: str, logical_id: str) -> dict[str, Any] | None:
    """Return an alias's update policy, with what it refers to; None if it has none."""
    operation = _under_way.get()
    resource = operation.template["Resources"].get(logical_id) if operation else None
    policy = ((resource or {}).get("UpdatePolicy") or {}).get(POLICY)
    if policy is None or operation is None:
        return None
    template = operation.template
    known = engine._evaluate_conditions(template, operation.parameters)
    found: dict[str, Any] = engine._resolve_refs(
        policy, stack["_resources"], operation.parameters, known,
        template.get("Mappings", {}), stack_name, stack["StackId"],
    )  # fmt: skip
    return found


def _shift(
    stack: Any, policy: dict[str, Any], alias: Properties, current: str, target: str
) -> None:
    """Have CodeDeploy shift an alias; return when it has.

    Raises
    ------
    ValueError
        With the deployment's end, if it is another one.
    """
    hooks = {event: str(policy[key]) for event, key in HOOKS.items() if policy.get(key)}
    function = str(alias["FunctionName"]).rpartition(":")[2]
    spec = AppSpec(function, alias["Name"], current, target, hooks)
    named = policy["ApplicationName"], policy["DeploymentGroupName"]
    arn = _arn(f"deploymentgroup:{named[0]}/{named[1]}")
    for action in ("CreateDeployment", "GetDeployment"):
        callers.require(f"codedeploy:{action}", arn, {})
    request = {
        "applicationName": named[0],
        "deploymentGroupName": named[1],
        "revision": appspec.revision(appspec.write(spec)),
    }
    deployment: Deployment = _or_failed(lambda: deployments.create(request))
    _wait_for_end(stack, deployment)
    if deployment.info["status"] != "Succeeded":
        message = deployment.info["errorInformation"]["message"]
        raise ValueError(
            f'Resource handler returned message: "{deployment.id} failed. {message}" '
            "(HandlerErrorCode: InternalFailure)"
        )


def _wait_for_end(stack: Any, deployment: Deployment) -> None:
    """Return when a deployment, and the one that undoes it, are over."""
    while not deployment.ended.wait(LOOK_EVERY_S):
        if stack.get("_cancel_requested") and not deployment.is_over:
            deployments.stop(deployment.id, roll_back=True)
    back = (deployment.info.get("rollbackInfo") or {}).get("rollbackDeploymentId")
    if back:
        records.deployment(back).ended.wait()


def _create_application(logical_id: str, properties: Properties, stack_name: str, *_: Any) -> Any:
    given = _as_request(properties)
    name = given.setdefault("applicationName", _name(stack_name, logical_id))
    _or_failed(lambda: applications.create(given))
    return name, {}


def _delete_application(name: str, *_: Any) -> None:
    applications.delete(name)


def _create_group(logical_id: str, properties: Properties, stack_name: str, *_: Any) -> Any:
    given = _as_request(properties)
    name = given.setdefault("deploymentGroupName", _name(stack_name, logical_id))
    _or_failed(lambda: groups.create(given))
    return name, {}


def _update_group(name: str, old: Properties, new: Properties, *_: Any) -> Any:
    given = _as_request(new) | {"currentDeploymentGroupName": name}
    given.pop("deploymentGroupName", None)
    for dropped in ("AlarmConfiguration", "AutoRollbackConfiguration"):
        if dropped in old and dropped not in new:
            given[dropped[0].lower() + dropped[1:]] = {"enabled": False}
    _or_failed(lambda: groups.update(given))
    return name, {}


def _delete_group(name: str, properties: Properties, *_: Any) -> None:
    groups.delete(str(properties.get("ApplicationName", "")), name)


def _create_configuration(logical_id: str, properties: Properties, stack: str, *_: Any) -> Any:
    given = _as_request(properties)
    name = given.setdefault("deploymentConfigName", _name(stack, logical_id))
    _or_failed(lambda: configurations.create(given))
    return name, {}


def _delete_configuration(name: str, *_: Any) -> None:
    _or_failed(lambda: configurations.delete(name))


def application(_upstream: Handlers) -> Handlers:
    """Return the handlers of applications."""
    return {"create": _create_application, "delete": _delete_application}


def configuration(_upstream: Handlers) -> Handlers:
    """Return the handlers of deployment configurations."""
    return {"create": _create_configuration, "delete": _delete_configuration}


def group(_upstream: Handlers) -> Handlers:
    """Return the handlers of deployment groups."""
    return {"create": _create_group, "update": _update_group, "delete": _delete_group}


def _or_failed(ask: Callable[[], Any]) -> Any:
    """Return what CodeDeploy answers.

    Raises
    ------
    ValueError
        With its refusal, as CloudFormation words it.
    """
    try:
        return ask()
    except AwsError as error:
        raise failed(error.message) from None


def _as_request(properties: Properties) -> dict[str, Any]:
    """Return a template's properties as CodeDeploy's API has them: other names, numbers, truths."""

    def read(key: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {_lower(name): read(name, inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [read(key, inner) for inner in value]
        if key in ("Enabled", "IgnorePollAlarmFailure"):
            return str(value).lower() == "true"
        return int(value) if key.endswith(("Interval", "Percentage")) else value

    given: dict[str, Any] = read("", {k: v for k, v in properties.items() if k != "Tags"})
    return given | ({"tags": properties["Tags"]} if properties.get("Tags") else {})


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]


def _name(stack_name: str, logical_id: str) -> str:
    name: str = provisioners._physical_name(stack_name, logical_id, max_len=100)
    return name


def _arn(resource: str) -> str:
    region, account = responses.get_region(), responses.get_account_id()
    return f"arn:aws:codedeploy:{region}:{account}:{resource}"

"""Lambda: functions, event source mappings and layer versions."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from labkit.polling import wait_until
from labkit.prices import Unit
from labkit.resources.billing import Billing, Meter
from labkit.resources.kind import Create, Exists, Found, GetClient, Kind, Send, each, pages
from labkit.resources.rights import Right
from labkit.resources.settings import differing, given

MISSING = frozenset(["ResourceNotFoundException"])
EXISTS = Exists("ResourceConflictException", "exists")
"""Lambda uses the code for a change that is under way, too."""
READY_S = 300
"""As long as botocore's waiter `function_updated_v2`, in seconds."""
SETTINGS = MappingProxyType(
    {
        "DeadLetterConfig": {"TargetArn": ""},
        "Description": "",
        "Environment": {"Variables": {}},
        "EphemeralStorage": {"Size": 512},
        "Layers": [],
        "MemorySize": 128,
        "Timeout": 3,
        "TracingConfig": {"Mode": "PassThrough"},
    }
)
"""What a function has that is created without them (Lambda API reference, CreateFunction)."""
REQUIRED = ("Handler", "Role", "Runtime")
MAPPING = MappingProxyType(
    {
        "BatchSize": 10,
        "Enabled": True,
        "FilterCriteria": {},
        "FunctionResponseTypes": [],
        "MaximumBatchingWindowInSeconds": 0,
        "ScalingConfig": {},
    }
)
"""Likewise an event source mapping of a standard queue (CreateEventSourceMapping)."""
FUNCTION = re.compile(r"(?:(?:arn:[^:]+:lambda:[^:]+:)?\d{12}:function:)?([^:]+)(?::.+)?")
"""How the API takes a function: by name, partial ARN or ARN, with or without a qualifier."""


class Function(Kind):
    """A function with its versions, aliases, permissions, URLs and concurrency settings."""

    name = "Lambda function"
    service = "lambda"
    creates = (Create("CreateFunction", "FunctionName", "FunctionName", "Tags"),)
    parts = each(
        "FunctionName",
        "AddPermission",
        "CreateAlias",
        "CreateFunctionUrlConfig",
        "PublishVersion",
        "PutFunctionConcurrency",
        "PutFunctionEventInvokeConfig",
        "PutFunctionRecursionConfig",
        "PutProvisionedConcurrencyConfig",
        "PutRuntimeManagementConfig",
    )
    harmless = each(
        "runs a function; what its code creates is its role's matter",
        "Invoke",
        "InvokeAsync",
        "InvokeWithResponseStream",
    )
    after = ("Lambda event source mapping",)
    missing = MISSING
    busy = frozenset(["ResourceConflictException", "ResourceInUseException"])
    exists = each(EXISTS, "AddPermission", "CreateAlias", "CreateFunctionUrlConfig")
    restores = (*SETTINGS, *REQUIRED, "Code")
    billing = Billing(
        meters=(
            Meter(
                "lambda-request",
                "AWS/Lambda",
                ("Invocations",),
                "FunctionName",
                Unit.REQUEST,
                1,
                "throttled calls are not counted",
            ),
            Meter(
                "lambda-x86-gb-second",
                "AWS/Lambda",
                ("Duration",),
                "FunctionName",
                Unit.GB_SECOND,
                1000 * 1024,
                "with the memory that it has now, and without INIT phases",
            ),
        )
    )

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        answer = get_client("lambda").get_function(FunctionName=resource_id)
        return Found(resource_id, resource_id, answer.get("Tags", {}))

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        names = pages(get_client("lambda"), "list_functions", "Functions[].FunctionName")
        return (name for name in names if marker in name)

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        get_client("lambda").delete_function(FunctionName=resource_id)

    def identify(self, given: str) -> str:
        match = FUNCTION.fullmatch(given)
        return match[1] if match else given

    def implied(self, params: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
        own = f"/aws/lambda/{self.identify(params['FunctionName'])}"
        settings = params.get("LoggingConfig")
        chosen = settings.get("LogGroup") if isinstance(settings, dict) else None
        yield "log group", chosen if isinstance(chosen, str) else own

    def alongside(self, get_client: GetClient, resource_id: str) -> Iterable[tuple[str, str]]:
        yield "log group", f"/aws/lambda/{resource_id}"

    def restore(self, send: Send, params: Mapping[str, Any], answer: Any) -> None:
        which = {"FunctionName": params["FunctionName"]}

        def settled() -> dict[str, Any] | None:
            now = send("GetFunctionConfiguration", dict(which))
            return now if now.get("LastUpdateStatus") != "InProgress" else None

        def ready() -> dict[str, Any]:
            found = wait_until(settled, READY_S, what=f"{params['FunctionName']} to be updated")
            assert found is not None
            return found

        now, archive = ready(), params["Code"].get("ZipFile")
        if archive is not None and now["CodeSha256"] != _sha256(archive):
            send("UpdateFunctionCode", which | {"ZipFile": archive})
            now = ready()
        wanted = SETTINGS | given(params, (*SETTINGS, *REQUIRED))
        if changes := differing(_as_given(now), wanted):
            send("UpdateFunctionConfiguration", which | changes)
            ready()
        if "ReservedConcurrentExecutions" in send("GetFunctionConcurrency", dict(which)):
            send("DeleteFunctionConcurrency", dict(which))


class EventSourceMapping(Kind):
    """A trigger: it outlives its function, and goes on polling until it is disabled."""

    name = "Lambda event source mapping"
    service = "lambda"
    creates = (
        Create(
            "CreateEventSourceMapping",
            name=None,
            id="UUID",
            tags="Tags",
            within=("FunctionName", "Lambda function"),
        ),
    )
    deletes = each("UUID", "DeleteEventSourceMapping")
    restores = tuple(MAPPING)
    missing = MISSING
    busy = frozenset(["ResourceConflictException", "ResourceInUseException"])
    deletion_timeout_s = 180.0
    """AWS takes up to minutes to let go of a busy mapping (terraform-provider-aws waits 10)."""
    billing = Billing(free="its polling is billed with the queue")

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        client = get_client("lambda")
        mapping = client.get_event_source_mapping(UUID=resource_id)
        tags = client.list_tags(Resource=mapping["EventSourceMappingArn"])["Tags"]
        return Found(resource_id, "", tags)

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        listed: Iterable[dict[str, Any]] = pages(
            get_client("lambda"), "list_event_source_mappings", "EventSourceMappings[]"
        )
        return (one["UUID"] for one in listed if marker in one["FunctionArn"])

    def quiesce(self, get_client: GetClient, resource_id: str) -> None:
        get_client("lambda").update_event_source_mapping(UUID=resource_id, Enabled=False)

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        client = get_client("lambda")
        if client.get_event_source_mapping(UUID=resource_id)["State"] != "Deleting":
            client.delete_event_source_mapping(UUID=resource_id)

    def restore(self, send: Send, params: Mapping[str, Any], answer: Any) -> None:
        which = {"UUID": answer["UUID"]}
        now = send("GetEventSourceMapping", dict(which))
        now["Enabled"] = now["State"] not in ("Disabled", "Disabling")
        if changes := differing(now, MAPPING | given(params, MAPPING)):
            send("UpdateEventSourceMapping", which | changes)


class LayerVersion(Kind):
    """One version of a layer; it cannot carry tags, so its name alone says whose it is."""

    name = "Lambda layer version"
    service = "lambda"
    creates = (
        Create("PublishLayerVersion", "LayerName", "LayerVersionArn", tags=None, longest=140),
    )
    parts = each("LayerName", "AddLayerVersionPermission")
    after = ("Lambda function",)
    missing = MISSING
    exists = each(EXISTS, "AddLayerVersionPermission")
    billing = Billing(free="AWS asks nothing for it within 75 GB of code")

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        name, version = self._split(resource_id)
        get_client("lambda").get_layer_version(LayerName=name, VersionNumber=version)
        return Found(resource_id, name, tags=None)

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        client = get_client("lambda")
        for name in pages(client, "list_layers", "Layers[].LayerName"):
            if marker in name:
                arns = "LayerVersions[].LayerVersionArn"
                yield from pages(client, "list_layer_versions", arns, LayerName=name)

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        name, version = self._split(resource_id)
        get_client("lambda").delete_layer_version(LayerName=name, VersionNumber=version)

    def identify(self, given: str) -> str:
        return given.rpartition(":layer:")[2].partition(":")[0]

    @staticmethod
    def _split(arn: str) -> tuple[str, int]:
        *_, name, version = arn.split(":")
        return name, int(version)


def _as_given(now: Mapping[str, Any]) -> dict[str, Any]:
    """Return a function's settings in the form in which they are set."""
    alike = given(now, (*SETTINGS, *REQUIRED))
    variables = now.get("Environment", {}).get("Variables", {})
    layers = [layer["Arn"] for layer in now.get("Layers", [])]
    target = now.get("DeadLetterConfig", {}).get("TargetArn", "")
    return alike | {
        "DeadLetterConfig": {"TargetArn": target},
        "Environment": {"Variables": variables},
        "Layers": layers,
    }


def _sha256(archive: bytes) -> str:
    return base64.b64encode(hashlib.sha256(archive).digest()).decode()


RIGHTS = (
    Right("student", "HandRolesToTheLessonsServices", passed_to=("lambda.amazonaws.com",)),
    Right(
        "student",
        "Look",
        ("lambda:GetAccountSettings", "lambda:GetEventSourceMapping", "lambda:List*"),
    ),
    Right(
        "student",
        "WorkOnWhatIsNamedAsLabkitNames",
        ("lambda:*",),
        ("arn:aws:lambda:*:*:function:lk-*", "arn:aws:lambda:*:*:layer:lk-*"),
    ),
    Right(
        "student",
        "WriteNothingWithoutTheRunsTag",
        ("lambda:CreateEventSourceMapping", "lambda:CreateFunction"),
    ),
    Right(
        "student",
        "ConnectOwnFunctions",
        (
            "lambda:CreateEventSourceMapping",
            "lambda:DeleteEventSourceMapping",
            "lambda:UpdateEventSourceMapping",
        ),
    ),
    Right(
        "student",
        "TagMappings",
        ("lambda:TagResource", "lambda:UntagResource"),
        ("arn:aws:lambda:*:*:event-source-mapping:*",),
    ),
    Right(
        "student-boundary",
        "WorkWithTheLessonsOwn",
        ("lambda:InvokeFunction",),
        ("arn:aws:lambda:*:*:function:lk-*",),
    ),
    Right("sweep", "FindWhatLearnersLeft", ("lambda:Get*", "lambda:List*")),
    Right(
        "sweep",
        "DeleteWhatBearsANameOfLabkits",
        ("lambda:DeleteFunction", "lambda:DeleteLayerVersion"),
        ("arn:aws:lambda:*:*:*:lk-*",),
    ),
    Right("sweep", "DisconnectTheirFunctions", ("lambda:DeleteEventSourceMapping",)),
)

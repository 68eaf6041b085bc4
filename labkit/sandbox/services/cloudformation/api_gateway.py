"""Stages, methods and the account of API Gateway in a stack: what MiniStack leaves out or adds.

MiniStack leaves out a stage's access log and canary, and gives methods empty members that nobody
has asked for; and it takes the account's role away with the stack that gave it.
Source: CloudFormation Template Reference, AWS::ApiGateway::Account, ::Method and ::Stage; that the
account keeps its role, as AWS does.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.services.cloudformation.handling import Handlers, Properties
from labkit.sandbox.upstream.apigateway import apigateway_v1

ACCOUNT = "AWS::ApiGateway::Account"
METHOD = "AWS::ApiGateway::Method"
STAGE = "AWS::ApiGateway::Stage"

Members = dict[str, Any]

CANARY = {
    "DeploymentId": "deploymentId",
    "PercentTraffic": "percentTraffic",
    "StageVariableOverrides": "stageVariableOverrides",
    "UseStageCache": "useStageCache",
}
"""A canary's properties, each with its name in the API."""

OF_METHODS = ("responseModels", "responseParameters")
OF_INTEGRATIONS = ("responseParameters", "responseTemplates", "selectionPattern")
"""Members of responses that are there only if a template has them."""


def kept(upstream: Handlers) -> Handlers:
    """Return the handlers of accounts, which keep their settings when a stack is deleted."""
    return upstream | {"delete": lambda *_: None}


def finish_stage(name: str, properties: Properties, new: bool) -> None:
    """Give a stage its access log and its canary."""
    stage = apigateway_v1._stages_v1[properties["RestApiId"]][name]
    log, canary = properties.get("AccessLogSetting"), properties.get("CanarySetting")
    stage.pop("accessLogSettings", None)
    stage.pop("canarySettings", None)
    if log:
        stage["accessLogSettings"] = {
            "destinationArn": str(log.get("DestinationArn", "")).removesuffix(":*"),
            "format": log.get("Format", ""),
        }
    if canary:
        stage["canarySettings"] = {
            CANARY[key]: float(value) if key == "PercentTraffic" else value
            for key, value in canary.items()
            if key in CANARY
        }


def finish_method(name: str, properties: Properties, new: bool) -> None:
    """Take from a method's responses what its template does not have."""
    resource = apigateway_v1._resources[properties["RestApiId"]][properties["ResourceId"]]
    method = resource["resourceMethods"][properties["HttpMethod"]]
    for response in (method.get("methodResponses") or {}).values():
        _without_empty(response, OF_METHODS)
    integration = method.get("methodIntegration") or {}
    for response in (integration.get("integrationResponses") or {}).values():
        _without_empty(response, OF_INTEGRATIONS)
        if "selectionPattern" in response:
            response["selectionPattern"] = str(response["selectionPattern"])


def _without_empty(response: Members, names: tuple[str, ...]) -> None:
    for name in names:
        if not response.get(name):
            response.pop(name, None)

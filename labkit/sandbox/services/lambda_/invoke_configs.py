"""What becomes of asynchronous calls: the settings that were given, and no others.

MiniStack fills in what was not given, and has no UpdateFunctionEventInvokeConfig.
Source: Lambda API Reference, PutFunctionEventInvokeConfig ("replaces … an existing configuration")
and UpdateFunctionEventInvokeConfig; the texts as AWS answers them.
"""

from __future__ import annotations

import time
from typing import Any

from labkit.sandbox.gateway.errors import AwsError, ResourceNotFound
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.services.lambda_ import existence
from labkit.sandbox.upstream.lambda_ import lambda_svc

Members = dict[str, Any]

SETTINGS = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
CONFIGS = "event_invoke_configs"
TAKERS = ("lambda", "sqs", "sns", "events", "s3")
"""Services that take what became of a call."""


def put(request: Request) -> Members:
    """Set what becomes of a function's asynchronous calls; forget what was set before."""
    return _store(request, {})


def update(request: Request) -> Members:
    """Change some of the settings."""
    _record(request)
    return _store(request, get(request))


def get(request: Request) -> Members:
    """Return the settings of a function, a version or an alias.

    Raises
    ------
    ResourceNotFound
        If there are none.
    """
    record = existence.function(request) or {}
    found: Members | None = (record.get(CONFIGS) or {}).get(_key(request))
    if found is None:
        whole = existence.arn(request, _key(request) or existence.LATEST)
        raise ResourceNotFound(f"The function {whole} doesn't have an EventInvokeConfig")
    return dict(found)


def listed(request: Request) -> Members:
    """Return all settings of a function."""
    found = list((_record(request).get(CONFIGS) or {}).values())
    return existence.paged(request, "FunctionEventInvokeConfigs", found)


def delete(request: Request) -> None:
    """Forget the settings."""
    get(request)
    record = existence.function(request) or {}
    del record[CONFIGS][_key(request)]


def _record(request: Request) -> Members:
    record, qualifier = existence.function(request), request.parameters.get("Qualifier")
    if record is None or not existence.has(record, qualifier):
        raise ResourceNotFound("The function doesn't exist.")
    return record


def _store(request: Request, before: Members) -> Members:
    given = {name: request.parameters[name] for name in SETTINGS if name in request.parameters}
    if not given:
        raise AwsError(
            "You must specify at least one of error handling or destination setting.",
            existence.INVALID,
        )
    record = _record(request)
    _check_destinations(request, given.get("DestinationConfig") or {})
    destinations: Members = {"OnSuccess": {}, "OnFailure": {}}
    config = {"DestinationConfig": destinations} | before | given
    config["DestinationConfig"] = destinations | config["DestinationConfig"]
    config["FunctionArn"] = existence.arn(request, _key(request) or existence.LATEST)
    config["LastModified"] = time.time()
    record.setdefault(CONFIGS, {})[_key(request)] = config
    return dict(config)


def _check_destinations(request: Request, destinations: Members) -> None:
    for one in destinations.values():
        arn = str((one or {}).get("Destination") or "")
        service, _, name = arn.partition("arn:aws:")[2].partition(":")
        if not arn:
            continue
        if service not in TAKERS:
            raise AwsError(_invalid(destinations), existence.INVALID)
        function = name.partition(":function:")[2].partition(":")[0]
        if service == "lambda" and function == request.parameters["FunctionName"]:
            raise AwsError(
                "You can't specify the function as a destination for itself.", existence.INVALID
            )
        if service == "lambda" and function not in lambda_svc._functions:
            raise AwsError(f"The destination ARN {arn} is invalid.", existence.INVALID)


def _invalid(destinations: Members) -> str:
    """Say that destinations are none, as AWS writes its own objects."""
    parts = []
    for name, kind in (("onSuccess", "OnSuccess"), ("onFailure", "OnFailure")):
        given = (destinations.get(kind) or {}).get("Destination")
        parts.append(f"{name}={f'{kind}(destination={given})' if given else 'null'}")
    return f"The provided destination config DestinationConfig({', '.join(parts)}) is invalid."


def _key(request: Request) -> str:
    qualifier = str(request.parameters.get("Qualifier") or "")
    return "" if qualifier == existence.LATEST else qualifier

"""The configuration of function URLs.

MiniStack names the function in what AWS answers without a name, and an alias's URL by the function.
Source: Lambda API Reference, CreateFunctionUrlConfig and its siblings; the texts, and which members
come with which answer, as AWS answers.
"""

from __future__ import annotations

import json
from typing import Any

from labkit.sandbox.gateway.errors import ResourceConflict, ResourceNotFound
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.lambda_ import existence
from labkit.sandbox.upstream.lambda_ import lambda_svc

NO_FUNCTION = "Function does not exist"
NO_URL = "The resource you requested does not exist."
DEFAULT_MODE = "BUFFERED"


async def create(request: Request) -> Response:
    """Make a URL of a function or of an alias.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If there is no such function, or it has one.
    """
    _check_function(request)
    if _config(request) is not None:
        raise ResourceConflict(
            "Failed to create function url config for [functionArn = "
            f"{existence.arn(request, _qualifier(request))}]. Error message:  FunctionUrlConfig "
            "exists for this Lambda function"
        )
    answer = await request.forward()
    if config := _config(request):
        config["FunctionArn"] = existence.arn(request, _qualifier(request))
    return _told(request, answer, ("LastModifiedTime",))


async def update(request: Request) -> Response:
    """Change a URL.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If there is none, or no such function.
    """
    _check_function(request)
    check(request)
    return _told(request, await request.forward())


def check(request: Request) -> None:
    """Check that a function or an alias has a URL.

    Raises
    ------
    labkit.sandbox.gateway.errors.ResourceNotFound
        If it has none.
    """
    if _config(request) is None:
        raise ResourceNotFound(NO_URL)


def listed(request: Request) -> dict[str, Any]:
    """Return the URLs of a function and of its aliases.

    Raises
    ------
    labkit.sandbox.gateway.errors.ResourceNotFound
        If there is no such function.
    """
    if existence.function(request) is None:
        raise ResourceNotFound(NO_FUNCTION)
    name = request.parameters["FunctionName"]
    urls = lambda_svc._function_urls.items()
    found = [one for key, one in urls if key.partition(":")[0] == name]
    return existence.paged(request, "FunctionUrlConfigs", found)


def _check_function(request: Request) -> None:
    if not existence.has(existence.function(request), _qualifier(request) or None):
        raise ResourceNotFound(NO_FUNCTION)


def _config(request: Request) -> dict[str, Any] | None:
    name = request.parameters["FunctionName"]
    key = lambda_svc._url_config_key(name, _qualifier(request))
    found: dict[str, Any] | None = lambda_svc._function_urls.get(key)
    return found


def _qualifier(request: Request) -> str:
    return str(request.parameters.get("Qualifier") or "")


def _told(request: Request, answer: Response, dropped: tuple[str, ...] = ()) -> Response:
    """Return an answer without the mode that nobody has asked for."""
    config = _config(request)
    if answer.status >= 400 or config is None:
        return answer
    told = {name: one for name, one in config.items() if name not in dropped}
    if "InvokeMode" not in request.parameters and told.get("InvokeMode") == DEFAULT_MODE:
        del told["InvokeMode"]
    return answer._replace(body=json.dumps(told).encode())

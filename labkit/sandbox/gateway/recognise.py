"""What a request asks for: which service, which operation, in which protocol.

MiniStack tells the service (by the target, the scope of the signature, the host); the operation is
found in botocore's models. Source: Smithy 2.0, "AWS Protocols".
"""

from __future__ import annotations

from collections.abc import Callable

from labkit.sandbox.gateway import models, registry
from labkit.sandbox.gateway.errors import RequestError, UnknownOperation
from labkit.sandbox.gateway.parse import CBOR, FORM
from labkit.sandbox.gateway.request import Request


def recognise_service(request: Request, upstream_service: str) -> None:
    """Note a request's service and protocol.

    A service that is none of the sandbox's keeps MiniStack's name, and has no operation.

    Parameters
    ----------
    request
        The request.
    upstream_service
        MiniStack's name of the service.
    """
    service = registry.find(upstream_service, request)
    request.service = service.name if service else upstream_service
    request.protocol = _protocol(request, known=service is not None)


def is_a_service(upstream: Callable[[str], bool], scope_name: str) -> bool:
    """Tell whether a signature's scope names a service of AWS.

    MiniStack loads every model of botocore for the first such question, which takes ten seconds;
    most names can be told by the models' names alone.
    """
    return scope_name in models.names() or upstream(scope_name)


def recognise_operation(request: Request) -> None:
    """Note a request's operation.

    Raises
    ------
    labkit.sandbox.gateway.errors.RequestError
        If it names none, or one that its service has not.
    """
    request.operation = _operation(request)


def _protocol(request: Request, *, known: bool) -> str:
    if request.headers.get("smithy-protocol") == "rpc-v2-cbor":
        return CBOR
    if "x-amz-target" in request.headers:
        return "json"
    own = models.service(request.service).metadata["protocol"] if known else ""
    if own in ("query", "ec2") or own.startswith("rest-"):
        return str(own)
    is_form = request.headers.get("content-type", "").startswith(FORM)
    return "query" if is_form or "Action" in request.query else "json" if known else ""


def _operation(request: Request) -> str:
    if request.protocol.startswith("rest-"):
        found = models.operation_at(
            request.service, request.method, request.raw_path or request.path, request.query
        )
        if found is None:
            text = f"{request.method} {request.path} is no operation of this service."
            raise UnknownOperation(text, status=404)
        return found[0]
    name = _named(request)
    if not models.has_operation(request.service, name):
        raise UnknownOperation(f"The action {name} is not valid for this web service.")
    return name


def _named(request: Request) -> str:
    """Return the operation that a request names.

    Raises
    ------
    labkit.sandbox.gateway.errors.RequestError
        If it names none.
    """
    if request.protocol == CBOR:
        return request.path.rpartition("/")[2]
    if request.protocol == "json":
        return request.headers.get("x-amz-target", "").rpartition(".")[2]
    if action := request.form.get("Action"):
        return action
    raise RequestError("Missing Action")

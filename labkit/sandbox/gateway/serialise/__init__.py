"""Writing an operation's output, or its error, as the protocol of the request has it.

One module for each protocol, with `output` and `error`; none reads anything but botocore's models.
"""

from __future__ import annotations

import importlib
from typing import Any

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.gateway.request import Request, Response

MODULES = {
    "ec2": "ec2",
    "json": "json",
    "query": "query",
    "rest-json": "rest_json",
    "rest-xml": "rest_xml",
    "smithy-rpc-v2-cbor": "cbor",
}
"""The module of each protocol, by botocore's name."""


def output(request: Request, members: dict[str, Any]) -> Response:
    """Write the output of a request's operation.

    Parameters
    ----------
    request
        The request, whose service, operation and protocol are known.
    members
        The members of the operation's output by botocore's names: a timestamp as a `datetime`, a
        number of seconds or a text that is ready; a blob as bytes, or a text that is ready.

    Raises
    ------
    KeyError
        If the output has no such member.
    """
    response: Response = _module(request).output(request, members)
    return response


def error(request: Request, failure: AwsError) -> Response:
    """Write an error; also of a request whose operation is not known."""
    response: Response = _module(request).error(request, failure)
    return response


def _module(request: Request) -> Any:
    name = MODULES.get(request.protocol, "json")
    return importlib.import_module(f"labkit.sandbox.gateway.serialise.{name}")

"""What an integration, and a response of one, may be.

`timeoutInMillis` is 50 to 29,000 ms (a quota that lessons do not raise). MiniStack takes an
integration without a method, with any URI and any timeout.
Source: API Gateway API Reference, PutIntegration (`integrationHttpMethod`, `uri`); Developer Guide,
"Quotas for REST APIs"; the texts as AWS answers them.
"""

from __future__ import annotations

import re
from typing import Any

from labkit.sandbox.services.apigateway.patching import bad_request

Members = dict[str, Any]

TIMEOUT_MS = (50, 29_000)
"""The least and the greatest integration timeout, in ms."""

TO_BACKENDS = ("AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY")

ARN = re.compile(r"arn:[a-z-]+:(?P<service>[a-z0-9-]+):[^:]*:(?P<account>[^:]*):(?P<rest>.*)")
FUNCTION_PATH = re.compile(r"path/2015-03-31/functions/.+/invocations")
HTTP_URI = re.compile(r"https?://.+|\$\{stageVariables\..+\}.*")
EXPRESSION = re.compile(r"(method\.request\.|context\.|stageVariables\.|'.*'$)")
CONTENT_TYPE = re.compile(r"[^/\s]+/[^/\s]+|\$default")


def check(given: Members) -> None:
    """Check what an integration is to be, by the names that its members have on the wire.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If AWS does not take it.
    """
    least, greatest = TIMEOUT_MS
    if not least <= given.get("timeoutInMillis", greatest) <= greatest:
        raise bad_request(f"Timeout should be between {least} ms and {greatest} ms")
    kind, uri = given.get("type"), given.get("uri") or ""
    if kind in TO_BACKENDS and not given.get("httpMethod"):
        raise bad_request("Enumeration value for HttpMethod must be non-empty")
    if kind in ("HTTP", "HTTP_PROXY") and not HTTP_URI.match(uri):
        raise bad_request("Invalid HTTP endpoint specified for URI")
    if kind in ("AWS", "AWS_PROXY"):
        _check_arn(uri, proxy=kind == "AWS_PROXY")
    if kind == "AWS" and ":lambda:" not in uri and not given.get("credentials"):
        raise bad_request("Role ARN must be specified for AWS integrations")
    values = (given.get("requestParameters") or {}).values()
    refuse_expressions([str(one) for one in values if not EXPRESSION.match(str(one))])


def check_response(given: Members) -> None:
    """Check what a response of an integration is to be.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If AWS does not take it.
    """
    wrong = [one for one in given.get("responseTemplates") or {} if not CONTENT_TYPE.match(one)]
    if wrong:
        errors = ", ".join(f"Invalid content type specified: {one}" for one in wrong)
        raise bad_request(f"Validation Result: warnings : [], errors : [{errors}]")


def refuse_expressions(wrong: list[str]) -> None:
    """Refuse mapping expressions that are none, if there are any.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If there are.
    """
    if wrong:
        errors = ", ".join(f"Invalid mapping expression specified: {one}" for one in wrong)
        raise bad_request(
            "Invalid mapping expression specified: Validation Result: warnings : [], "
            f"errors : [{errors}]"
        )


def _check_arn(uri: str, *, proxy: bool) -> None:
    found = ARN.fullmatch(uri)
    if found is None:
        raise bad_request("Invalid ARN specified in the request")
    path, service = found["rest"], found["account"]
    if found["service"] != "apigateway" or not path.startswith(("path/", "action/")):
        raise bad_request("AWS ARN for integration must contain path or action")
    to_function = service == "lambda" and FUNCTION_PATH.fullmatch(path)
    to_stream = service == "firehose" and path.startswith("action/")
    if proxy and not (to_function or to_stream):
        raise bad_request(
            "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose "
            "stream invocations."
        )

"""Publishing versions: by CreateFunction, and only of the code that the caller has seen.

MiniStack gives the version that CreateFunction publishes the ARN and the revision of the function,
does not compare `CodeSha256`, and leaves the function's revision as it is.
Source: Lambda API Reference, CreateFunction (`Publish`) and PublishVersion (`CodeSha256`); the text
and the function's new revision as AWS answers.
"""

from __future__ import annotations

import uuid

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.lambda_ import existence, revisions
from labkit.sandbox.upstream.lambda_ import lambda_svc


def complete(name: str) -> None:
    """Give the version that a function was created with its own ARN and revision."""
    function = lambda_svc._functions[name]
    for number, version in function["versions"].items():
        version["config"] |= {
            "FunctionArn": f"{lambda_svc._func_arn(name)}:{number}",
            "RevisionId": str(uuid.uuid4()),
            "Version": number,
        }
        version["function_revision"] = function["config"]["RevisionId"]


async def publish(request: Request) -> Response:
    """Publish a version, which makes a revision of the function, too.

    Raises
    ------
    AwsError
        If the code, or the revision, is not the one that the request names.
    """
    _check(request)
    function = existence.function(request) or {"versions": {}}
    before = set(function["versions"])
    answer = await request.forward()
    for number in set(function["versions"]) - before:
        revision = function["config"]["RevisionId"] = str(uuid.uuid4())
        function["versions"][number]["function_revision"] = revision
    return answer


def _check(request: Request) -> None:
    """Check that the code to be published is the one that the request names, if it names one.

    Raises
    ------
    AwsError
        If it is another one.
    """
    wanted = request.parameters.get("CodeSha256")
    function = existence.function(request)
    if function is None:
        return
    revisions.check(request.parameters.get("RevisionId"), function["config"]["RevisionId"])
    if not wanted or wanted == (now := function["config"]["CodeSha256"]):
        return
    raise AwsError(
        f"CodeSHA256 ({wanted}) is different from current CodeSHA256 in $LATEST ({now}). Please "
        "try again with the CodeSHA256 in $LATEST.",
        existence.INVALID,
    )

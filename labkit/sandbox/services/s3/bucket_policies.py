"""Policies of buckets that S3 refuses. MiniStack keeps any text.

Source: S3 User Guide, "Bucket policies", and "Policies and permissions in Amazon S3"; Service
Authorization Reference, S3 (actions on objects); some texts are on no record of
an answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.iam import iam

Statement = Mapping[str, Any]

FORM = "Policies must be valid JSON and the first byte must be '{'"
SYNTAX = "Invalid policy syntax."
VERSIONS = ("2008-10-17", "2012-10-17")
BAD_VERSION = "The policy must contain a valid version string"
MISSING = "Missing required field {}"
UNKNOWN = "Unknown field {}"
BAD_EFFECT = "Invalid effect: {}"
BAD_PRINCIPAL = "Invalid principal in policy"
BAD_ACTION = "Policy has invalid action"
BAD_RESOURCE = "Policy has invalid resource"
NOT_TOGETHER = "Action does not apply to any resource(s) in statement"
BAD_OPERATOR = "Invalid Condition type : {}"

FIELDS = {
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource",
    "Condition",
}  # fmt: skip

ON_OBJECTS = re.compile(
    r"s3:(?:(?:Get|Put|Delete|Restore|Replicate|Update)Object(?!LambdaAccessPoint)"
    r"|AbortMultipartUpload|ListMultipartUploadParts|BypassGovernanceRetention"
    r"|ReplicateDelete|ReplicateTags|ObjectOwnerOverrideToBucketOwner|InitiateReplication)",
    re.IGNORECASE,
)
"""How actions on objects begin; all other actions of S3 are on buckets, or on nothing of one."""

OBJECT_ACTIONS = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload")
BUCKET_ACTIONS = ("s3:ListBucket", "s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucket")
"""Actions that stand for all of their kind where an action has wildcards."""

KNOWN = re.compile(
    r"s3:(?:Get|Put|Delete|List|Create|Restore|Replicate|Abort|Bypass|Describe|Update|Object"
    r"|Initiate|Head|Pause|Tag|Untag|Associate|Dissociate|Submit)\w*|s3:\*",
    re.IGNORECASE,
)
"""How actions of S3 begin. Which of them there are is not looked at further."""

OPERATORS = re.compile(
    r"(?:(?:ForAllValues|ForAnyValue):)?(?:"
    r"String(?:Not)?(?:Equals(?:IgnoreCase)?|Like)|Numeric(?:(?:Not)?Equals|"
    r"(?:Less|Greater)Than(?:Equals)?)|Date(?:(?:Not)?Equals|(?:Less|Greater)Than(?:Equals)?)"
    r"|Bool|BinaryEquals|(?:Not)?IpAddress|Arn(?:Not)?(?:Equals|Like)|Null)(?:IfExists)?",
    re.IGNORECASE,
)
"""Source: IAM User Guide, "IAM JSON policy elements: Condition operators"."""

PRINCIPALS = re.compile(r"arn:aws[\w-]*:(?:iam|sts)::(?:\d{12}|cloudfront):[\w+=,.@/*-]+")


def problem(bucket: str, text: bytes) -> str | None:
    """Return what S3 says of a policy for a bucket; None if nothing is wrong."""
    try:
        policy = json.loads(text)
    except ValueError:
        return FORM
    return next(_problems(bucket, policy), None) if isinstance(policy, dict) else FORM


def _problems(bucket: str, policy: Statement) -> Iterator[str]:
    if policy.get("Version", VERSIONS[0]) not in VERSIONS:
        yield BAD_VERSION
    statements: Any = policy.get("Statement")
    if not statements:
        yield MISSING.format("Statement")
    for one in statements if isinstance(statements, list) else [statements]:
        if not isinstance(one, dict):
            yield SYNTAX
        yield from _of_statement(bucket, one)


def _of_statement(bucket: str, statement: Statement) -> Iterator[str]:
    for name in statement:
        if name not in FIELDS:
            yield UNKNOWN.format(name)
    for name in ("Effect", "Principal", "Action", "Resource"):
        if name not in statement and f"Not{name}" not in statement:
            yield MISSING.format(name)
    if statement["Effect"] not in ("Allow", "Deny"):
        yield BAD_EFFECT.format(statement["Effect"])
    if not all(map(_is_principal, _principals(statement))):
        yield BAD_PRINCIPAL
    actions = _list(statement.get("Action", statement.get("NotAction")))
    if not all(one == "*" or _is_action(one) for one in actions):
        yield BAD_ACTION
    resources = _list(statement.get("Resource", statement.get("NotResource")))
    if not all(_is_of(bucket, one) for one in resources):
        yield BAD_RESOURCE
    if "Action" in statement and "Resource" in statement:
        yield from _apart(actions, resources)
    conditions = statement.get("Condition") or {}
    if not isinstance(conditions, dict):
        yield SYNTAX
    for operator in conditions:
        if not OPERATORS.fullmatch(operator):
            yield BAD_OPERATOR.format(operator)


def _list(value: Any) -> list[str]:
    return [str(one) for one in (value if isinstance(value, list) else [value])]


def _principals(statement: Statement) -> list[str]:
    given = statement.get("Principal", statement.get("NotPrincipal"))
    if isinstance(given, dict):
        return _list(given["AWS"]) if "AWS" in given else []
    return _list(given)


def _is_principal(text: str) -> bool:
    """Say whether there is such a principal, as far as the sandbox knows."""
    if text == "*" or re.fullmatch(r"\d{12}|[0-9a-f]{64}", text):
        return True
    if not PRINCIPALS.fullmatch(text):
        return False
    kind, _, path = text.rpartition(":")[2].partition("/")
    if text.split(":")[4] != responses.get_account_id():
        return True
    name = path.rpartition("/")[2]
    stores = {"user": iam._users, "role": iam._roles}
    return kind not in stores or name in stores[kind]


def _is_action(text: str) -> bool:
    return KNOWN.fullmatch(text) is not None or ("*" in text and text.lower().startswith("s3:"))


def _is_of(bucket: str, resource: str) -> bool:
    """Say whether a resource is the bucket, or is in it."""
    partition, _, name = resource.partition(":s3:::")
    return (
        partition.startswith("arn:aws")
        and bool(name)
        and (fnmatchcase(bucket, name.partition("/")[0]) and name[0] != "*")
    )


def _apart(actions: list[str], resources: list[str]) -> Iterator[str]:
    """Yield that an action is on objects alone, and the resources are buckets, or the reverse."""
    in_objects = any("/" in one or one.endswith("*") for one in resources)
    in_buckets = any("/" not in one for one in resources)
    for action in actions:
        on_objects, on_buckets = _kinds(action)
        if not (on_objects and in_objects) and not (on_buckets and in_buckets):
            yield NOT_TOGETHER


def _kinds(action: str) -> tuple[bool, bool]:
    """Say whether an action is on objects, and whether it is on buckets."""
    if "*" not in action and "?" not in action:
        on_objects = ON_OBJECTS.match(action) is not None
        return on_objects, not on_objects
    lower = action.lower()
    on_objects = any(fnmatchcase(one.lower(), lower) for one in OBJECT_ACTIONS)
    on_buckets = any(fnmatchcase(one.lower(), lower) for one in BUCKET_ACTIONS)
    return (on_objects, on_buckets) if on_objects or on_buckets else (True, True)

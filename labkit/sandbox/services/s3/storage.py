"""S3's storage classes: what a lifecycle rule may say, and what an archived object may not.

MiniStack takes transitions that AWS refuses and settings that are no XML, forgets the minimum size
that a bucket was given, and copies an archived object.
Source: S3 User Guide, "Lifecycle configuration elements", "Transitioning objects using S3
Lifecycle" and "Restoring an archived object"; S3 API Reference.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple
from urllib.parse import unquote
from xml.dom import minidom
from xml.parsers.expat import ExpatError

from labkit.sandbox.gateway.errors import AwsError, refuse
from labkit.sandbox.services.s3 import (
    bucket_policies,
    cors_rules,
    lifecycle,
    notifications,
    objects,
    requests,
    settings,
    tags,
    uploads,
)
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.s3 import s3

INFREQUENT = ("STANDARD_IA", "ONEZONE_IA")
CLASSES = (
    "STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE",
)  # fmt: skip
"""In the order in which objects can be moved from one to the next. Source: S3 User Guide; how AWS
words it that they cannot be moved back, nobody has recorded."""

DAYS_BEFORE = 30
"""How old an object must be for these classes, and how long it stays. Source: S3 User Guide."""

MINIMUM_HEADER = "x-amz-transition-default-minimum-object-size"
MINIMUMS = ("all_storage_classes_128K", "varies_by_storage_class")
"""What a bucket's default minimum size can be; the first is the default since September 2024."""

XML_SETTINGS = ("cors", "lifecycle", "notification", *settings.CHECKS)
"""Settings of a bucket that MiniStack takes even where they are no XML."""

VERSIONS = (
    "The bucket you tried to delete is not empty. You must delete all versions in the bucket."
)

NOT_GIVEN = re.compile(
    rb"(?<=<And>)<Prefix></Prefix>|<ObjectSizeGreaterThan>0</ObjectSizeGreaterThan>(?=(?:<ObjectSize"
    rb"LessThan>\d+</ObjectSizeLessThan>)?</And>)"
)
"""What MiniStack writes into a filter of several parts though nobody gave it."""

Response = tuple[int, dict[str, Any], bytes]
Rule = dict[str, Any]


class Answer(NamedTuple):
    """What MiniStack answered."""

    status: int
    headers: dict[str, Any]
    content: bytes


_minimums: Any = responses.AccountScopedDict()
"""Each bucket's default minimum size, where it is not the usual one."""


def check_rules(upstream: Callable[[list[Rule]], Any], rules: list[Rule]) -> Any:
    """Check a bucket's lifecycle rules; return MiniStack's refusal, or None.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If S3 refuses them.
    """
    refused = upstream(rules)
    problem = next(_problems(rules), None)
    if problem is not None and not refused:
        refuse(*problem)
    return refused


def _problems(rules: list[Rule]) -> Iterator[tuple[str, str]]:
    identities = [rule["ID"] for rule in rules if "ID" in rule]
    if len(set(identities)) < len(identities):
        yield (
            "InvalidArgument",
            "Rule ID must be unique. Found same ID for more than one rule",
        )
    for rule in rules:
        if not rule.keys() - {"ID", "Status", "Filter"}:
            yield "InvalidRequest", "At least one action needs to be specified in a rule"
        yield from _transition_problems(rule)


def _transition_problems(rule: Rule) -> Iterator[tuple[str, str]]:
    prefix = rule.get("Filter", {}).get("Prefix", "")
    moves = rule.get("Transitions", [])
    timed = [one for one in [*moves, rule.get("Expiration", {})] if {"Days", "Date"} & one.keys()]
    if len({"Days" in one for one in timed}) > 1:
        yield (
            "InvalidRequest",
            "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle "
            f"rule for prefix '{prefix}'",
        )
    if any(one.get("Days", 0) < 0 for one in moves):
        yield "InvalidArgument", "'Days' for Transition action must be nonnegative"
    classes = [one["StorageClass"] for one in moves]
    if len(set(classes)) < len(classes):
        yield (
            "InvalidRequest",
            "'StorageClass' must be different for 'Transition' actions in same 'Rule' with prefix "
            f"'{prefix}'",
        )
    dated = [one for one in rule.get("Transitions", []) if "Days" in one]
    for one in dated:
        if one["StorageClass"] in INFREQUENT and one["Days"] < DAYS_BEFORE:
            yield (
                "InvalidArgument",
                f"'Days' in Transition action must be greater than or equal to {DAYS_BEFORE} for "
                f"storageClass '{one['StorageClass']}'",
            )
    for one in dated:
        for later in dated:
            gap = later["Days"] - one["Days"]
            if one["StorageClass"] in INFREQUENT and 0 < gap < DAYS_BEFORE:
                yield (
                    "InvalidArgument",
                    f"'Days' in the Transition action for StorageClass '{later['StorageClass']}' "
                    f"for prefix '{prefix}' must be {DAYS_BEFORE} days more than for StorageClass "
                    f"'{one['StorageClass']}'",
                )
    for one, later in pairwise(sorted(dated, key=lambda move: move["Days"])):
        if CLASSES.index(later["StorageClass"]) < CLASSES.index(one["StorageClass"]):
            yield (
                "InvalidArgument",
                f"'Days' in the Transition action for StorageClass '{one['StorageClass']}' for "
                f"prefix '{prefix}' must be greater than 'Days' in the Transition action for "
                f"StorageClass '{later['StorageClass']}'",
            )
    last = rule.get("Expiration", {}).get("Days")
    if last is not None and any(one["Days"] >= last for one in dated):
        yield (
            "InvalidArgument",
            f"'Days' in the Expiration action for prefix '{prefix}' must be greater than 'Days' in "
            "the Transition action",
        )


async def handle(
    upstream: Callable[..., Awaitable[Response]],
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    query: Any,
    *more: Any,
    **named: Any,
) -> Response:
    """Answer a request: a setting has to be readable, and a bucket keeps its minimum size.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If S3 refuses it.
    """
    about_lifecycle = "lifecycle" in query and method in ("GET", "PUT", "DELETE")
    bucket, key = s3._parse_bucket_key(path, headers)
    requests.check(method, bucket, key, headers, query)
    if method == "PUT":
        _check_setting(bucket, key, query, headers, body)
    if method == "POST":
        _check_posted(key, query, body)
    about_object = bool(key) and query.keys().isdisjoint(objects.SUBRESOURCES)
    if about_object:
        headers = requests.with_readable_range(objects.with_content_type(method, headers))
    status, answered, content = await upstream(method, path, headers, body, query, *more, **named)
    if status == 409 and method == "DELETE" and not key and s3._bucket_has_versions(bucket):
        raise AwsError(VERSIONS, "BucketNotEmpty", status=409, members={"BucketName": bucket})
    if about_lifecycle:
        return _of_lifecycle(method, bucket, headers, Answer(status, answered, content))
    if about_object and status < 300:
        answered = answered | objects.told(method, bucket, key, query, answered)
    return status, answered, content


def _check_posted(key: str, query: Any, body: bytes) -> None:
    """Check the parts that complete an upload, or the objects that are to be deleted at once."""
    if key and "uploadId" in query:
        identity = query["uploadId"]
        uploads.check_completion(identity[0] if isinstance(identity, list) else identity, body)
    elif not key and "delete" in query:
        uploads.check_deletion(body)


def _check_setting(bucket: str, key: str, query: Any, headers: dict[str, str], body: bytes) -> None:
    """Check a bucket's setting, and tags."""
    if text := headers.get(tags.HEADER):
        tags.check_header(text)
    if "tagging" in query and body:
        tags.check_body(body, of_bucket=not key)
    found = _minimum_problem(query, headers) or _malformed(query, body)
    if found is None and "lifecycle" in query:
        found = lifecycle.problem(body)
        if found is None and (dated := lifecycle.date_problem(body)):
            code, text, argument = dated
            raise AwsError(text, code, members=argument)
    for name in settings.CHECKS.keys() & query.keys() if found is None and not key else ():
        settings.check(name, body)
    if found is None and "notification" in query:
        notifications.check_form(body)
    if found is None and "cors" in query and not key:
        found = cors_rules.problem(body)
    if found is None and "policy" in query and (said := bucket_policies.problem(bucket, body)):
        found = "MalformedPolicy", said
    if found is not None:
        refuse(*found)


def _of_lifecycle(method: str, bucket: str, headers: dict[str, str], answer: Answer) -> Response:
    """Return an answer about a bucket's rules, with the minimum size that goes with them."""
    if answer.status < 300:
        content = NOT_GIVEN.sub(b"", answer.content)
        return answer.status, answer.headers | _minimum(method, bucket, headers), content
    if b"NoSuchLifecycleConfiguration" not in answer.content:
        return answer
    text = "The lifecycle configuration does not exist"
    named = {"BucketName": bucket}
    raise AwsError(text, "NoSuchLifecycleConfiguration", status=404, members=named)


def _minimum_problem(query: Any, headers: dict[str, str]) -> tuple[str, str] | None:
    asked = headers.get(MINIMUM_HEADER, MINIMUMS[0])
    if "lifecycle" not in query or asked in MINIMUMS:
        return None
    return "InvalidRequest", f"Invalid TransitionDefaultMinimumObjectSize found: {asked}"


def _minimum(method: str, bucket: str, headers: dict[str, str]) -> dict[str, str]:
    """Keep a bucket's default minimum size; return the header that tells it."""
    if method == "DELETE":
        _minimums.pop(bucket, None)
        return {}
    if method == "PUT":
        _minimums[bucket] = headers.get(MINIMUM_HEADER, MINIMUMS[0])
    return {MINIMUM_HEADER: _minimums.get(bucket, MINIMUMS[0])}


def _malformed(query: Any, body: bytes) -> tuple[str, str] | None:
    """Return why a bucket's setting cannot be read, or None."""
    if not any(name in query for name in XML_SETTINGS):
        return None
    try:
        minidom.parseString(body)
    except ExpatError:
        return lifecycle.MALFORMED
    return None


def copy(
    upstream: Callable[..., Any], bucket_name: str, dest_key: str, headers: dict[str, str]
) -> Any:
    """Copy an object that can be read.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it is archived.
    """
    source = unquote(headers.get("x-amz-copy-source", "").lstrip("/").partition("?")[0])
    bucket, _, key = source.partition("/")
    found = _object(bucket, key)
    archived = found and found.get("storage_class") in s3._ARCHIVE_STORAGE_CLASSES
    if archived and s3._sync_restore(bucket, key, found) != "restored":
        text = "Operation is not valid for the source object's storage class"
        resource = {"Resource": f"/{bucket_name}/{dest_key}"}
        raise AwsError(text, "InvalidObjectState", status=403, members=resource)
    return upstream(bucket_name, dest_key, headers)


def restore(upstream: Callable[..., Any], bucket_name: str, key: str, body: bytes) -> Any:
    """Restore an object as fast as its class allows.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it shall be faster.
    """
    is_deep = _object(bucket_name, key).get("storage_class") == "DEEP_ARCHIVE"
    if is_deep and b"<Tier>Expedited<" in body:
        text = "Retrieval option is not supported by this storage class"
        raise AwsError(text, "InvalidArgument", members={"Resource": f"/{bucket_name}/{key}"})
    return upstream(bucket_name, key, body)


def _object(bucket: str, key: str) -> dict[str, Any]:
    """Return what MiniStack keeps of an object; empty if there is none."""
    found: dict[str, Any] = (s3._buckets.get(bucket) or {}).get("objects", {}).get(key) or {}
    return found

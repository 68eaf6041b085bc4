"""S3's storage classes: what a lifecycle rule may say, and what an archived object may not.

MiniStack takes transitions that AWS refuses and settings that are no XML, forgets the minimum size
that a bucket was given, and copies an archived object. The seams are its check of rules, its copy
and its restore, and the handling of a request, for the header that holds the minimum.
Source: S3 User Guide, "Lifecycle configuration elements", "Transitioning objects using S3
Lifecycle" and "Restoring an archived object"; S3 API Reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote
from xml.dom import minidom
from xml.parsers.expat import ExpatError

from labkit.sandbox.upstream import seams
from labkit.sandbox.upstream.when_loaded import when_loaded

MODULE = "ministack.services.s3"

INFREQUENT = ("STANDARD_IA", "ONEZONE_IA")
DAYS_BEFORE = 30
"""How old an object must be for these classes, and how long it stays. Source: S3 User Guide."""

MINIMUM_HEADER = "x-amz-transition-default-minimum-object-size"
MINIMUMS = ("all_storage_classes_128K", "varies_by_storage_class")
"""What a bucket's default minimum size can be; the first is the default since September 2024."""

XML_SETTINGS = ("cors", "lifecycle", "notification", "website")
"""Settings of a bucket that MiniStack takes even where they are no XML."""

Response = tuple[int, dict[str, Any], bytes]
Rule = dict[str, Any]


def install() -> None:
    """Take S3's seams as soon as it is loaded."""
    when_loaded(MODULE, _install)


def _install() -> None:
    _check_rules()
    _keep_the_minimum()
    _keep_archives_closed()
    _restore_as_the_class_allows()


def _check_rules() -> None:
    from ministack.services import s3

    def check(rules: list[Rule]) -> Any:
        refused = upstream(rules)
        problem = next(_problems(rules), None)
        if refused or problem is None:
            return refused
        return s3._error(*problem, 400)

    upstream = seams.replace(MODULE, "_lifecycle_rules_error", check, like="(rules)")


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
    last = rule.get("Expiration", {}).get("Days")
    if last is not None and any(one["Days"] >= last for one in dated):
        yield (
            "InvalidArgument",
            f"'Days' in the Expiration action for prefix '{prefix}' must be greater than 'Days' in "
            "the Transition action",
        )


def _keep_the_minimum() -> None:
    from ministack.core.responses import AccountScopedDict
    from ministack.services import s3

    minimums: Any = AccountScopedDict()

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: Any, *more: Any,
        **named: Any,
    ) -> Response:  # fmt: skip
        asked = headers.get(MINIMUM_HEADER, MINIMUMS[0])
        about_lifecycle = "lifecycle" in query and method in ("GET", "PUT", "DELETE")
        if about_lifecycle and method == "PUT" and asked not in MINIMUMS:
            refused: Response = s3._error(
                "InvalidRequest", f"Invalid value for header {MINIMUM_HEADER}: {asked}", 400
            )
            return refused
        if method == "PUT" and (malformed := _malformed(query, body)):
            unread: Response = s3._error(*malformed, 400)
            return unread
        status, answered, content = await upstream(
            method, path, headers, body, query, *more, **named
        )
        if about_lifecycle and status < 300:
            bucket, _ = s3._parse_bucket_key(path, headers)
            if method == "PUT":
                minimums[bucket] = asked
            elif method == "DELETE":
                minimums.pop(bucket, None)
            if method != "DELETE":
                answered = answered | {MINIMUM_HEADER: minimums.get(bucket, MINIMUMS[0])}
        return status, answered, content

    upstream = seams.replace(
        MODULE,
        "handle_request",
        handle,
        like="(method, path, headers, body, query_params, signed_path=None, "
        "enforce_bucket_region=True, internal=False, access_point_region=None, access_point=None)",
    )


def _malformed(query: Any, body: bytes) -> tuple[str, str] | None:
    """Return why a bucket's setting cannot be read, or None."""
    if "policy" in query and not body.lstrip().startswith(b"{"):
        return "MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'"
    if not any(name in query for name in XML_SETTINGS):
        return None
    try:
        minidom.parseString(body)
    except ExpatError:
        return (
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published "
            "schema",
        )
    return None


def _keep_archives_closed() -> None:
    from ministack.services import s3

    def copy(bucket_name: str, dest_key: str, headers: dict[str, str]) -> Any:
        source = unquote(headers.get("x-amz-copy-source", "").lstrip("/").partition("?")[0])
        bucket, _, key = source.partition("/")
        found = (s3._buckets.get(bucket) or {}).get("objects", {}).get(key)
        archived = found and found.get("storage_class") in s3._ARCHIVE_STORAGE_CLASSES
        if archived and s3._sync_restore(bucket, key, found) != "restored":
            return s3._error(
                "InvalidObjectState",
                "Operation is not valid for the source object's storage class",
                403,
                f"/{bucket_name}/{dest_key}",
            )
        return upstream(bucket_name, dest_key, headers)

    like = "(bucket_name, dest_key, headers)"
    upstream = seams.replace(MODULE, "_copy_object", copy, like=like)


def _restore_as_the_class_allows() -> None:
    from ministack.services import s3

    def restore(bucket_name: str, key: str, body: bytes) -> Any:
        found = (s3._buckets.get(bucket_name) or {}).get("objects", {}).get(key) or {}
        if found.get("storage_class") == "DEEP_ARCHIVE" and b"<Tier>Expedited<" in body:
            return s3._error(
                "InvalidArgument",
                "Retrieval option is not supported by this storage class",
                400,
                f"/{bucket_name}/{key}",
            )
        return upstream(bucket_name, key, body)

    upstream = seams.replace(MODULE, "_restore_object", restore, like="(bucket_name, key, body)")

"""What S3 refuses of requests about objects, where MiniStack takes them.

Source: S3 User Guide, "Naming Amazon S3 objects" (keys of 1,024 bytes), "Working with object
metadata" (2 KB), "Bucket naming rules"; S3 API Reference; the texts as AWS answers them.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.s3 import s3

Headers = Mapping[str, str]
Query = Mapping[str, Any]

LONGEST_KEY = 1024
MOST_METADATA = 2048
METADATA = "x-amz-meta-"

OWNER = "x-amz-expected-bucket-owner"
SOURCE_OWNER = "x-amz-source-expected-bucket-owner"

RANGE = re.compile(r"bytes=(?:(\d+)-(\d*)|-(\d+))")
"""A range that S3 keeps; it gives the whole object to whoever asks for any other."""

VERSION = re.compile(r"null|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
"""Versions as MiniStack names them."""

INTEGER = re.compile(r"[+-]?[0-9]{1,10}")

OWNERSHIPS = ("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter")
RESERVED_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
RESERVED_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--table-s3")
LARGEST = 2**31 - 1
NUMBERS = {
    "max-buckets": ("max-buckets", 1, 10_000),
    "max-keys": ("maxKeys", 0, LARGEST),
    "max-parts": ("max-parts", 0, LARGEST),
    "max-uploads": ("max-uploads", 0, LARGEST),
    "part-number-marker": ("part-number-marker", 0, LARGEST),
}
"""What limits a list: the name in S3's text, the least and the most (API Reference). The texts of
`max-buckets` and `part-number-marker` are on no record, and follow the others."""

PARTS = "Part number must be an integer between 1 and 10000, inclusive"
ITSELF = (
    "This copy request is illegal because it is trying to copy an object to itself without "
    "changing the object's metadata, storage class, website redirect location or encryption "
    "attributes."
)
CHANGES = (
    "x-amz-storage-class", "x-amz-website-redirect-location", "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-customer-algorithm",
)  # fmt: skip
"""Headers by which a copy of an object onto itself changes something."""


def check(method: str, bucket: str, key: str, headers: Headers, query: Query) -> None:
    """Check a request.

    Raises
    ------
    AwsError
        If S3 refuses it.
    """
    size = len(key.encode())
    if size > LONGEST_KEY:
        named = {"Size": str(size), "MaxSizeAllowed": str(LONGEST_KEY)}
        raise AwsError("Your key is too long", "KeyTooLongError", members=named)
    _check_owner(bucket, headers)
    if not bucket:
        _check_numbers(query, "max-buckets")
    if not key:
        _check_bucket(method, bucket, headers, query)
        return
    if method in ("PUT", "POST"):
        _check_metadata(headers)
        _check_redirect(headers)
    if "x-amz-copy-source" in headers and "uploadId" not in query:
        _check_copy(bucket, key, headers)
    version = _first(query, "versionId")
    if version is not None and not VERSION.fullmatch(version):
        raise _argument("Invalid version id specified", "versionId", version)
    if method == "GET" and "uploadId" in query:
        _check_numbers(query, "max-parts", "part-number-marker")
    elif method in ("GET", "HEAD"):
        _check_part(bucket, key, headers, query)


def with_readable_range(headers: dict[str, str]) -> dict[str, str]:
    """Return a request's headers without a range that S3 does not keep."""
    asked = headers.get("range")
    found = RANGE.fullmatch(asked) if asked is not None else None
    backwards = found and found[2] and int(found[2]) < int(found[1])
    if asked is None or (found and not backwards):
        return headers
    return {name: value for name, value in headers.items() if name != "range"}


def _first(query: Query, name: str) -> str | None:
    value = query.get(name)
    if isinstance(value, list):
        return str(value[0]) if value else ""
    return None if value is None else str(value)


def _argument(said: str, name: str, value: str, status: int = 400) -> AwsError:
    named = {"ArgumentName": name, "ArgumentValue": value}
    return AwsError(said, "InvalidArgument", status=status, members=named)


def _check_owner(bucket: str, headers: Headers) -> None:
    """Refuse a request that expects somebody else's bucket."""
    for name, owned in ((OWNER, bucket), (SOURCE_OWNER, _source(headers).partition("/")[0])):
        expected = headers.get(name)
        if expected is None:
            continue
        if not re.fullmatch(r"\d{12}", expected):
            said = (
                "The value of the expected bucket owner parameter must be an AWS Account ID... "
                f"[{expected}]"
            )
            raise AwsError(said, "InvalidBucketOwnerAWSAccountID")
        if owned in s3._buckets and expected != responses.get_account_id():
            raise AwsError("Access Denied", "AccessDenied", status=403)


def _source(headers: Headers) -> str:
    return unquote(headers.get("x-amz-copy-source", "").lstrip("/"))


def _check_bucket(method: str, bucket: str, headers: Headers, query: Query) -> None:
    if method == "PUT" and not query:
        if (
            bucket.startswith(RESERVED_PREFIXES)
            or bucket.endswith(RESERVED_SUFFIXES)
            or (".-" in bucket or "-." in bucket)
        ):
            named = {"BucketName": bucket}
            raise AwsError("The specified bucket is not valid.", "InvalidBucketName", members=named)
        owner = headers.get("x-amz-object-ownership", OWNERSHIPS[0])
        if owner not in OWNERSHIPS:
            said = f"Invalid x-amz-object-ownership header: {owner}"
            raise _argument(said, "x-amz-object-ownership", owner)
    if method == "GET":
        _check_listing(query)


def _check_listing(query: Query) -> None:
    encoding = _first(query, "encoding-type")
    if encoding not in (None, "url"):
        said = "Invalid Encoding Method specified in Request"
        raise _argument(said, "encoding-type", str(encoding))
    _check_numbers(query, "max-keys", *(("max-uploads",) if "uploads" in query else ()))
    token = _first(query, "continuation-token")
    if token is not None and "list-type" in query and not _is_token(token):
        said = "The continuation token provided is incorrect"
        raise AwsError(said, "InvalidArgument", members={"ArgumentName": "continuation-token"})
    marker = _first(query, "version-id-marker")
    if marker and not _first(query, "key-marker"):
        said = "A version-id marker cannot be specified without a key marker."
        raise _argument(said, "version-id-marker", marker)


def _check_numbers(query: Query, *names: str) -> None:
    """Check what limits a list."""
    for name in names:
        (shown, least, most), text = NUMBERS[name], _first(query, name)
        if text is None:
            continue
        if not INTEGER.fullmatch(text) or abs(int(text)) > LARGEST:
            said = f"Provided {name} not an integer or within integer range"
            raise _argument(said, name, text)
        if not least <= int(text) <= most:
            said = f"Argument {shown} must be an integer between {least} and {most}"
            raise _argument(said, shown, text)


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        return -1


def _is_token(text: str) -> bool:
    try:
        return bool(base64.b64decode(text, validate=True).decode())
    except ValueError:
        return False


def _check_metadata(headers: Headers) -> None:
    given = {name: value for name, value in headers.items() if name.startswith(METADATA)}
    size = sum(
        len(name.removeprefix(METADATA).encode()) + len(value.encode())
        for name, value in given.items()
    )
    if size > MOST_METADATA:
        named = {"Size": str(size), "MaxSizeAllowed": str(MOST_METADATA)}
        said = "Your metadata headers exceed the maximum allowed metadata size"
        raise AwsError(said, "MetadataTooLarge", members=named)


def _check_redirect(headers: Headers) -> None:
    where = headers.get("x-amz-website-redirect-location")
    if where and not where.startswith(("http://", "https://", "/")):
        said = "The website redirect location must have a prefix of 'http://' or 'https://' or '/'."
        raise AwsError(said, "InvalidRedirectLocation")


def _check_copy(bucket: str, key: str, headers: Headers) -> None:
    directive = headers.get("x-amz-metadata-directive", "COPY")
    if directive not in ("COPY", "REPLACE"):
        raise _argument("Unknown metadata directive.", "x-amz-metadata-directive", directive)
    changed = directive == "REPLACE" or any(name in headers for name in CHANGES)
    if _source(headers) == f"{bucket}/{key}" and not changed:
        raise AwsError(ITSELF, "InvalidRequest")


def _check_part(bucket: str, key: str, headers: Headers, query: Query) -> None:
    asked = _first(query, "partNumber")
    if asked is None:
        return
    if not 1 <= _number(asked) <= 10_000:
        raise _argument(PARTS, "partNumber", asked)
    if "range" in headers:
        said = "Cannot specify both Range header and partNumber query parameter"
        raise AwsError(said, "InvalidRequest")
    record = (s3._buckets.get(bucket) or {}).get("objects", {}).get(key)
    count = max(1, len((record or {}).get("parts") or []))
    if record is not None and int(asked) > count:
        named = {"ActualPartCount": str(count), "PartNumberRequested": asked}
        said = "The requested partnumber is not satisfiable"
        raise AwsError(said, "InvalidPartNumber", status=416, members=named)

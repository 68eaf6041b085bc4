"""What S3 tells of an object beside its content: its encryption, its checksum, when it expires.

Every object is encrypted with S3's own keys if nothing else is asked for. MiniStack says neither
that nor the checksum it was given, and calls content of no type something else.
Source: S3 User Guide, "Setting default server-side encryption behavior for Amazon S3 buckets"
(since January 2023), "Checking object integrity" and "Expiring objects"; API Reference, PutObject.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.services.s3 import lifecycle
from labkit.sandbox.upstream.s3 import s3

ENCRYPTION = "x-amz-server-side-encryption"
CUSTOMERS = f"{ENCRYPTION}-customer-algorithm"
NO_TYPE = "binary/octet-stream"
EXPIRATION = "x-amz-expiration"

SUBRESOURCES = frozenset(
    (
        *("acl", "annotation", "attributes", "legal-hold", "partNumber", "restore", "retention"),
        *("select", "tagging", "torrent", "uploadId", "uploads", "encryption", "versions"),
    )
)
"""Parameters of a query that is not about an object itself."""


def with_content_type(method: str, headers: dict[str, str]) -> dict[str, str]:
    """Return the headers of a request, with S3's type for content that has none."""
    copied = "x-amz-copy-source" in headers
    if method == "PUT" and not copied and not headers.get("content-type"):
        return headers | {"content-type": NO_TYPE}
    return headers


def told(
    method: str, bucket: str, key: str, query: Any, answered: dict[str, Any]
) -> dict[str, str]:
    """Return what S3 says of an object in the headers of an answer.

    Parameters
    ----------
    method, bucket, key, query
        The request.
    answered
        The headers that the answer has already.
    """
    record = (s3._buckets.get(bucket) or {}).get("objects", {}).get(key)
    if method not in ("GET", "HEAD", "PUT") or record is None:
        return {}
    found = {}
    if ENCRYPTION not in answered and CUSTOMERS not in answered:
        found[ENCRYPTION] = "AES256"
    if method == "PUT":
        for algorithm, value in (record.get("checksums") or {}).items():
            found[f"x-amz-checksum-{algorithm.lower()}"] = value
            found["x-amz-checksum-type"] = record.get("checksum_type") or "FULL_OBJECT"
    if "versionId" not in query and bucket in s3._bucket_lifecycle:
        tags = s3._object_tags.get((bucket, key, record.get("version_id"))) or {}
        if expires := lifecycle.expiration(bucket, record, tags, key):
            found[EXPIRATION] = expires
    return found

"""S3: buckets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from labkit.resources.billing import Billing
from labkit.resources.errors import code_of
from labkit.resources.kind import Create, Found, GetClient, Kind, each, pages, tag_map
from labkit.resources.rights import Right
from labkit.resources.run import RUN_TAG

A_CALL = 1_000
"""Objects that one DeleteObjects takes (Amazon S3 API reference)."""

NO_TAGS = "NoSuchTagSet"


class Bucket(Kind):
    """A bucket with its objects, their versions and every setting."""

    name = "S3 bucket"
    service = "s3"
    creates = (
        Create(
            "CreateBucket", "Bucket", id=None, tags="CreateBucketConfiguration.Tags", longest=63
        ),
    )
    parts = each(
        "Bucket",
        "CompleteMultipartUpload",
        "CopyObject",
        "CreateMultipartUpload",
        "PutBucketLifecycleConfiguration",
        "PutBucketNotificationConfiguration",
        "PutBucketPolicy",
        "PutBucketTagging",
        "PutBucketVersioning",
        "PutObject",
        "PutObjectTagging",
        "PutPublicAccessBlock",
        "RestoreObject",
        "UploadPart",
    )
    harmless = each("credentials that end by themselves", "CreateSession")
    deletes = each("Bucket", "DeleteBucket")
    missing = frozenset(["404", "NoSuchBucket"])
    busy = frozenset(["BucketNotEmpty", "OperationAborted"])
    deletion_timeout_s = 180.0
    """AWS answers OperationAborted as long as it works on another change of the bucket."""
    billing = Billing(stored="s3-standard-gb-month", unmetered="requests")

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        tags = _tags(get_client("s3"), resource_id)
        # PutBucketTagging leaves nothing of the tags before; then the name says whose it is.
        return Found(resource_id, resource_id, tags if RUN_TAG in tags else None)

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        names = pages(get_client("s3"), "list_buckets", "Buckets[].Name")
        return (name for name in names if marker in name)

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        s3 = get_client("s3")
        empty(s3, resource_id)
        s3.delete_bucket(Bucket=resource_id)

    def stored_bytes(self, get_client: GetClient, resource_id: str) -> float:
        versions = "Versions[?StorageClass=='STANDARD'].Size"
        listed = pages(get_client("s3"), "list_object_versions", versions, Bucket=resource_id)
        return float(sum(listed))


def empty(s3: Any, name: str) -> None:
    """Delete all that is in a bucket: unfinished uploads, and every version."""
    bucket = {"Bucket": name}
    for upload in list(pages(s3, "list_multipart_uploads", "Uploads[]", **bucket)):
        s3.abort_multipart_upload(Key=upload["Key"], UploadId=upload["UploadId"], **bucket)
    versions = _versions(s3, name)
    while some := list(islice(versions, A_CALL)):
        s3.delete_objects(Delete={"Objects": some, "Quiet": True}, **bucket)


def _tags(s3: Any, bucket: str) -> dict[str, str]:
    """Return a bucket's tags; raise AWS's error when there is no such bucket."""
    from botocore.exceptions import ClientError

    try:
        return tag_map(s3.get_bucket_tagging(Bucket=bucket)["TagSet"])
    except ClientError as error:
        if code_of(error) == NO_TAGS:
            return {}
        raise


def _versions(s3: Any, bucket: str) -> Iterator[dict[str, str]]:
    """Yield key and version of everything in a bucket, delete markers included."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for version in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
            yield {"Key": version["Key"], "VersionId": version["VersionId"]}


RIGHTS = (
    Right("student", "Look", ("s3:ListAllMyBuckets",)),
    Right("student", "WorkOnWhatIsNamedAsLabkitNames", ("s3:*",), ("arn:aws:s3:::lk-*",)),
    Right(
        "student-boundary",
        "WorkWithTheLessonsOwn",
        ("s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject"),
        ("arn:aws:s3:::lk-*",),
    ),
    Right("sweep", "FindWhatLearnersLeft", ("s3:ListAllMyBuckets",)),
    Right(
        "sweep",
        "DeleteWhatBearsANameOfLabkits",
        (
            "s3:AbortMultipartUpload",
            "s3:DeleteBucket",
            "s3:DeleteObject",
            "s3:DeleteObjectVersion",
            "s3:GetBucketTagging",
            "s3:ListBucket",
            "s3:ListBucketMultipartUploads",
            "s3:ListBucketVersions",
        ),
        ("arn:aws:s3:::lk-*",),
    ),
)

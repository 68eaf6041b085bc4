"""What S3 refuses of objects, uploads and listings, in AWS's words; each was once taken."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.sandbox.conftest import CONFIG, Aws
from tests.sandbox.delivery import error
from tests.sandbox.s3.conftest import Bucket

MEGABYTE = 1024 * 1024
MALFORMED = (
    "MalformedXML",
    "The XML you provided was not well-formed or did not validate against our published schema",
)


def members(operation: Any, **request: Any) -> dict[str, Any]:
    """What an error says beside its code and its text."""
    with pytest.raises(ClientError) as caught:
        operation(**request)
    return dict(caught.value.response["Error"])


def unchecked(aws: Aws) -> Any:
    """A client of S3 that sends what it is given, as other clients do."""
    return boto3.client(
        "s3",
        endpoint_url=aws.endpoint,
        region_name=aws.region,
        aws_access_key_id=aws.account,
        aws_secret_access_key=aws.secret,
        config=CONFIG.merge(Config(parameter_validation=False)),
    )


def tags(*keys: str) -> dict[str, Any]:
    """Tags with these keys."""
    return {"TagSet": [{"Key": key, "Value": "v"} for key in keys]}


@pytest.mark.parametrize("name", ["a.-b", "xn--menu", "menu-s3alias", "sthree-menu"])
def test_a_name_of_a_bucket(aws: Aws, name: str) -> None:
    place = {"LocationConstraint": aws.region}
    assert error(aws.client("s3").create_bucket, Bucket=name, CreateBucketConfiguration=place) == (
        "InvalidBucketName",
        "The specified bucket is not valid.",
    )


class TestObjects:
    def test_a_key_has_1024_bytes(self, bucket: Bucket) -> None:
        bucket.put("밥" * 341)  # 1,023 bytes
        told = members(bucket.put, key="밥" * 342)
        assert (told["Code"], told["Message"]) == ("KeyTooLongError", "Your key is too long")
        assert (told["Size"], told["MaxSizeAllowed"]) == ("1026", "1024")

    def test_metadata_has_two_kilobytes(self, bucket: Bucket) -> None:
        bucket.put(Metadata={"note": "x" * 2044})
        for operation in (bucket.s3.put_object, bucket.s3.create_multipart_upload):
            request = {"Bucket": bucket.name, "Key": "menu", "Metadata": {"note": "x" * 2045}}
            told = members(operation, **request)
            assert told["Code"] == "MetadataTooLarge"
            assert (told["Size"], told["MaxSizeAllowed"]) == ("2049", "2048")

    def test_nothing_is_copied_onto_itself_unchanged(self, bucket: Bucket) -> None:
        bucket.put()
        copy = {"Bucket": bucket.name, "Key": "menu", "CopySource": f"{bucket.name}/menu"}
        code, text = error(bucket.s3.copy_object, **copy)
        assert code == "InvalidRequest"
        assert text.startswith(
            "This copy request is illegal because it is trying to copy an object"
        )
        assert error(bucket.s3.copy_object, **copy, MetadataDirective="KEEP") == (
            "InvalidArgument",
            "Unknown metadata directive.",
        )
        bucket.s3.copy_object(**copy, MetadataDirective="REPLACE", Metadata={"note": "new"})
        bucket.s3.copy_object(**copy, StorageClass="STANDARD_IA")

    def test_a_version_looks_like_one(self, bucket: Bucket) -> None:
        bucket.put()
        for operation in (bucket.s3.get_object, bucket.s3.delete_object):
            request = {"Bucket": bucket.name, "Key": "menu", "VersionId": "2"}
            assert error(operation, **request) == (
                "InvalidArgument",
                "Invalid version id specified",
            )
        assert bucket.s3.get_object(Bucket=bucket.name, Key="menu", VersionId="null")

    @pytest.mark.parametrize(
        ("asked", "got"),
        [
            ("bytes=1-2", b"ic"), ("bytes=-2", b"ce"), ("bytes=1-", b"ice"), ("bytes=0-9", b"rice"),
            ("bytes=2-1", None), ("bytes=0-0,2-2", None), ("lines=0-1", None), ("bytes=-1-", None),
        ],
    )  # fmt: skip
    def test_a_range_that_cannot_be_read_gives_it_whole(
        self, bucket: Bucket, asked: str, got: bytes | None
    ) -> None:
        bucket.put()
        answer = bucket.s3.get_object(Bucket=bucket.name, Key="menu", Range=asked)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == (200 if got is None else 206)
        assert answer["Body"].read() == (got or b"rice")

    def test_a_range_or_a_part_beyond_its_end(self, bucket: Bucket) -> None:
        bucket.put()
        where = {"Bucket": bucket.name, "Key": "menu"}
        for asked in ("bytes=4-5", "bytes=-0"):
            assert error(bucket.s3.get_object, **where, Range=asked)[0] == "InvalidRange"
        assert error(bucket.s3.get_object, **where, PartNumber=2) == (
            "InvalidPartNumber",
            "The requested partnumber is not satisfiable",
        )
        assert error(bucket.s3.get_object, **where, PartNumber=0)[0] == "InvalidArgument"

    def test_a_redirect_leads_somewhere(self, bucket: Bucket) -> None:
        assert error(bucket.put, WebsiteRedirectLocation="menu")[0] == "InvalidRedirectLocation"

    def test_somebody_elses_bucket(self, bucket: Bucket) -> None:
        own, other = bucket.aws.account, "999999999999"
        bucket.put(ExpectedBucketOwner=own)
        head = {"Bucket": bucket.name, "Key": "menu"}
        assert error(bucket.put, ExpectedBucketOwner=other)[0] == "AccessDenied"
        assert error(bucket.s3.get_object, **head, ExpectedBucketOwner=other)[0] == "AccessDenied"
        copy = head | {"Key": "copy", "CopySource": f"{bucket.name}/menu"}
        expected = {"ExpectedSourceBucketOwner": other}
        assert error(bucket.s3.copy_object, **copy, **expected)[0] == "AccessDenied"
        assert error(bucket.s3.get_object, **head, ExpectedBucketOwner="123") == (
            "InvalidBucketOwnerAWSAccountID",
            "The value of the expected bucket owner parameter must be an AWS Account ID... [123]",
        )

    def test_versions_keep_a_bucket(self, bucket: Bucket) -> None:
        on = {"Status": "Enabled"}
        bucket.s3.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration=on)
        version = bucket.put()["VersionId"]
        marker = bucket.s3.delete_object(Bucket=bucket.name, Key="menu")["VersionId"]
        assert error(bucket.s3.delete_bucket, Bucket=bucket.name) == (
            "BucketNotEmpty",
            "The bucket you tried to delete is not empty. You must delete all versions in the "
            "bucket.",
        )
        for one in (version, marker):
            bucket.s3.delete_object(Bucket=bucket.name, Key="menu", VersionId=one)
        bucket.s3.delete_bucket(Bucket=bucket.name)


class TestTags:
    @pytest.mark.parametrize(
        ("keys", "text"),
        [
            (("a", "a"), "Cannot provide multiple Tags with the same key"),
            (("a!",), "The TagKey you have provided is invalid"),
            (("k" * 129,), "The TagKey you have provided is invalid"),
            (("aws:run",), "Your TagKey cannot be prefixed with aws:"),
        ],
    )
    def test_of_an_object(self, bucket: Bucket, keys: tuple[str, ...], text: str) -> None:
        bucket.put(Tagging="kept=1")
        where = {"Bucket": bucket.name, "Key": "menu"}
        assert error(bucket.s3.put_object_tagging, **where, Tagging=tags(*keys)) == (
            "InvalidTag",
            text,
        )
        kept = bucket.s3.get_object_tagging(**where)["TagSet"]
        assert kept == [{"Key": "kept", "Value": "1"}]

    def test_with_an_object(self, bucket: Bucket) -> None:
        told = members(bucket.put, Tagging="a=1&a=2")
        assert told["Code"] == "InvalidArgument"
        assert told["ArgumentValue"] == "a=1&a=2"
        assert error(bucket.put, Tagging="a=" + "v" * 257)[0] == "InvalidTag"
        bucket.put(Tagging="menu=%EB%B0%A5&note=")

    def test_of_a_bucket(self, bucket: Bucket) -> None:
        put = bucket.s3.put_bucket_tagging
        assert error(put, Bucket=bucket.name, Tagging=tags("aws:run")) == (
            "InvalidTag",
            "System tags cannot be added/updated by requester",
        )
        many = tags(*(f"k{number}" for number in range(51)))
        assert error(put, Bucket=bucket.name, Tagging=many) == (
            "BadRequest",
            "Bucket tag count cannot be greater than 50",
        )


class TestUploads:
    def begun(self, bucket: Bucket, *sizes: int) -> tuple[dict[str, str], list[dict[str, Any]]]:
        """An upload with parts of these sizes; what names it, and its parts."""
        where = {"Bucket": bucket.name, "Key": "big"}
        where["UploadId"] = bucket.s3.create_multipart_upload(**where)["UploadId"]
        parts = [
            {
                "PartNumber": number,
                "ETag": bucket.s3.upload_part(**where, PartNumber=number, Body=b"x" * size)["ETag"],
            }
            for number, size in enumerate(sizes, start=1)
        ]
        return where, parts

    def completed(self, bucket: Bucket, where: Any, parts: list[dict[str, Any]]) -> Any:
        """Complete an upload."""
        return bucket.s3.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})

    def test_parts_come_in_order(self, bucket: Bucket) -> None:
        where, parts = self.begun(bucket, 5 * MEGABYTE, 3)
        for given in (parts[::-1], [parts[0], parts[0]]):
            assert error(self.completed, bucket, where, given) == (
                "InvalidPartOrder",
                "The list of parts was not in ascending order. Parts must be ordered by part "
                "number.",
            )
        self.completed(bucket, where, parts)
        whole = bucket.s3.head_object(Bucket=bucket.name, Key="big")
        assert whole["ContentLength"] == 5 * MEGABYTE + 3

    def test_every_part_but_the_last_has_five_megabytes(self, bucket: Bucket) -> None:
        where, parts = self.begun(bucket, 5 * MEGABYTE - 1, 3)
        told = members(self.completed, bucket=bucket, where=where, parts=parts)
        assert told["Code"] == "EntityTooSmall"
        assert (told["MinSizeAllowed"], told["PartNumber"]) == (str(5 * MEGABYTE), "1")

    def test_parts_are_there(self, bucket: Bucket) -> None:
        where, parts = self.begun(bucket, 3)
        other = {"PartNumber": 2, "ETag": parts[0]["ETag"]}
        for given in ([other], [parts[0] | {"ETag": '"other"'}]):
            code, text = error(self.completed, bucket, where, given)
            assert code == "InvalidPart"
            assert text.startswith("One or more of the specified parts could not be found.  ")
        assert error(self.completed, bucket, where, []) == (
            "InvalidRequest",
            "You must specify at least one part",
        )


class TestListings:
    @pytest.mark.parametrize(
        ("asked", "text"),
        [
            ({"MaxKeys": -1}, "Argument maxKeys must be an integer between 0 and 2147483647"),
            ({"ContinuationToken": "?"}, "The continuation token provided is incorrect"),
            ({"EncodingType": "base64"}, "Invalid Encoding Method specified in Request"),
        ],
    )
    def test_of_objects(self, bucket: Bucket, asked: dict[str, Any], text: str) -> None:
        assert error(bucket.s3.list_objects_v2, Bucket=bucket.name, **asked) == (
            "InvalidArgument",
            text,
        )

    @pytest.mark.parametrize(
        ("operation", "named", "name", "shown", "least"),
        [
            ("list_buckets", "MaxBuckets", "max-buckets", "max-buckets", 1),
            ("list_objects", "MaxKeys", "max-keys", "maxKeys", 0),
            ("list_objects_v2", "MaxKeys", "max-keys", "maxKeys", 0),
            ("list_object_versions", "MaxKeys", "max-keys", "maxKeys", 0),
            ("list_multipart_uploads", "MaxUploads", "max-uploads", "max-uploads", 0),
            ("list_parts", "MaxParts", "max-parts", "max-parts", 0),
            ("list_parts", "PartNumberMarker", "part-number-marker", "part-number-marker", 0),
        ],
    )
    def test_have_limits_that_are_numbers(
        self, bucket: Bucket, operation: str, named: str, name: str, shown: str, least: int
    ) -> None:
        list_ = getattr(unchecked(bucket.aws), operation)
        given: dict[str, Any] = {} if operation == "list_buckets" else {"Bucket": bucket.name}
        if operation == "list_parts":
            upload = bucket.s3.create_multipart_upload(Bucket=bucket.name, Key="big")
            given |= {"Key": "big", "UploadId": upload["UploadId"]}
        for wrong in ("many", "1.5", "1_0", "", str(2**31)):
            text = f"Provided {name} not an integer or within integer range"
            assert error(list_, **given, **{named: wrong}) == ("InvalidArgument", text), wrong
        most = 10_000 if least else 2**31 - 1
        text = f"Argument {shown} must be an integer between {least} and {most}"
        assert error(list_, **given, **{named: least - 1}) == ("InvalidArgument", text)
        assert list_(**given, **{named: 1})["ResponseMetadata"]["HTTPStatusCode"] == 200

    def test_go_on_by_their_token(self, bucket: Bucket) -> None:
        for key in ("밥", "국", "차"):
            bucket.put(key)
        pages = bucket.s3.get_paginator("list_objects_v2").paginate(
            Bucket=bucket.name, PaginationConfig={"PageSize": 1}
        )
        assert [one["Key"] for page in pages for one in page["Contents"]] == ["국", "밥", "차"]

    def test_a_thousand_objects_are_deleted_at_once(self, bucket: Bucket) -> None:
        for number in (0, 1001):
            given = {"Objects": [{"Key": str(one)} for one in range(number)]}
            assert error(bucket.s3.delete_objects, Bucket=bucket.name, Delete=given) == MALFORMED

"""S3's lifecycle rules and archives, through boto3 alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import Aws, wait_for
from tests.sandbox.delivery import error
from tests.sandbox.s3.conftest import Bucket

pytestmark = pytest.mark.contract(26)

RULE: dict[str, Any] = {"ID": "archive", "Status": "Enabled", "Filter": {"Prefix": ""}}


def test_a_bucket_has_the_tags_of_its_creation(aws: Aws) -> None:
    s3, name = aws.client("s3"), aws.name("tagged")
    tags = [{"Key": "team", "Value": "delivery"}]
    place = {"LocationConstraint": aws.region, "Tags": tags}
    s3.create_bucket(Bucket=name, CreateBucketConfiguration=place)
    assert s3.get_bucket_tagging(Bucket=name)["TagSet"] == tags
    found = aws.client("resourcegroupstaggingapi").get_resources(
        TagFilters=[{"Key": "team", "Values": ["delivery"]}], ResourceTypeFilters=["s3"]
    )
    shown = [one["ResourceARN"] for one in found["ResourceTagMappingList"]]
    assert f"arn:aws:s3:::{name}" in shown


def to(storage_class: str, days: int) -> dict[str, Any]:
    """A rule that moves objects to a class after some days."""
    return RULE | {"Transitions": [{"Days": days, "StorageClass": storage_class}]}


class TestLifecycle:
    @pytest.mark.parametrize("storage_class", ["STANDARD_IA", "ONEZONE_IA"])
    def test_thirty_days_before_infrequent_access(self, bucket: Bucket, storage_class: str) -> None:
        assert error(bucket.rules, to(storage_class, 29)) == (
            "InvalidArgument",
            "'Days' in Transition action must be greater than or equal to 30 for storageClass "
            f"'{storage_class}'",
        )
        bucket.rules(to(storage_class, 30))

    @pytest.mark.parametrize("storage_class", ["GLACIER", "DEEP_ARCHIVE", "GLACIER_IR"])
    def test_no_day_before_an_archive(self, bucket: Bucket, storage_class: str) -> None:
        bucket.rules(to(storage_class, 0))

    def test_thirty_days_in_infrequent_access(self, bucket: Bucket) -> None:
        def steps(days: int) -> dict[str, Any]:
            glacier = {"Days": days, "StorageClass": "GLACIER"}
            return RULE | {"Transitions": [{"Days": 40, "StorageClass": "STANDARD_IA"}, glacier]}

        assert error(bucket.rules, steps(69))[0] == "InvalidArgument"
        bucket.rules(steps(70))

    def test_expired_only_after_it_was_moved(self, bucket: Bucket) -> None:
        rule = to("GLACIER", 40)
        code, message = error(bucket.rules, rule | {"Expiration": {"Days": 40}})
        assert code == "InvalidArgument"
        assert message.endswith("must be greater than 'Days' in the Transition action")
        bucket.rules(rule | {"Expiration": {"Days": 41}})

    def test_something_must_be_done(self, bucket: Bucket) -> None:
        assert error(bucket.rules, RULE) == (
            "InvalidRequest",
            "At least one action needs to be specified in a rule",
        )

    def test_names_are_unique(self, bucket: Bucket) -> None:
        code, _ = error(bucket.rules, to("GLACIER", 1), to("GLACIER", 2))
        assert code == "InvalidArgument"

    def test_sizes_are_kept(self, bucket: Bucket) -> None:
        only = {"Filter": {"ObjectSizeGreaterThan": 524_288}}
        bucket.rules(to("DEEP_ARCHIVE", 0) | only)
        assert bucket.read()["Rules"][0]["Filter"] == only["Filter"]
        both = {"And": {"Prefix": "receipts/", "ObjectSizeGreaterThan": 131_072}}
        bucket.rules(to("DEEP_ARCHIVE", 0) | {"Filter": both})
        assert bucket.read()["Rules"][0]["Filter"] == both

    def test_the_minimum_size_is_128_kilobytes_unless_said_otherwise(self, bucket: Bucket) -> None:
        member, other = "TransitionDefaultMinimumObjectSize", "varies_by_storage_class"
        rule = to("DEEP_ARCHIVE", 0)
        assert bucket.rules(rule)[member] == "all_storage_classes_128K"
        assert bucket.read()[member] == "all_storage_classes_128K"
        assert bucket.rules(rule, **{member: other})[member] == other
        assert bucket.read()[member] == other
        bucket.rules(rule)
        assert bucket.read()[member] == "all_storage_classes_128K"


class TestDeepArchive:
    @pytest.fixture
    def archived(self, bucket: Bucket) -> dict[str, str]:
        """The bucket and key of an archived object."""
        where = {"Bucket": bucket.name, "Key": "receipt"}
        bucket.s3.put_object(**where, Body=b"paid", StorageClass="DEEP_ARCHIVE")
        return where

    def test_closed_until_restored(self, bucket: Bucket, archived: dict[str, str]) -> None:
        s3 = bucket.s3
        with pytest.raises(s3.exceptions.InvalidObjectState) as refused:
            s3.get_object(**archived)
        assert refused.value.response["Error"]["StorageClass"] == "DEEP_ARCHIVE"
        assert s3.head_object(**archived)["StorageClass"] == "DEEP_ARCHIVE"
        request = {"Days": 1, "GlacierJobParameters": {"Tier": "Bulk"}}
        s3.restore_object(**archived, RestoreRequest=request)
        assert s3.head_object(**archived)["Restore"] == 'ongoing-request="true"'
        code, _ = error(s3.restore_object, **archived, RestoreRequest=request)
        assert code == "RestoreAlreadyInProgress"
        wait_for(lambda: 'ongoing-request="false"' in s3.head_object(**archived)["Restore"])
        assert s3.get_object(**archived)["Body"].read() == b"paid"

    def test_not_to_be_copied(self, bucket: Bucket, archived: dict[str, str]) -> None:
        code, _ = error(bucket.s3.copy_object, Bucket=bucket.name, Key="copy", CopySource=archived)
        assert code == "InvalidObjectState"

    def test_not_restored_in_a_hurry(self, bucket: Bucket, archived: dict[str, str]) -> None:
        request = {"Days": 1, "GlacierJobParameters": {"Tier": "Expedited"}}
        code, _ = error(bucket.s3.restore_object, **archived, RestoreRequest=request)
        assert code == "InvalidArgument"

    def test_instant_retrieval_is_open(self, bucket: Bucket) -> None:
        where = {"Bucket": bucket.name, "Key": "photo"}
        bucket.s3.put_object(**where, Body=b"rice", StorageClass="GLACIER_IR")
        assert bucket.s3.get_object(**where)["Body"].read() == b"rice"

"""S3's lifecycle: rules of the right form, and what is said of an object that they let go."""

from __future__ import annotations

import datetime as dt
import re
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from tests.sandbox.conftest import Aws
from tests.sandbox.delivery import error

MALFORMED = (
    "MalformedXML",
    "The XML you provided was not well-formed or did not validate against our published schema",
)


@pytest.fixture
def bucket(aws: Aws) -> str:
    """A bucket of this test's own."""
    name = aws.name("bucket").lower()
    aws.client("s3").create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": aws.region}
    )
    return name


def rule(identity: str, days: int = 7, **more: Any) -> dict[str, Any]:
    """A rule that lets objects go after some days."""
    given = {"ID": identity, "Status": "Enabled", "Filter": {}, "Expiration": {"Days": days}}
    return given | more


def put(aws: Aws, bucket: str, *rules: dict[str, Any], **more: str) -> Any:
    """Give a bucket rules."""
    return aws.client("s3").put_bucket_lifecycle_configuration(
        Bucket=bucket, LifecycleConfiguration={"Rules": list(rules)}, **more
    )


def said(expiration: str) -> tuple[dt.datetime, str]:
    """When an object expires, and by which rule."""
    found = re.fullmatch('expiry-date="(.+)", rule-id="(.+)"', expiration)
    assert found is not None
    return parsedate_to_datetime(found[1]), found[2]


class TestExpiration:
    def test_is_the_midnight_after_the_days(self, aws: Aws, bucket: str) -> None:
        s3 = aws.client("s3")
        put(aws, bucket, rule("week", 7))
        made = s3.put_object(Bucket=bucket, Key="one", Body=b"test")
        end, identity = said(made["Expiration"])
        assert identity == "week"
        assert (end.hour, end.minute, end.second) == (0, 0, 0)
        head = s3.head_object(Bucket=bucket, Key="one")
        assert dt.timedelta(7) < end - head["LastModified"] <= dt.timedelta(8)
        assert head["Expiration"] == made["Expiration"]

    @pytest.mark.parametrize(
        ("filtered", "key", "size", "tags", "meets"),
        [
            ({"Prefix": "logs/"}, "logs/1", 4, "", True),
            ({"Prefix": "logs/"}, "data/1", 4, "", False),
            ({"ObjectSizeGreaterThan": 4}, "a", 5, "", True),
            ({"ObjectSizeGreaterThan": 4}, "a", 4, "", False),
            ({"Tag": {"Key": "a", "Value": "b"}}, "a", 1, "a=b", True),
            ({"Tag": {"Key": "a", "Value": "b"}}, "a", 1, "a=c", False),
        ],
    )
    def test_of_what_meets_the_filter(
        self, aws: Aws, bucket: str, filtered: Any, key: str, size: int, tags: str, meets: bool
    ) -> None:
        put(aws, bucket, rule("one", Filter=filtered))
        more = {"Tagging": tags} if tags else {}
        made = aws.client("s3").put_object(Bucket=bucket, Key=key, Body=b"x" * size, **more)
        assert ("Expiration" in made) is meets

    def test_the_first_of_several_rules(self, aws: Aws, bucket: str) -> None:
        put(aws, bucket, rule("late", 9), rule("soon", 2))
        made = aws.client("s3").put_object(Bucket=bucket, Key="a", Body=b"x")
        assert said(made["Expiration"])[1] == "soon"


class TestRules:
    @pytest.mark.parametrize(
        ("wrong", "refusal"),
        [
            ({"NoncurrentVersionExpiration": {}}, MALFORMED),
            ({"Filter": {"Prefix": "", "ObjectSizeGreaterThan": 5}}, MALFORMED),
            ({"Expiration": {"Days": 1, "ExpiredObjectDeleteMarker": True}}, MALFORMED),
            (
                {"Expiration": {"Date": dt.datetime(2030, 1, 1, 2, tzinfo=dt.UTC)}},
                ("InvalidArgument", "'Date' must be at midnight GMT"),
            ),
            (
                {"Filter": {"And": {"Tags": [{"Key": "a", "Value": x} for x in "bc"]}}},
                ("InvalidRequest", "Duplicate Tag Keys are not allowed."),
            ),
        ],
    )
    def test_that_are_none(self, aws: Aws, bucket: str, wrong: Any, refusal: Any) -> None:
        assert error(put, aws, bucket, rule("one", **wrong)) == refusal

    def test_without_a_filter(self, aws: Aws, bucket: str) -> None:
        given = rule("one")
        del given["Filter"]
        assert error(put, aws, bucket, given) == MALFORMED

    def test_say_what_was_given(self, aws: Aws, bucket: str) -> None:
        tags = [{"Key": "a", "Value": "b"}, {"Key": "c", "Value": "d"}]
        put(aws, bucket, rule("one", Filter={"And": {"Tags": tags}}))
        [found] = aws.client("s3").get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
        assert found["Filter"] == {"And": {"Tags": tags}}

    def test_a_minimum_size_that_there_is_not(self, aws: Aws, bucket: str) -> None:
        assert error(put, aws, bucket, rule("one"), TransitionDefaultMinimumObjectSize="value") == (
            "InvalidRequest",
            "Invalid TransitionDefaultMinimumObjectSize found: value",
        )


def test_an_object_has_a_checksum_an_encryption_and_a_type(aws: Aws, bucket: str) -> None:
    s3 = aws.client("s3")
    made = s3.put_object(Bucket=bucket, Key="one", Body=b"test")
    assert (made["ChecksumCRC32"], made["ChecksumType"]) == ("2H9+DA==", "FULL_OBJECT")
    assert made["ServerSideEncryption"] == "AES256"
    got = s3.get_object(Bucket=bucket, Key="one")
    assert (got["ContentType"], got["ServerSideEncryption"]) == ("binary/octet-stream", "AES256")

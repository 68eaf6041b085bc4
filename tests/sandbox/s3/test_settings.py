"""Settings of a bucket that S3 refuses, in AWS's words; each was once taken."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from tests.sandbox.delivery import error
from tests.sandbox.s3.conftest import Bucket
from tests.sandbox.s3.test_refusals import MALFORMED

RULE: dict[str, Any] = {"ID": "one", "Status": "Enabled", "Filter": {"Prefix": ""}}


class TestPolicies:
    def put(self, bucket: Bucket, **changed: Any) -> Any:
        """Put a policy with one statement; None takes a field away."""
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": bucket.aws.account},
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{bucket.name}/*",
        } | changed
        given = {name: value for name, value in statement.items() if value is not None}
        policy = {"Version": "2012-10-17", "Statement": [given]}
        return bucket.s3.put_bucket_policy(Bucket=bucket.name, Policy=json.dumps(policy))

    @pytest.mark.parametrize(
        ("changed", "text"),
        [
            ({"Principal": None}, "Missing required field Principal"),
            ({"Action": None}, "Missing required field Action"),
            ({"Resources": "x"}, "Unknown field Resources"),
            ({"Action": "s3:Fly"}, "Policy has invalid action"),
            ({"Action": "ec2:RunInstances"}, "Policy has invalid action"),
            ({"Resource": "arn:aws:s3:::other/*"}, "Policy has invalid resource"),
            ({"Resource": "*"}, "Policy has invalid resource"),
            ({"Principal": {"AWS": "kim"}}, "Invalid principal in policy"),
            (
                {"Principal": {"AWS": "arn:aws:iam::{account}:user/ghost"}},
                "Invalid principal in policy",
            ),
            (
                {"Action": "s3:ListBucket"},
                "Action does not apply to any resource(s) in statement",
            ),
            (
                {"Condition": {"StringEqual": {"aws:PrincipalTag/team": "delivery"}}},
                "Invalid Condition type : StringEqual",
            ),
        ],
    )
    def test_of_one_statement(self, bucket: Bucket, changed: dict[str, Any], text: str) -> None:
        here = json.loads(json.dumps(changed).replace("{account}", bucket.aws.account))
        assert error(self.put, bucket, **here) == ("MalformedPolicy", text)
        assert error(bucket.s3.get_bucket_policy, Bucket=bucket.name)[0] == "NoSuchBucketPolicy"

    def test_of_objects_on_the_bucket_itself(self, bucket: Bucket) -> None:
        whole = f"arn:aws:s3:::{bucket.name}"
        assert error(self.put, bucket, Resource=whole) == (
            "MalformedPolicy",
            "Action does not apply to any resource(s) in statement",
        )
        self.put(bucket, Action=["s3:ListBucket", "s3:GetObject"], Resource=[whole, f"{whole}/*"])
        self.put(bucket, Action="s3:*", Resource=whole)
        self.put(bucket, Action="s3:Get*")

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("{", "Policies must be valid JSON and the first byte must be '{'"),
            ("{}", "Missing required field Statement"),
            ('{"Version": "2020-01-01"}', "The policy must contain a valid version string"),
            ('{"Statement": ["Allow"]}', "Invalid policy syntax."),
        ],
    )
    def test_as_a_whole(self, bucket: Bucket, text: str, said: str) -> None:
        put = bucket.s3.put_bucket_policy
        assert error(put, Bucket=bucket.name, Policy=text) == ("MalformedPolicy", said)


@pytest.mark.parametrize(
    ("rule", "refused"),
    [
        (
            {
                "Transitions": [{"Days": 30, "StorageClass": "GLACIER"}],
                "Expiration": {"Date": dt.datetime(2030, 1, 1)},
            },
            (
                "InvalidRequest",
                "Found mixed 'Date' and 'Days' based Expiration and Transition actions in "
                "lifecycle rule for prefix ''",
            ),
        ),
        (
            {
                "Transitions": [
                    {"Days": 30, "StorageClass": "GLACIER"},
                    {"Days": 60, "StorageClass": "GLACIER"},
                ]
            },
            (
                "InvalidRequest",
                "'StorageClass' must be different for 'Transition' actions in same 'Rule' with "
                "prefix ''",
            ),
        ),
        (
            {"Transitions": [{"Days": -1, "StorageClass": "GLACIER"}]},
            ("InvalidArgument", "'Days' for Transition action must be nonnegative"),
        ),
        (
            {
                "Filter": {"Tag": {"Key": "a", "Value": "b"}},
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
            },
            ("InvalidRequest", "AbortIncompleteMultipartUpload cannot be specified with Tags."),
        ),
        (
            {"ID": "x" * 256, "Expiration": {"Days": 1}},
            ("InvalidArgument", "ID length should not exceed allowed limit of 255"),
        ),
        ({"Prefix": "a", "Expiration": {"Days": 1}}, MALFORMED),
    ],
)
def test_a_lifecycle_rule(bucket: Bucket, rule: dict[str, Any], refused: tuple[str, str]) -> None:
    assert error(bucket.rules, RULE | rule) == refused


def test_objects_are_not_moved_back(bucket: Bucket) -> None:
    back = [
        {"Days": 30, "StorageClass": "GLACIER"},
        {"Days": 90, "StorageClass": "STANDARD_IA"},
    ]
    assert error(bucket.rules, RULE | {"Transitions": back})[0] == "InvalidArgument"


def test_a_thousand_rules_are_the_most(bucket: Bucket) -> None:
    rules = [RULE | {"ID": str(number), "Expiration": {"Days": 1}} for number in range(1001)]
    assert error(bucket.rules, *rules) == MALFORMED
    assert error(bucket.rules) == MALFORMED
    bucket.rules(*rules[:1000])


class TestNotifications:
    def put(self, bucket: Bucket, *configurations: dict[str, Any]) -> Any:
        """Tell a queue that lets S3."""
        sqs, name = bucket.aws.client("sqs"), bucket.aws.name("queue")
        arn = f"arn:aws:sqs:{bucket.aws.region}:{bucket.aws.account}:{name}"
        let = {
            "Effect": "Allow",
            "Principal": {"Service": "s3.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [let]})
        sqs.create_queue(QueueName=name, Attributes={"Policy": policy})
        return bucket.s3.put_bucket_notification_configuration(
            Bucket=bucket.name,
            NotificationConfiguration={
                "QueueConfigurations": [{"QueueArn": arn} | one for one in configurations]
            },
        )

    def of(self, event: str = "s3:ObjectCreated:*", **filters: str) -> dict[str, Any]:
        """A configuration for an event, with filters."""
        rules = [{"Name": name, "Value": value} for name, value in filters.items()]
        return {"Events": [event], "Filter": {"Key": {"FilterRules": rules}}}

    def test_of_events_and_filters_that_there_are_not(self, bucket: Bucket) -> None:
        assert error(self.put, bucket, self.of("s3:ObjectMade")) == (
            "InvalidArgument",
            "The event 's3:ObjectMade' is not supported for notifications",
        )
        assert error(self.put, bucket, self.of(regex="a.*")) == (
            "InvalidArgument",
            "filter rule name must be either prefix or suffix",
        )
        assert error(self.put, bucket, {"Events": []}) == MALFORMED

    @pytest.mark.parametrize(
        ("one", "other", "is_ambiguous"),
        [
            ({}, {"event": "s3:ObjectCreated:Put"}, True),
            ({"prefix": "a/"}, {"prefix": "a/b/"}, True),
            ({"prefix": "a/", "suffix": ".jpg"}, {"prefix": "a/", "suffix": ".png"}, False),
            ({"prefix": "a/"}, {"prefix": "b/"}, False),
            ({}, {"event": "s3:ObjectRemoved:*"}, False),
        ],
    )
    def test_that_overlap(
        self, bucket: Bucket, one: dict[str, str], other: dict[str, str], is_ambiguous: bool
    ) -> None:
        both = self.of(**one), self.of(**other)
        if not is_ambiguous:
            self.put(bucket, *both)
            return
        code, text = error(self.put, bucket, *both)
        assert code == "InvalidArgument"
        assert text.startswith("Configuration is ambiguously defined. Cannot have overlapping")


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (
            {"AllowedMethods": ["PATCH"]},
            "Found unsupported HTTP method in CORS config. Unsupported method is PATCH",
        ),
        (
            {"AllowedOrigins": ["http://*.shop.*"]},
            'AllowedOrigin "http://*.shop.*" can not have more than one wildcard.',
        ),
        (
            {"ExposeHeaders": ["*"]},
            'ExposeHeader "*" contains wildcard. We currently do not support wildcard for '
            "ExposeHeader.",
        ),
    ],
)
def test_a_rule_for_browsers(bucket: Bucket, rule: dict[str, Any], text: str) -> None:
    rules = [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]} | rule]
    put = bucket.s3.put_bucket_cors
    assert error(put, Bucket=bucket.name, CORSConfiguration={"CORSRules": rules}) == (
        "InvalidRequest",
        text,
    )


def test_versioning_encryption_ownership_and_a_website(bucket: Bucket) -> None:
    s3, name = bucket.s3, bucket.name
    assert error(s3.put_bucket_versioning, Bucket=name, VersioningConfiguration={}) == (
        "IllegalVersioningConfigurationException",
        "The Versioning element must be specified",
    )
    by_default = {"SSEAlgorithm": "AES256", "KMSMasterKeyID": "alias/menu"}
    encryption = {"Rules": [{"ApplyServerSideEncryptionByDefault": by_default}]}
    assert error(
        s3.put_bucket_encryption, Bucket=name, ServerSideEncryptionConfiguration=encryption
    ) == (
        "InvalidArgument",
        "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or "
        "aws:kms:dsse",
    )
    owners = {"Rules": [{"ObjectOwnership": "Nobody"}]}
    put = s3.put_bucket_ownership_controls
    assert error(put, Bucket=name, OwnershipControls=owners) == MALFORMED
    for website, text in (
        ({"IndexDocument": {"Suffix": "a/b.html"}}, "The IndexDocument Suffix is not well formed"),
        (
            {},
            "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty",
        ),
    ):
        assert error(s3.put_bucket_website, Bucket=name, WebsiteConfiguration=website) == (
            "InvalidArgument",
            text,
        )

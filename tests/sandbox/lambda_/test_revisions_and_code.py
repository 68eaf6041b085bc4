"""Lambda's API: revisions that have passed, code that is not in S3, what code an account has."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.sandbox.conftest import BASIC_EXECUTION, Aws, zipped
from tests.sandbox.delivery import error

SOURCE = "def handler(event, context): return 1"
PASSED = (
    "PreconditionFailedException",
    "The Revision Id provided does not match the latest Revision Id. Call the {} API to retrieve "
    "the latest Revision Id",
)


@pytest.fixture
def name(aws: Aws) -> str:
    """A function of this test's own."""
    return aws.function(SOURCE)


def passed(call: str) -> tuple[str, str]:
    code, text = PASSED
    return code, text.format(call)


class TestRevisions:
    def test_of_a_function(self, aws: Aws, name: str) -> None:
        lambda_ = aws.client("lambda")
        for call, more in (
            (lambda_.publish_version, {}),
            (lambda_.update_function_configuration, {"Description": "other"}),
            (lambda_.update_function_code, {"ZipFile": zipped({"index.py": SOURCE})}),
        ):
            asked = error(call, FunctionName=name, RevisionId="passed", **more)
            assert asked == passed("GetFunction/GetAlias")

    def test_a_version_makes_one_of_the_function(self, aws: Aws, name: str) -> None:
        lambda_ = aws.client("lambda")

        def revision() -> Any:
            return lambda_.get_function_configuration(FunctionName=name)["RevisionId"]

        first = revision()
        version = lambda_.publish_version(FunctionName=name, RevisionId=first)
        second = revision()
        assert len({first, version["RevisionId"], second}) == 3
        again = lambda_.publish_version(FunctionName=name, RevisionId=second)
        assert (again["Version"], revision()) == (version["Version"], second)

    def test_of_an_alias(self, aws: Aws, name: str) -> None:
        lambda_ = aws.client("lambda")
        made = lambda_.create_alias(FunctionName=name, Name="live", FunctionVersion="$LATEST")
        alias = {"FunctionName": name, "Name": "live", "Description": "other"}
        asked = error(lambda_.update_alias, **alias, RevisionId="passed")
        assert asked == passed("GetFunction/GetAlias")
        lambda_.update_alias(**alias, RevisionId=made["RevisionId"])

    def test_of_a_policy(self, aws: Aws, name: str) -> None:
        lambda_ = aws.client("lambda")
        statement = {"FunctionName": name, "StatementId": "one"}
        right = {"Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}
        asked = error(lambda_.add_permission, **statement, **right, RevisionId="passed")
        assert asked == passed("GetPolicy")
        lambda_.add_permission(**statement, **right)
        asked = error(lambda_.remove_permission, **statement, RevisionId="passed")
        assert asked == passed("GetPolicy")
        latest = lambda_.get_policy(FunctionName=name)["RevisionId"]
        lambda_.remove_permission(**statement, RevisionId=latest)
        assert lambda_.get_function_configuration(FunctionName=name)["RevisionId"] != latest

    def test_of_a_versions_policy(self, aws: Aws, name: str) -> None:
        lambda_ = aws.client("lambda")
        version = lambda_.publish_version(FunctionName=name)
        statement = {"FunctionName": name, "StatementId": "one", "Qualifier": version["Version"]}
        right = {"Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}
        lambda_.add_permission(**statement, **right, RevisionId=version["RevisionId"])
        told = lambda_.get_policy(FunctionName=name, Qualifier=version["Version"])
        lambda_.remove_permission(**statement, RevisionId=told["RevisionId"])
        assert lambda_.publish_version(FunctionName=name)["Version"] == version["Version"]


class TestCode:
    @pytest.mark.parametrize(
        ("there", "reason"),
        [
            (False, "NoSuchBucket. S3 Error Message: The specified bucket does not exist"),
            (True, "NoSuchKey. S3 Error Message: The specified key does not exist."),
        ],
    )
    def test_that_is_not_in_s3(self, aws: Aws, name: str, there: bool, reason: str) -> None:
        lambda_, bucket = aws.client("lambda"), aws.name("code")
        if there:
            location = {"LocationConstraint": aws.region}
            aws.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=location)
        where = {"S3Bucket": bucket, "S3Key": "missing.zip"}
        refusal = (
            "InvalidParameterValueException",
            (f"Error occurred while GetObject. S3 Error Code: {reason}"),
        )
        made = {"Runtime": "python3.13", "Handler": "index.handler", "Code": where}
        function = {"FunctionName": aws.name("function"), "Role": aws.role(BASIC_EXECUTION)}
        assert error(lambda_.create_function, **function, **made) == refusal
        assert error(lambda_.update_function_code, FunctionName=name, **where) == refusal
        layer = {"LayerName": aws.name("layer"), "Content": where}
        assert error(lambda_.publish_layer_version, **layer) == refusal

    def test_of_every_version_counts(self, aws: Aws, name: str) -> None:
        lambda_ = aws.client("lambda")

        def used() -> int:
            return int(lambda_.get_account_settings()["AccountUsage"]["TotalCodeSize"])

        size = lambda_.get_function_configuration(FunctionName=name)["CodeSize"]
        before = used()
        lambda_.publish_version(FunctionName=name)
        assert used() == before + size


class TestLayers:
    def made(self, aws: Aws) -> str:
        content = {"ZipFile": zipped({"python/one.py": ""})}
        layer = {"LayerName": aws.name("layer"), "Content": content}
        return str(aws.client("lambda").publish_layer_version(**layer)["LayerVersionArn"])

    def test_of_one_there_is_one_version(self, aws: Aws, name: str) -> None:
        layer = self.made(aws)
        update = aws.client("lambda").update_function_configuration
        assert error(update, FunctionName=name, Layers=[layer, layer]) == (
            "InvalidParameterValueException",
            "Two different versions of the same layer are not allowed to be referenced in the same "
            f"function. {layer} and {layer} are versions of the same layer.",
        )

    def test_there_are_five(self, aws: Aws, name: str) -> None:
        layers = [self.made(aws) for _ in range(6)]
        update = aws.client("lambda").update_function_configuration
        assert error(update, FunctionName=name, Layers=layers) == (
            "InvalidParameterValueException",
            "Cannot reference more than 5 layers.",
        )


def test_a_mapping_that_there_is_not(aws: Aws) -> None:
    asked = error(aws.client("lambda").get_event_source_mapping, UUID=str(uuid.uuid4()))
    assert asked == ("ResourceNotFoundException", "The resource you requested does not exist.")


def test_a_mapping_needs_a_source_and_a_function(aws: Aws, name: str) -> None:
    create = aws.client("lambda").create_event_source_mapping
    queue = "arn:aws:sqs:ap-northeast-2:111122223333:missing"
    for given, reason in (
        ({"FunctionName": name}, "Unrecognized event source."),
        ({"FunctionName": "missing", "EventSourceArn": queue}, "Function does not exist"),
    ):
        assert error(create, **given) == ("InvalidParameterValueException", reason)

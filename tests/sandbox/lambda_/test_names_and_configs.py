"""Lambda's API: what is missing by its whole name, versions, tags, URLs, asynchronous settings."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest

from tests.sandbox.conftest import BASIC_EXECUTION, Aws, zipped
from tests.sandbox.delivery import error

INVALID, NOT_FOUND = "InvalidParameterValueException", "ResourceNotFoundException"
SOURCE = "def handler(event, context): return 1"


@pytest.fixture
def name(aws: Aws) -> str:
    """A function of this test's own."""
    return aws.function(SOURCE)


def arn(aws: Aws, name: str) -> str:
    """The ARN of a function."""
    found = aws.client("lambda").get_function_configuration(FunctionName=name)["FunctionArn"]
    return str(found)


class TestMissing:
    @pytest.mark.parametrize("call", ["get_function", "get_function_configuration", "invoke"])
    def test_is_named_with_its_qualifier(self, aws: Aws, name: str, call: str) -> None:
        asked = getattr(aws.client("lambda"), call)
        code, said = error(asked, FunctionName=name, Qualifier="7")
        assert (code, said) == (NOT_FOUND, f"Function not found: {arn(aws, name)}:7")

    def test_an_alias(self, aws: Aws, name: str) -> None:
        lambda_ = aws.client("lambda")
        assert error(lambda_.get_alias, FunctionName=name, Name="live") == (
            NOT_FOUND,
            f"Cannot find alias arn: {arn(aws, name)}:live",
        )

    def test_may_be_deleted(self, aws: Aws, name: str) -> None:
        lambda_ = aws.client("lambda")
        lambda_.delete_alias(FunctionName=name, Name="live")
        lambda_.delete_function(FunctionName=name, Qualifier="7")
        assert lambda_.get_function(FunctionName=name)["Configuration"]["FunctionName"] == name
        assert error(lambda_.delete_function, FunctionName=name, Qualifier="$LATEST") == (
            INVALID,
            "$LATEST version cannot be deleted without deleting the function.",
        )


class TestVersions:
    def test_that_a_creation_publishes(self, aws: Aws) -> None:
        lambda_ = aws.client("lambda")
        made = lambda_.create_function(
            FunctionName=aws.name("function"),
            Runtime="python3.13",
            Handler="index.handler",
            Role=aws.role(BASIC_EXECUTION),
            Code={"ZipFile": zipped({"index.py": SOURCE})},
            Publish=True,
        )
        versions = lambda_.list_versions_by_function(FunctionName=made["FunctionName"])["Versions"]
        whole = arn(aws, made["FunctionName"])
        assert [one["FunctionArn"] for one in versions] == [f"{whole}:$LATEST", f"{whole}:1"]
        assert versions[1]["RevisionId"] != versions[0]["RevisionId"]
        again = lambda_.publish_version(FunctionName=made["FunctionName"])
        assert again["Version"] == "1"

    def test_of_code_that_the_caller_has_not_seen(self, aws: Aws, name: str) -> None:
        code, said = error(
            aws.client("lambda").publish_version, FunctionName=name, CodeSha256="other"
        )
        assert code == INVALID
        assert said.startswith("CodeSHA256 (other) is different from current CodeSHA256 in $LATEST")


class TestTags:
    def test_change_the_revision(self, aws: Aws, name: str) -> None:
        lambda_ = aws.client("lambda")
        before = lambda_.get_function_configuration(FunctionName=name)["RevisionId"]
        lambda_.tag_resource(Resource=arn(aws, name), Tags={"a": "b"})
        assert lambda_.get_function_configuration(FunctionName=name)["RevisionId"] != before

    def test_too_many_and_of_a_version(self, aws: Aws, name: str) -> None:
        tag = aws.client("lambda").tag_resource
        many = {str(number): "x" for number in range(51)}
        assert error(tag, Resource=arn(aws, name), Tags=many) == (
            INVALID,
            "Number of tags exceeds resource tag limit.",
        )
        assert error(tag, Resource=f"{arn(aws, name)}:1", Tags={"a": "b"}) == (
            INVALID,
            "Tags on function aliases and versions are not supported. Please specify a function "
            "ARN.",
        )


class TestUrls:
    def test_say_what_was_asked_for(self, aws: Aws, name: str) -> None:
        lambda_ = aws.client("lambda")
        made = lambda_.create_function_url_config(FunctionName=name, AuthType="NONE")
        assert {"InvokeMode", "LastModifiedTime"}.isdisjoint(made)
        got = lambda_.get_function_url_config(FunctionName=name)
        assert got["InvokeMode"] == "BUFFERED"
        assert error(lambda_.create_function_url_config, FunctionName=name, AuthType="NONE") == (
            "ResourceConflictException",
            f"Failed to create function url config for [functionArn = {arn(aws, name)}]. Error "
            "message:  FunctionUrlConfig exists for this Lambda function",
        )

    def test_of_an_alias(self, aws: Aws, name: str) -> None:
        lambda_ = aws.client("lambda")
        version = lambda_.publish_version(FunctionName=name)["Version"]
        lambda_.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
        made = lambda_.create_function_url_config(
            FunctionName=name, Qualifier="live", AuthType="NONE"
        )
        assert made["FunctionArn"] == f"{arn(aws, name)}:live"

    def test_that_there_are_not(self, aws: Aws, name: str) -> None:
        lambda_ = aws.client("lambda")
        nothing = NOT_FOUND, "The resource you requested does not exist."
        nobody = NOT_FOUND, "Function does not exist"
        assert error(lambda_.get_function_url_config, FunctionName=name) == nothing
        assert error(lambda_.delete_function_url_config, FunctionName="nobody") == nothing
        assert error(lambda_.list_function_url_configs, FunctionName="nobody") == nobody
        given: dict[str, Any] = {"FunctionName": name, "Qualifier": "none", "AuthType": "NONE"}
        assert error(lambda_.create_function_url_config, **given) == nobody


class TestAsynchronousSettings:
    def test_are_those_that_were_given(self, aws: Aws, name: str) -> None:
        lambda_ = aws.client("lambda")
        put = lambda_.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
        assert put["FunctionArn"] == f"{arn(aws, name)}:$LATEST"
        assert "MaximumEventAgeInSeconds" not in put
        changed = lambda_.update_function_event_invoke_config(
            FunctionName=name, MaximumEventAgeInSeconds=60
        )
        assert (changed["MaximumRetryAttempts"], changed["MaximumEventAgeInSeconds"]) == (0, 60)
        [listed] = lambda_.list_function_event_invoke_configs(FunctionName=name)[
            "FunctionEventInvokeConfigs"
        ]
        assert listed["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {}}
        lambda_.delete_function_event_invoke_config(FunctionName=name)
        code, said = error(lambda_.get_function_event_invoke_config, FunctionName=name)
        assert (code, said) == (
            NOT_FOUND,
            f"The function {arn(aws, name)}:$LATEST doesn't have an EventInvokeConfig",
        )

    @pytest.mark.parametrize(
        ("destination", "said"),
        [
            ("arn:aws:lambda:{}:function:nobody", "The destination ARN {} is invalid."),
            ("itself", "You can't specify the function as a destination for itself."),
        ],
    )
    def test_destinations_that_are_none(
        self, aws: Aws, name: str, destination: str, said: str
    ) -> None:
        itself = arn(aws, name)
        place = ":".join(itself.split(":")[3:5])
        to = itself if destination == "itself" else destination.format(place)
        put = aws.client("lambda").put_function_event_invoke_config
        given = {"DestinationConfig": {"OnFailure": {"Destination": to}}}
        assert error(put, FunctionName=name, **given) == (INVALID, said.format(to))


class TestPolicies:
    GIVEN: ClassVar[dict[str, str]] = {
        "StatementId": "one",
        "Action": "lambda:InvokeFunction",
        "Principal": "*",
    }

    def test_of_an_alias_is_its_own(self, aws: Aws, name: str) -> None:
        lambda_ = aws.client("lambda")
        version = lambda_.publish_version(FunctionName=name)["Version"]
        lambda_.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
        lambda_.add_permission(FunctionName=name, **self.GIVEN)
        lambda_.add_permission(FunctionName=name, Qualifier="live", **self.GIVEN)
        assert error(lambda_.add_permission, FunctionName=name, **self.GIVEN)[0] == (
            "ResourceConflictException"
        )
        lambda_.remove_permission(FunctionName=name, StatementId="one")
        assert error(lambda_.get_policy, FunctionName=name) == (
            NOT_FOUND,
            "The resource you requested does not exist.",
        )
        [left] = json.loads(lambda_.get_policy(FunctionName=name, Qualifier="live")["Policy"])[
            "Statement"
        ]
        assert (left["Sid"], left["Resource"]) == ("one", f"{arn(aws, name)}:live")

    def test_that_there_are_not(self, aws: Aws, name: str) -> None:
        lambda_ = aws.client("lambda")
        gone = {"FunctionName": name, "StatementId": "one"}
        assert error(lambda_.remove_permission, **gone) == (
            NOT_FOUND,
            "No policy is associated with the given resource.",
        )
        lambda_.add_permission(FunctionName=name, **self.GIVEN)
        assert error(lambda_.remove_permission, FunctionName=name, StatementId="two") == (
            NOT_FOUND,
            "Statement two is not found in resource policy.",
        )

    def test_who_and_what_has_none(self, aws: Aws, name: str) -> None:
        add = aws.client("lambda").add_permission
        assert error(add, FunctionName=name, **self.GIVEN | {"Principal": "example.com"}) == (
            INVALID,
            "The provided principal was invalid. Please check the principal and try again.",
        )
        assert error(add, FunctionName=name, Qualifier="$LATEST", **self.GIVEN) == (
            INVALID,
            "We currently do not support adding policies for $LATEST.",
        )
        assert error(add, FunctionName=name, Qualifier="live", **self.GIVEN) == (
            NOT_FOUND,
            f"Cannot find alias arn: {arn(aws, name)}:live",
        )

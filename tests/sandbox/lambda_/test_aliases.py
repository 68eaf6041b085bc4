"""Aliases of two versions: what is refused, which one a call meets, and where it is counted.

Source: Lambda API Reference, CreateAlias; refusals as recorded on AWS (Nov 2025).
"""

from __future__ import annotations

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.conftest import BASIC_EXECUTION, Aws, wait_for

SOURCE = "def handler(event, context):\n    return context.function_version\n"
CALLS = 300


@pytest.fixture(scope="module")
def function(aws: Aws) -> str:
    """A function with three versions."""
    lambda_, name = aws.client("lambda"), aws.function(SOURCE)
    lambda_.publish_version(FunctionName=name)
    for number in ("2", "3"):
        aws.update(name, Description=number)
        lambda_.publish_version(FunctionName=name)
    return name


def weights(**given: float) -> dict[str, Any]:
    return {"AdditionalVersionWeights": {key.strip("v"): weight for key, weight in given.items()}}


class TestAnAliasIsRefused:
    @pytest.mark.parametrize(
        ("version", "routing", "code", "text"),
        [
            ("1", weights(v2=0.1, v3=0.1), "InvalidParameterValueException",
             "Number of items in AdditionalVersionWeights cannot be greater than 1"),
            ("1", weights(v1=0.1), "InvalidParameterValueException",
             "Invalid function version 1. Function version 1 is already included in routing "
             "configuration."),
            ("$LATEST", weights(v2=0.1), "InvalidParameterValueException",
             "$LATEST is not supported for an alias pointing to more than 1 version"),
            ("1", weights(v2=1.1), "ValidationException", "less than or equal to 1.0"),
            ("10", {}, "ResourceNotFoundException", ":10"),
            ("1", weights(v10=0.1), "ResourceNotFoundException", ":10"),
        ],
    )  # fmt: skip
    def test_with_aws_s_words(
        self, aws: Aws, function: str, version: str, routing: Any, code: str, text: str
    ) -> None:
        lambda_ = aws.client("lambda")
        with pytest.raises(ClientError) as refused:
            lambda_.create_alias(
                FunctionName=function, Name="refused", FunctionVersion=version,
                RoutingConfig=routing,
            )  # fmt: skip
        assert refused.value.response["Error"]["Code"] == code
        assert text in refused.value.response["Error"]["Message"]

    def test_when_it_is_there_already_or_has_a_number_for_a_name(
        self, aws: Aws, function: str
    ) -> None:
        lambda_ = aws.client("lambda")
        arn = lambda_.create_alias(FunctionName=function, Name="twice", FunctionVersion="1")
        for name, code, text in (
            ("twice", "ResourceConflictException", f"Alias already exists: {arn['AliasArn']}"),
            ("7", "ValidationException", "at 'name' failed to satisfy constraint"),
        ):
            with pytest.raises(ClientError) as refused:
                lambda_.create_alias(FunctionName=function, Name=name, FunctionVersion="1")
            assert refused.value.response["Error"]["Code"] == code
            assert text in refused.value.response["Error"]["Message"]

    def test_when_an_update_adds_a_version_to_what_is_there(self, aws: Aws, function: str) -> None:
        lambda_ = aws.client("lambda")
        lambda_.create_alias(FunctionName=function, Name="latest", FunctionVersion="$LATEST")
        with pytest.raises(ClientError, match="is not supported for an alias pointing to more"):
            lambda_.update_alias(
                FunctionName=function, Name="latest", RoutingConfig=weights(v2=0.5)
            )

    def test_of_versions_with_two_roles(self, aws: Aws) -> None:
        lambda_, name = aws.client("lambda"), aws.function(SOURCE)
        lambda_.publish_version(FunctionName=name)
        aws.update(name, Role=aws.role(BASIC_EXECUTION))
        lambda_.publish_version(FunctionName=name)
        with pytest.raises(ClientError, match="same execution role"):
            lambda_.create_alias(
                FunctionName=name, Name="live", FunctionVersion="1", RoutingConfig=weights(v2=0.1)
            )


class TestACallOfAWeightedAlias:
    def test_meets_each_version_by_its_weight_and_counts_for_it(
        self, aws: Aws, function: str
    ) -> None:
        lambda_ = aws.client("lambda")
        lambda_.create_alias(
            FunctionName=function, Name="live", FunctionVersion="1", RoutingConfig=weights(v2=0.2)
        )
        met = {"1": 0, "2": 0}
        for _ in range(CALLS):
            answer = lambda_.invoke(FunctionName=function, Qualifier="live")
            version = answer["ExecutedVersion"]
            assert answer["Payload"].read().decode() == f'"{version}"'
            met[version] += 1
        assert 0.1 < met["2"] / CALLS < 0.3  # four standard deviations

        def counted(version: str) -> int:
            dimensions = {
                "FunctionName": function,
                "Resource": f"{function}:live",
                "ExecutedVersion": version,
            }
            found = aws.client("cloudwatch").get_metric_statistics(
                Namespace="AWS/Lambda", MetricName="Invocations", Period=3600, Statistics=["Sum"],
                StartTime=time.time() - 3600, EndTime=time.time() + 3600,
                Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            )  # fmt: skip
            return int(sum(point["Sum"] for point in found["Datapoints"]))

        wait_for(lambda: {version: counted(version) for version in met} == met)

"""When a function gets new environments: after a change, and how many at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from botocore.exceptions import ClientError

from tests.sandbox.conftest import Aws, aws_of, running_sandbox, wait_for, zipped
from tests.sandbox.lambda_.calls_at_once import (
    WHO,
    Calls,
    is_cold,
    refusals,
    throttling,
)


@pytest.mark.contract(10)
class TestChanges:
    @pytest.mark.parametrize(
        "change",
        [
            {"Environment": {"Variables": {"CONFIGURED": "2"}}},
            {"MemorySize": 256},
            {"Timeout": 9},
            {"Description": "other"},
        ],
    )
    def test_a_change_of_configuration_gives_new_environments(
        self, aws: Aws, change: dict[str, Any]
    ) -> None:
        name = aws.function(WHO)
        before = aws.invoke(name).payload["environment"]
        aws.update(name, **change)
        after = aws.invoke(name)
        assert after.payload["environment"] != before
        assert is_cold(after)

    def test_the_same_configuration_again_changes_nothing(self, aws: Aws) -> None:
        name = aws.function(WHO, Description="same")
        before = aws.invoke(name).payload["environment"]
        aws.update(name, Description="same")
        assert aws.invoke(name).payload["environment"] == before

    def test_a_change_of_code(self, aws: Aws) -> None:
        name, lambda_ = aws.function(WHO), aws.client("lambda")
        aws.invoke(name)
        code = zipped({"index.py": "def handler(event, context): return 'new'\n"})
        lambda_.update_function_code(FunctionName=name, ZipFile=code)
        wait_for(lambda: aws.invoke(name).payload == "new")

    def test_while_an_update_is_in_progress(self, aws: Aws) -> None:
        """Calls meet the old configuration, a second update is refused, nothing in flight ends."""
        lambda_ = aws.client("lambda")
        name = aws.function(WHO, Environment={"Variables": {"CONFIGURED": "1"}})
        new = {"Variables": {"CONFIGURED": "2"}}
        with Calls(aws, name).held(1) as (running,):
            answer = lambda_.update_function_configuration(FunctionName=name, Environment=new)
            assert (answer["State"], answer["LastUpdateStatus"]) == ("Active", "InProgress")
            with pytest.raises(ClientError, match="An update is in progress") as refused:
                lambda_.update_function_configuration(FunctionName=name, Environment=new)
            assert refused.value.response["Error"]["Code"] == "ResourceConflictException"
            assert aws.invoke(name).payload["version"] == "1"
            wait_for(lambda: aws.invoke(name).payload["version"] == "2")
        assert running.result().payload["version"] == "1"

    def test_anothers_function_of_the_same_name_is_left_alone(self, aws: Aws) -> None:
        other, name = "333344445555", aws.name("function")
        aws.function(WHO, FunctionName=name)
        aws.function(WHO, FunctionName=name, account=other)
        before = aws.invoke(name, account=other).payload
        aws.update(name, MemorySize=256)
        aws.invoke(name)
        aws.client("lambda").delete_function(FunctionName=name)
        assert aws.invoke(name, account=other).payload == before

    def test_versions_have_environments_of_their_own(self, aws: Aws) -> None:
        name, lambda_ = aws.function(WHO), aws.client("lambda")
        version = lambda_.publish_version(FunctionName=name)["Version"]
        lambda_.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
        latest, published, alias = (
            aws.invoke(name, **more).payload["environment"]
            for more in ({}, {"Qualifier": version}, {"Qualifier": "live"})
        )
        assert latest != published == alias


@pytest.fixture(scope="module")
def small_sandbox() -> Iterator[dict[str, Any]]:
    """A sandbox with a concurrency of 3, whose environments idle for half a second only."""
    variables = {
        "LABKIT_SANDBOX_ACCOUNT_CONCURRENCY": "3",
        "LABKIT_SANDBOX_IDLE_SECONDS": "0.5",
    }
    with running_sandbox(**variables) as sandbox:
        yield sandbox


class TestScalingRate:
    @pytest.mark.contract(13)
    def test_new_environments_come_at_a_rate(self) -> None:
        """The rate made small: 4 in 10 seconds, refilled continuously, and warm ones are free."""
        with running_sandbox(LABKIT_SANDBOX_SCALING="4") as sandbox:
            aws = aws_of(sandbox)
            calls = Calls(aws, aws.function(WHO))
            refused = refusals(calls.at_once(6))
            assert len(refused) == 2
            assert throttling(refused[0])[3] == "ConcurrentInvocationLimitExceeded"
            assert refusals(calls.at_once(4)) == []
            other = Calls(aws, aws.function(WHO))
            assert refusals(other.at_once(4)) == []
            wait_for(lambda: not refusals(calls.at_once(5)), seconds=20)


class TestSmallSandbox:
    @pytest.mark.contract(11)
    def test_the_accounts_limit(self, small_sandbox: dict[str, Any]) -> None:
        aws = aws_of(small_sandbox)
        limit = aws.client("lambda").get_account_settings()["AccountLimit"]
        assert limit["ConcurrentExecutions"] == 3
        one, other = (Calls(aws, aws.function(WHO)) for _ in range(2))
        with one.held(2) as calls:
            (refused,) = refusals(other.at_once(2))
        assert refusals(calls) == []
        assert throttling(refused)[3] == "ConcurrentInvocationLimitExceeded"

    @pytest.mark.contract(11)
    def test_nothing_can_be_reserved(self, small_sandbox: dict[str, Any]) -> None:
        aws = aws_of(small_sandbox)
        name = aws.function(WHO)
        with pytest.raises(ClientError, match=r"minimum value of \[10\]"):
            aws.client("lambda").put_function_concurrency(
                FunctionName=name, ReservedConcurrentExecutions=1
            )

    @pytest.mark.contract(13)
    def test_idle_environments_are_reclaimed(self, small_sandbox: dict[str, Any]) -> None:
        aws = aws_of(small_sandbox)
        name = aws.function(WHO)
        first = aws.invoke(name).payload["environment"]
        wait_for(lambda: not psutil.Process(small_sandbox["server_pid"]).children())
        after = aws.invoke(name)
        assert after.payload["environment"] != first
        assert is_cold(after)

    @pytest.mark.contract(13)
    def test_a_deleted_functions_environments_end(self, small_sandbox: dict[str, Any]) -> None:
        aws = aws_of(small_sandbox)
        name = aws.function(WHO)
        aws.invoke(name)
        aws.client("lambda").delete_function(FunctionName=name)
        wait_for(lambda: not psutil.Process(small_sandbox["server_pid"]).children())

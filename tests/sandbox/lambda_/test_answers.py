"""What Lambda answers: members that AWS sends, and refusals by the constraints of the model."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.conftest import BASIC_EXECUTION, Aws, wait_for, zipped
from tests.sandbox.delivery import error

SOURCE = "def handler(event, context): return 1"


@pytest.fixture(scope="module")
def name(aws: Aws) -> str:
    """A function of this module's own."""
    return aws.function(SOURCE)


def refused(aws: Aws, operation: str, **given: Any) -> dict[str, Any]:
    """The whole error of a call."""
    with pytest.raises(ClientError) as raised:
        getattr(aws.client("lambda"), operation)(**given)
    return dict(raised.value.response)


class TestMembers:
    def test_of_a_creation(self, aws: Aws) -> None:
        answer = aws.client("lambda").create_function(
            FunctionName=aws.name("function"),
            Runtime="python3.13",
            Handler="index.handler",
            Role=aws.role(BASIC_EXECUTION),
            Code={"ZipFile": zipped({"index.py": SOURCE})},
        )
        absent = {"Layers", "KMSKeyArn", "VpcConfig", "LastUpdateStatus", "DeadLetterConfig"}
        assert absent.isdisjoint(answer)
        assert answer["State"] == "Pending"
        assert answer["StateReasonCode"] == "Creating"
        assert answer["Description"] == ""
        assert answer["RuntimeVersionConfig"]["RuntimeVersionArn"].startswith("arn:aws:lambda:")
        name = answer["FunctionName"]
        assert answer["LoggingConfig"] == {
            "LogFormat": "Text",
            "LogGroup": f"/aws/lambda/{name}",
        }

        def ready() -> Any:
            config = aws.client("lambda").get_function_configuration(FunctionName=name)
            return config if config["State"] == "Active" else None

        active = wait_for(ready)
        assert active["LastUpdateStatus"] == "Successful"
        assert {"StateReason", "StateReasonCode", "LastUpdateStatusReason"}.isdisjoint(active)
        assert active["RevisionId"] != answer["RevisionId"]

    def test_of_a_list(self, aws: Aws, name: str) -> None:
        versions = aws.client("lambda").list_versions_by_function(FunctionName=name)["Versions"]
        assert {"State", "LastUpdateStatus", "RuntimeVersionConfig"}.isdisjoint(versions[0])
        assert "Tags" not in aws.client("lambda").get_function(FunctionName=name)

    def test_of_an_error(self, aws: Aws) -> None:
        missing = refused(aws, "get_function", FunctionName="nowhere")
        assert missing["Error"]["Code"] == "ResourceNotFoundException"
        assert missing["Type"] == "User"
        assert missing["Message"] == missing["Error"]["Message"]


class TestNames:
    @pytest.mark.parametrize("form", ["{name}", "function:{name}", "{account}:function:{name}"])
    def test_by_a_part_of_the_arn(self, aws: Aws, name: str, form: str) -> None:
        given = form.format(name=name, account=aws.account)
        found = aws.client("lambda").get_function_configuration(FunctionName=given)
        assert found["FunctionName"] == name
        assert aws.invoke(given).payload == 1

    def test_a_qualifier_in_the_name(self, aws: Aws, name: str) -> None:
        given = f"{name}:$LATEST"
        found = aws.client("lambda").get_function_configuration(FunctionName=given)
        assert found["Version"] == "$LATEST"
        assert error(aws.client("lambda").get_function, FunctionName=given, Qualifier="1") == (
            "InvalidParameterValueException",
            "The derived qualifier from the function name does not match the specified qualifier.",
        )

    def test_of_another_region(self, aws: Aws) -> None:
        arn = f"arn:aws:lambda:us-east-2:{aws.account}:function:f"
        code, text = error(aws.client("lambda").get_function, FunctionName=arn)
        assert code == "ResourceNotFoundException"
        assert text == (
            f"Functions from 'us-east-2' are not reachable in this region ('{aws.region}')"
        )


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "characters": (
        {"FunctionName": "my-function!"},
        "Value 'my-function!' at 'functionName' failed to satisfy constraint: Member must satisfy "
        "regular expression pattern: ",
    ),
    "another service's": (
        {"FunctionName": "arn:aws:ec2:us-east-1:111122223333:instance:i-1"},
        "at 'functionName' failed to satisfy constraint: Member must satisfy regular expression",
    ),
    "a long qualifier": (
        {"FunctionName": "f", "Qualifier": "a" * 129},
        "at 'qualifier' failed to satisfy constraint: Member must have length less than or equal "
        "to 128",
    ),
}


class TestConstraints:
    @pytest.mark.parametrize("case", BROKEN)
    def test_a_name_that_is_none(self, aws: Aws, case: str) -> None:
        given, expected = BROKEN[case]
        code, text = error(aws.client("lambda").get_function, **given)
        assert code == "ValidationException"
        assert text.startswith("1 validation error detected: ")
        assert expected in text

    def test_values_of_an_operations_own(self, aws: Aws, name: str) -> None:
        lambda_ = aws.client("lambda")
        for call, given in (
            (lambda_.create_alias, {"Name": "7", "FunctionVersion": "$LATEST"}),
            (
                lambda_.add_permission,
                {"StatementId": "a b", "Action": "lambda:InvokeFunction", "Principal": "*"},
            ),
            (lambda_.put_function_recursion_config, {"RecursiveLoop": "Perhaps"}),
        ):
            assert error(call, FunctionName=name, **given)[0] == "ValidationException"

    def test_a_new_name_that_is_too_long(self, aws: Aws) -> None:
        code, text = error(
            aws.client("lambda").create_function,
            FunctionName="a" * 65,
            Role=aws.role(BASIC_EXECUTION),
            Code={"ZipFile": zipped({"index.py": SOURCE})},
            Runtime="python3.13",
            Handler="index.handler",
        )
        assert code == "InvalidParameterValueException"
        assert "less than or equal to 64" in text

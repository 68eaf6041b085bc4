"""A cell that was corrected is run again: what is there is not made twice, and told apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from labkit.lab import Lab
from labkit.labs.builders import LOGGING_POLICY, service_role
from tests.support import samples, shared_samples

TRUST_API = shared_samples.TRUST.replace("lambda", "apigateway")

API = "arn:aws:execute-api:eu-west-1:111122223333"


def run_cell(lab: Lab, cell: str) -> None:
    """Begin a run of a cell, as IPython does."""
    lab._replay._cells.number += 1
    lab._replay._cells.cell = cell


def refusal(call: Callable[..., Any], **params: Any) -> str:
    """Return what a refused call tells the learner."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    return "\n".join([str(caught.value), *getattr(caught.value, "__notes__", [])])


@pytest.fixture
def create(lab: Lab) -> Callable[..., Any]:
    """Create a function with a time-out, as a lesson's cell does."""
    role = service_role(lab, "role", "lambda.amazonaws.com", LOGGING_POLICY)
    code = samples.code(lab)

    def create(timeout_s: int, to: Lab = lab) -> Any:
        answer = to.client("lambda").create_function(
            FunctionName=to.name("cook"),
            Role=role,
            Runtime="python3.13",
            Handler="hello.handler",
            Code=code,
            Timeout=timeout_s,
        )
        shared_samples.until(
            lambda: samples.state_of(to.client("lambda"), to.name("cook")) == "Active"
        )
        return answer

    return create


def test_a_cell_with_two_calls_goes_on_at_the_second(
    lab: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    ec2 = lab.client("ec2")
    run_cell(lab, "network")
    made = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    refusal(ec2.create_subnet, VpcId=made, CidrBlock="10.9.0.0/24")
    run_cell(lab, "network")
    again = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    assert again == made
    assert ec2.create_subnet(VpcId=again, CidrBlock="10.0.0.0/24")
    assert "CreateVpc: it is there already, as asked" in capsys.readouterr().out


def test_two_equal_calls_in_one_run_of_a_cell_make_two(lab: Lab) -> None:
    run_cell(lab, "two")
    ec2 = lab.client("ec2")
    made = {ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"] for _ in range(2)}
    assert len(made) == 2
    run_cell(lab, "two")
    assert {ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"] for _ in range(2)} == made
    run_cell(lab, "another")
    assert ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"] not in made


def test_a_corrected_call_that_aws_takes_says_what_is_still_there(
    lab: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    run_cell(lab, "network")
    first = lab.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    run_cell(lab, "network")
    lab.client("ec2").create_vpc(CidrBlock="10.1.0.0/16")
    assert f"one more VPC; {first} is still there" in (said := capsys.readouterr().out)
    assert f"delete_vpc(VpcId='{first}')" in said


def test_a_function_asked_for_otherwise_is_told_what_differs_and_what_changes_it(
    lab: Lab, create: Callable[..., Any]
) -> None:
    run_cell(lab, "function")
    create(3)
    run_cell(lab, "function")
    said = refusal(create, timeout_s=5)
    assert "Function already exist" in said
    assert "It has Timeout=3.\nThis call asks for Timeout=5" in said
    change = 'lab.client("lambda").update_function_configuration('
    assert f'{change}FunctionName=lab.name("cook"), Timeout=5)' in said


def test_once_changed_as_it_said_the_corrected_cell_goes_on(
    lab: Lab, create: Callable[..., Any]
) -> None:
    run_cell(lab, "function")
    create(3)
    lab.client("lambda").update_function_configuration(FunctionName=lab.name("cook"), Timeout=5)
    run_cell(lab, "function")
    assert create(5)["Timeout"] == 5
    run_cell(lab, "function")
    assert "Timeout=3" in refusal(create, timeout_s=3)


def test_after_a_restart_all_cells_run_the_corrected_one_included(
    lab: Lab, create: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    create(3)
    again = Lab(lab.lesson)
    assert create(5, to=again)["Timeout"] == 5
    now = lab.client("lambda").get_function_configuration(FunctionName=lab.name("cook"))
    assert now["Timeout"] == 5
    assert "now it has Timeout=5, as asked" in capsys.readouterr().out


def test_a_role_that_another_service_may_take(lab: Lab) -> None:
    iam, role = lab.client("iam"), {"RoleName": lab.name("api-role")}
    run_cell(lab, "role")
    iam.create_role(**role, AssumeRolePolicyDocument=shared_samples.TRUST)
    run_cell(lab, "role")
    said = refusal(iam.create_role, **role, AssumeRolePolicyDocument=TRUST_API)
    assert 'update_assume_role_policy(RoleName=lab.name("api-role"), PolicyDocument=' in said
    again = Lab(lab.lesson)
    again.client("iam").create_role(**role, AssumeRolePolicyDocument=TRUST_API)
    trust = json.dumps(iam.get_role(**role)["Role"]["AssumeRolePolicyDocument"])
    assert "apigateway.amazonaws.com" in trust
    assert "lambda.amazonaws.com" not in trust


def test_what_a_kind_cannot_bring_back_is_not_passed_over(lab: Lab) -> None:
    role = {"RoleName": lab.name("role"), "AssumeRolePolicyDocument": shared_samples.TRUST}
    lab.client("iam").create_role(**role)
    again = Lab(lab.lesson).client("iam")
    said = refusal(again.create_role, **role, Description="another one")
    assert "asks for Description='another one'" in said
    assert "update_role(RoleName=" in said


def test_a_queue_with_another_attribute(lab: Lab) -> None:
    sqs, queue = lab.client("sqs"), lab.name("orders")
    run_cell(lab, "queue")
    sqs.create_queue(QueueName=queue, Attributes={"VisibilityTimeout": "5"})
    run_cell(lab, "queue")
    said = refusal(sqs.create_queue, QueueName=queue, Attributes={"VisibilityTimeout": "30"})
    assert "It has VisibilityTimeout='5'." in said
    assert "set_queue_attributes(" in said
    assert "Attributes={'VisibilityTimeout': '30'}" in said
    again = Lab(lab.lesson).client("sqs")
    assert again.create_queue(QueueName=queue, Attributes={"VisibilityTimeout": "30"})


def test_a_statement_of_a_policy_is_taken_away_first(lab: Lab, create: Callable[..., Any]) -> None:
    create(3)
    awslambda = lab.client("lambda")
    statement = {
        "FunctionName": lab.name("cook"),
        "StatementId": "api",
        "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
    }
    run_cell(lab, "statement")
    awslambda.add_permission(**statement, SourceArn=f"{API}:wide")
    run_cell(lab, "statement")
    awslambda.add_permission(**statement, SourceArn=f"{API}:wide")
    run_cell(lab, "statement")
    said = refusal(
        awslambda.add_permission,
        **statement,
        SourceArn=f"{API}:a",
    )
    assert "remove_permission(" in said
    assert "StatementId='api'), then this cell again" in said


def test_what_is_there_is_what_was_added_last_not_what_is_likest(
    lab: Lab, create: Callable[..., Any]
) -> None:
    create(3)
    awslambda = lab.client("lambda")
    which = {"FunctionName": lab.name("cook"), "StatementId": "api"}
    grant = {"Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com"}
    run_cell(lab, "statement")
    awslambda.add_permission(**which, **grant, SourceArn=f"{API}:a")
    run_cell(lab, "statement")
    awslambda.remove_permission(**which)
    awslambda.add_permission(**which, **grant, SourceArn=f"{API}:b")
    run_cell(lab, "statement")
    said = refusal(awslambda.add_permission, **which, **grant, SourceArn=f"{API}:a")
    assert f"It has SourceArn='{API}:b'." in said
    run_cell(lab, "statement")
    awslambda.add_permission(**which, **grant, SourceArn=f"{API}:b")


def test_a_table_with_another_key_can_only_be_made_anew(lab: Lab) -> None:
    table = {"TableName": lab.name("orders"), "BillingMode": "PAY_PER_REQUEST"}

    def key(name: str) -> dict[str, Any]:
        return {
            "KeySchema": [{"AttributeName": name, "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"}],
        }

    run_cell(lab, "table")
    lab.client("dynamodb").create_table(**table, **key("id"))
    run_cell(lab, "table")
    said = refusal(lab.client("dynamodb").create_table, **table, **key("orderId"))
    assert "It is there already" in said
    assert "still changing state" not in said
    assert 'delete_table(TableName=lab.name("orders")), then this cell again' in said


def test_a_solution_may_change_what_a_try_has_made(lab: Lab, create: Callable[..., Any]) -> None:
    run_cell(lab, "try")
    create(3)
    run_cell(lab, "solution")
    with lab._replay.changing_what_is_there():
        assert create(5)["Timeout"] == 5


def test_of_long_settings_it_says_where_they_part(lab: Lab, create: Callable[..., Any]) -> None:
    create(3)
    params = {
        "FunctionName": lab.name("cook"),
        "StatementId": "api",
        "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
    }
    lab.client("lambda").add_permission(**params, SourceArn=f"{API}:0123456789/*/*")
    run_cell(lab, "corrected")
    wanted = f"{API}:0123456789/*/POST/order"
    said = refusal(lab.client("lambda").add_permission, **params, SourceArn=wanted)
    assert "0123456789/*/*'.\nThis call asks for" in said
    assert "0123456789/*/POST/order', but a create changes nothing" in said


def test_a_secret_is_neither_shown_nor_written_down(lab: Lab) -> None:
    secrets, secret = lab.client("secretsmanager"), lab.name("key")
    run_cell(lab, "secret")
    secrets.create_secret(Name=secret, SecretString="open-sesame")
    run_cell(lab, "secret")
    said = refusal(secrets.create_secret, Name=secret, SecretString="open-barley")
    assert "put_secret_value(" in said
    assert "sesame" not in said
    assert "barley" not in said
    assert "sesame" not in (lab.folder / ".responses.jsonl").read_text()

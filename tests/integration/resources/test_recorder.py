"""What happens to a learner's call: named, tagged and journalled, or refused before it is sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from labkit.aws.embedded import SHARED
from labkit.aws.operations import only_reads
from labkit.errors import Refused
from labkit.lab import Lab
from labkit.resources import runs
from labkit.resources.kinds import KINDS
from tests.support import samples, shared_samples
from tests.support.census import census
from tests.support.fault_proxy import Lost, Proxy, Seen, first, json_error, proxy_for


@pytest.fixture
def proxy(sandbox: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """Put a fault proxy between labkit and the sandbox."""
    with proxy_for(sandbox["endpoint"]) as running:
        monkeypatch.setenv(SHARED, json.dumps(sandbox | {"endpoint": running.endpoint}))
        yield running


def states(lab: Lab) -> list[tuple[str, str]]:
    """Return kind and state of what the lab's journal does not know to be gone."""
    [journal] = [one for one in runs.unfinished() if one.run.id == lab.run_id]
    return [(item.kind, item.state) for item in journal.open_items()]


def test_tags_go_with_the_create_and_the_learners_own_stay(
    lab: Lab, plain: Callable[[str], Any]
) -> None:
    mine = {"team": "couriers"}
    url = lab.client("sqs").create_queue(QueueName=lab.name("orders"), tags=mine)["QueueUrl"]
    tags = plain("sqs").list_queue_tags(QueueUrl=url)["Tags"]
    assert tags["team"] == "couriers"
    assert tags["labkit:run"] == lab.run_id
    assert tags["labkit:lesson"] == "delivery-queue"
    assert mine == {"team": "couriers"}


def test_tags_as_a_list(lab: Lab, plain: Callable[[str], Any]) -> None:
    mine = [{"Key": "team", "Value": "couriers"}]
    lab.client("iam").create_role(
        RoleName=lab.name("r"), AssumeRolePolicyDocument=shared_samples.TRUST, Tags=mine
    )
    tags = plain("iam").list_role_tags(RoleName=lab.name("r"))["Tags"]
    assert {tag["Key"] for tag in tags} >= {"team", "labkit:run", "labkit:op"}
    assert len(mine) == 1


def test_tags_of_the_wrong_form_stay_botocores_matter(lab: Lab) -> None:
    with pytest.raises(ParamValidationError, match="tags"):
        lab.client("sqs").create_queue(QueueName=lab.name("q"), tags=[{"Key": "a", "Value": "b"}])
    with pytest.raises(ParamValidationError, match="Tags"):
        lab.client("sns").create_topic(Name=lab.name("t"), Tags={"a": "b"})
    assert states(lab) == []


@pytest.mark.parametrize("name", ["orders", "lk-dq-0a1b2c-3d4e5f60-orders"])
def test_a_name_without_the_runs_number_is_refused(
    name: str, lab: Lab, plain: Callable[[str], Any]
) -> None:
    before = census(plain)
    with pytest.raises(Refused, match=r'QueueName=lab\.name\("orders"\)'):
        lab.client("sqs").create_queue(QueueName=name)
    assert census(plain) == before
    assert states(lab) == []


def test_a_create_that_could_not_be_torn_down_is_refused(lab: Lab) -> None:
    with pytest.raises(Refused, match="would not know how to take away"):
        lab.client("dynamodb").create_backup(TableName=lab.name("orders"), BackupName="nightly")


@pytest.mark.parametrize(
    ("service", "method", "parameters", "leaves"),
    [
        ("rds", "delete_db_instance", {"FinalDBSnapshotIdentifier": "last"}, "a last snapshot"),
        ("rds", "delete_db_instance", {"DeleteAutomatedBackups": False}, "automated backups"),
        ("rds", "modify_db_instance", {"NewDBInstanceIdentifier": "new"}, "under a name"),
        ("cloudformation", "delete_stack", {"RetainResources": ["Queue"]}, "told to retain"),
    ],
)
def test_a_deletion_that_leaves_something_behind_is_refused(
    service: str, method: str, parameters: dict[str, Any], leaves: str, lab: Lab
) -> None:
    by = "StackName" if service == "cloudformation" else "DBInstanceIdentifier"
    with pytest.raises(Refused, match=leaves):
        getattr(lab.client(service), method)(**{by: lab.name("it")}, **parameters)


def test_changing_or_deleting_what_is_not_the_runs_is_refused(
    lab: Lab, plain: Callable[[str], Any]
) -> None:
    url = plain("sqs").create_queue(QueueName="somebody-elses")["QueueUrl"]
    sqs = lab.client("sqs")
    try:
        with pytest.raises(Refused, match="somebody-elses was not created in this run"):
            sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "1"})
        with pytest.raises(Refused, match="somebody-elses was not created in this run"):
            sqs.delete_queue(QueueUrl=url)
        assert plain("sqs").get_queue_url(QueueName="somebody-elses")["QueueUrl"] == url
    finally:
        plain("sqs").delete_queue(QueueUrl=url)


def test_the_tags_of_the_teardown_stay(lab: Lab) -> None:
    url = samples.queue(lab)
    with pytest.raises(Refused, match="by which the teardown knows"):
        lab.client("sqs").untag_queue(QueueUrl=url, TagKeys=["labkit:run"])


def test_a_stages_execution_log_goes_with_its_api(lab: Lab, plain: Callable[[str], Any]) -> None:
    group = f"API-Gateway-Execution-Logs_{samples.rest_api(lab)}/prod"
    plain("logs").create_log_group(logGroupName=group)
    report = lab.teardown(progress=False)
    assert report.clean, str(report)
    assert ("log group", group, "gone") in [
        (item.kind, item.name, item.outcome) for item in report.items
    ]


def test_a_parameter_is_overwritten_only_where_it_is_the_runs(lab: Lab) -> None:
    samples.parameter(lab)
    name = f"/shop/{lab.name('other')}"
    with pytest.raises(Refused, match="To create one, leave Overwrite out"):
        lab.client("ssm").put_parameter(Name=name, Value="1", Type="String", Overwrite=True)


def test_adding_to_what_is_not_the_runs_is_refused(lab: Lab, plain: Callable[[str], Any]) -> None:
    api = plain("apigateway").create_rest_api(name="somebody-elses")["id"]
    try:
        with pytest.raises(Refused, match="was not created in this run"):
            lab.client("apigateway").create_deployment(restApiId=api)
    finally:
        plain("apigateway").delete_rest_api(restApiId=api)


def test_a_trigger_for_a_foreign_function_is_refused(lab: Lab) -> None:
    with pytest.raises(Refused, match="Lambda function billing"):
        lab.client("lambda").create_event_source_mapping(
            FunctionName="billing", EventSourceArn="arn:aws:sqs:us-east-1:111122223333:q"
        )


def test_a_presigned_create_is_refused(lab: Lab) -> None:
    with pytest.raises(Refused, match="not signed"):
        lab.client("sqs").generate_presigned_url("create_queue", {"QueueName": lab.name("q")})


def test_a_missing_name_stays_botocores_matter(lab: Lab) -> None:
    with pytest.raises(ParamValidationError, match="QueueName") as caught:
        lab.client("sqs").create_queue()
    assert "nothing was sent" in caught.value.__notes__[0]


def test_a_name_that_is_too_long_for_its_service(lab: Lab) -> None:
    name = lab.name("r") + 60 * "x"
    with pytest.raises(Refused, match="AWS takes 64"):
        lab.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=shared_samples.TRUST)


def test_a_refusal_by_aws_leaves_nothing_on_record(lab: Lab) -> None:
    shared_samples.role(lab)
    with pytest.raises(ClientError) as caught:
        shared_samples.role(lab)
    assert "this cell was probably run before" in caught.value.__notes__[0]
    assert "max retries" not in str(caught.value)
    assert states(lab) == [("IAM role", "live")]


def test_the_same_queue_twice_is_one_item(lab: Lab) -> None:
    assert samples.queue(lab) == samples.queue(lab)
    assert states(lab) == [("SQS queue", "live")]
    assert [item.kind for item in lab.teardown(progress=False).items] == ["SQS queue"]


def test_a_deletion_by_the_learner_is_on_record(lab: Lab) -> None:
    shared_samples.role(lab)
    iam = lab.client("iam")
    iam.delete_role_policy(RoleName=lab.name("role"), PolicyName="grant")
    iam.delete_role(RoleName=lab.name("role"))
    assert states(lab) == [("IAM role", "deleting")]
    assert lab.resources()["state"].tolist() == ["missing"]
    assert lab.teardown(progress=False).clean


def test_nothing_is_created_after_the_teardown(lab: Lab) -> None:
    assert lab.teardown(progress=False).clean
    with pytest.raises(Refused, match="torn down"):
        samples.queue(lab)


def test_a_lost_answer_neither_doubles_nor_leaks(proxy: Proxy, plain: Callable[[str], Any]) -> None:
    """REST API names are not unique: a repeated create would make a second one."""
    before = census(plain)
    lab = Lab("delivery-queue")
    proxy.fault = first(1, "POST", "/restapis", Lost())
    with pytest.raises(Exception, match="onnection") as caught:
        lab.client("apigateway").create_rest_api(name=lab.name("api"))
    assert "Nothing answers" in caught.value.__notes__[0]
    assert len(census(plain) - before) == 1
    assert states(lab) == [("REST API", "maybe")]
    assert lab.resources()["state"].tolist() == ["maybe"]

    report = lab.teardown(progress=False)
    assert report.clean, str(report)
    assert census(plain) == before


def test_reads_are_repeated_and_creates_are_not(proxy: Proxy, lab: Lab) -> None:
    proxied = Lab("delivery-queue", run="new")
    broken = json_error(500, "InternalFailure", "oops")
    proxy.fault = first(1, "GET", "/restapis", broken)
    assert proxied.client("apigateway").get_rest_apis()["items"] == []

    proxy.seen.clear()
    proxy.fault = first(9, "POST", "/restapis", broken)
    with pytest.raises(ClientError):
        proxied.client("apigateway").create_rest_api(name=proxied.name("api"))
    assert [request.method for request in proxy.seen] == ["POST"]
    proxy.fault = lambda _: None
    assert proxied.teardown(progress=False).clean


def test_a_create_that_an_earlier_attempt_made_is_taken_away(
    proxy: Proxy, plain: Callable[[str], Any]
) -> None:
    """The first answer is lost, botocore sends again, and hears that the name is taken."""
    lab = Lab("delivery-queue")
    made: list[Seen] = []

    def lose_first_put(request: Seen) -> Lost | None:
        if "PutParameter" in str(request.headers) and not made:
            made.append(request)
            return Lost()
        return None

    proxy.fault = lose_first_put
    with pytest.raises(ClientError, match="ParameterAlreadyExists"):
        lab.client("ssm").put_parameter(Name=lab.name("limit"), Value="1", Type="String")
    assert states(lab) == [("SSM parameter", "maybe")]
    assert lab.teardown(progress=False).clean
    named = {"Key": "Name", "Option": "Contains", "Values": [lab.name("limit")]}
    assert plain("ssm").describe_parameters(ParameterFilters=[named])["Parameters"] == []


def test_a_throttled_create_is_sent_again(proxy: Proxy) -> None:
    lab = Lab("delivery-queue")
    slow_down = json_error(429, "TooManyRequestsException", "Too Many Requests")
    proxy.fault = first(2, "POST", "/restapis", slow_down)
    lab.client("apigateway").create_rest_api(name=lab.name("api"))
    assert states(lab) == [("REST API", "live")]
    assert lab.teardown(progress=False).clean


def test_a_role_that_lambda_does_not_know_yet_is_waited_for(proxy: Proxy) -> None:
    lab = Lab("delivery-queue")
    not_yet = json_error(
        400,
        "InvalidParameterValueException",
        "The role defined for the function cannot be assumed by Lambda.",
    )
    proxy.fault = first(2, "POST", "/2015-03-31/functions", not_yet)
    samples.function(lab)
    assert ("Lambda function", "live") in states(lab)
    assert lab.teardown(progress=False).clean


def test_a_role_that_step_functions_does_not_know_yet_is_waited_for(proxy: Proxy) -> None:
    lab = Lab("delivery-queue")
    sent: list[Seen] = []

    def not_yet(request: Seen) -> Any:
        if "CreateStateMachine" not in str(request.headers) or len(sent) == 2:
            return None
        sent.append(request)
        text = (
            "Neither the global service principal states.amazonaws.com, nor the regional one is "
            "authorized to assume the provided role."
        )
        return json_error(400, "AccessDeniedException", text)

    proxy.fault = not_yet
    samples.state_machine(lab)
    assert len(sent) == 2
    assert ("state machine", "live") in states(lab)
    assert lab.teardown(progress=False).clean


def test_a_role_that_does_not_trust_lambda_is_not_waited_for(proxy: Proxy) -> None:
    lab = Lab("delivery-queue")
    trust = shared_samples.TRUST.replace("lambda.", "apigateway.")
    role = lab.client("iam").create_role(RoleName=lab.name("role"), AssumeRolePolicyDocument=trust)[
        "Role"
    ]["Arn"]
    refusal = json_error(
        400,
        "InvalidParameterValueException",
        "The role defined for the function cannot be assumed by Lambda.",
    )
    proxy.fault = first(9, "POST", "/2015-03-31/functions", refusal)
    with pytest.raises(ClientError) as caught:
        lab.client("lambda").create_function(
            FunctionName=lab.name("f"),
            Role=role,
            Runtime="python3.13",
            Handler="hello.handler",
            Code=samples.code(lab),
        )
    assert "trust policy" in caught.value.__notes__[0]
    sent = [one for one in proxy.seen if one.path.startswith("/2015-03-31/functions")]
    assert len(sent) == 1
    assert lab.teardown(progress=False).clean


def test_a_throttled_deletion_is_tried_again(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch, plain: Callable[[str], Any]
) -> None:
    from labkit.resources.kinds.apigateway import RestApi

    monkeypatch.setattr(RestApi, "pace_s", 0.1)
    before = census(plain)
    lab = Lab("delivery-queue")
    api = samples.rest_api(lab)
    slow_down = json_error(429, "TooManyRequestsException", "Too Many Requests")
    proxy.fault = first(4, "DELETE", f"/restapis/{api}", slow_down)
    assert lab.teardown(progress=False).clean
    assert census(plain) == before


def test_a_denied_deletion_is_named_and_its_siblings_go(
    proxy: Proxy, plain: Callable[[str], Any]
) -> None:
    before = census(plain)
    lab = Lab("delivery-queue")
    api = samples.rest_api(lab)
    samples.queue(lab)
    denied = json_error(403, "AccessDeniedException", "not authorized to perform DELETE")
    proxy.fault = first(99, "DELETE", f"/restapis/{api}", denied)
    report = lab.teardown(progress=False)
    assert {item.kind: item.outcome for item in report.items} == {
        "REST API": "blocked",
        "SQS queue": "gone",
    }
    assert [left.id for left in report.left] == [api]
    assert not report.clean
    assert "blocked" in repr(report)

    proxy.fault = lambda _: None
    assert lab.teardown(progress=False).clean
    assert census(plain) == before


def test_a_kind_that_cannot_be_listed_is_not_called_clean(proxy: Proxy) -> None:
    lab = Lab("delivery-queue")
    samples.rest_api(lab)
    denied = json_error(403, "AccessDeniedException", "not authorized to perform GET")
    proxy.fault = first(99, "GET", "/restapis", denied)
    report = lab.teardown(progress=False)
    assert not report.clean
    assert "could not be listed" in report.left[0].why
    proxy.fault = lambda _: None
    assert lab.teardown(progress=False).clean


def test_a_second_teardown_only_looks(lab: Lab) -> None:
    sent: list[str] = []
    for kind in KINDS.values():
        events = lab._unrecorded(kind.service).meta.events
        events.register("before-call", lambda model, **_: sent.append(model.name), unique_id="spy")
    samples.queue(lab)
    assert lab.teardown(progress=False).clean
    assert not all(map(only_reads, sent))
    sent.clear()
    assert lab.teardown(progress=False).items == []
    assert sent
    assert all(map(only_reads, sent))

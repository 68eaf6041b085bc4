"""Which service may reach which: SNS, EventBridge, Step Functions and Lambda, with and without."""

from __future__ import annotations

import functools
import json
import time
from typing import Any

import pytest

from tests.sandbox.conftest import BASIC_EXECUTION, wait_for
from tests.sandbox.delivery import Account, error, statement

ECHO = "def handler(event, context): print('got', event)"
SUBSCRIBER = """
import base64, gzip, json
def handler(event, context):
    sent = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    print(sent["logGroup"], [one["message"] for one in sent["logEvents"]])
"""


def permit(account: Account, function: str, service: str, source: str) -> None:
    """Let a service invoke a function on behalf of `source`."""
    account.client("lambda").add_permission(
        FunctionName=function,
        StatementId=account.name("permission"),
        Action="lambda:InvokeFunction",
        Principal=service,
        SourceArn=source,
    )


def open_queue(account: Account, url: str, service: str, source: str) -> None:
    """Let a service send to a queue on behalf of `source`."""
    policy = statement("sqs:SendMessage", account.attribute(url, "QueueArn")) | {
        "Principal": {"Service": service},
        "Condition": {"ArnEquals": {"aws:SourceArn": source}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": policy})
    account.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})


def bodies(account: Account, url: str) -> list[str]:
    """The bodies of what is in a queue; each message stays there."""
    return [message["Body"] for message in account.receive(url)]


def logged(account: Account, function: str, text: str) -> bool:
    """Tell whether a function has logged `text`."""
    group = f"/aws/lambda/{function.rpartition(':')[2]}"
    logs = account.client("logs")
    if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        return False
    return any(text in line for lines in account.log(group).values() for line in lines)


@pytest.mark.contract(22)
def test_sns_sends_only_to_a_queue_that_lets_it(account: Account) -> None:
    topic = account.client("sns").create_topic(Name=account.name("topic"))["TopicArn"]
    (closed, closed_arn), (opened, opened_arn) = account.queue(), account.queue()
    open_queue(account, opened, "sns.amazonaws.com", topic)
    for arn in (closed_arn, opened_arn):
        account.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    account.client("sns").publish(TopicArn=topic, Message="order")
    wait_for(lambda: bodies(account, opened))
    assert bodies(account, closed) == []


@pytest.mark.contract(22)
def test_sns_invokes_only_a_function_that_lets_it(account: Account) -> None:
    topic = account.client("sns").create_topic(Name=account.name("topic"))["TopicArn"]
    closed, opened = account.function_arn(ECHO), account.function_arn(ECHO)
    permit(account, opened, "sns.amazonaws.com", topic)
    permit(account, closed, "sns.amazonaws.com", f"{topic}-other")
    for arn in (closed, opened):
        account.client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    account.client("sns").publish(TopicArn=topic, Message="order")
    wait_for(lambda: logged(account, opened, "order"))
    permit(account, closed, "sns.amazonaws.com", topic)
    account.client("sns").publish(TopicArn=topic, Message="a later one")
    wait_for(lambda: logged(account, closed, "a later one"))
    assert not logged(account, closed, "order")


class Rule:
    """A rule on a bus of its own that matches every event of the tests."""

    def __init__(self, account: Account) -> None:
        self.account, self.events = account, account.client("events")
        self.bus, self.name = account.name("bus"), account.name("rule")
        self.events.create_event_bus(Name=self.bus)
        self.arn = self.events.put_rule(
            Name=self.name, EventBusName=self.bus, EventPattern=json.dumps({"source": ["orders"]})
        )["RuleArn"]

    def targets(self, *targets: dict[str, Any]) -> None:
        """Point the rule at `targets`."""
        numbered = [{"Id": str(number)} | target for number, target in enumerate(targets)]
        self.events.put_targets(Rule=self.name, EventBusName=self.bus, Targets=numbered)

    def happen(self, order: str) -> None:
        """Put one event."""
        entry = {"Source": "orders", "DetailType": "placed", "Detail": json.dumps({"id": order})}
        self.events.put_events(Entries=[entry | {"EventBusName": self.bus}])

    def failed(self) -> float:
        """How many invocations of a target failed."""
        return self.account.metric(
            "AWS/Events", "FailedInvocations", {"RuleName": self.name}, "Sum"
        )


@pytest.mark.contract(22)
def test_eventbridge_sends_only_to_a_queue_that_lets_it(account: Account) -> None:
    rule = Rule(account)
    (closed, closed_arn), (opened, opened_arn) = account.queue(), account.queue()
    open_queue(account, opened, "events.amazonaws.com", rule.arn)
    rule.targets({"Arn": closed_arn}, {"Arn": opened_arn})
    rule.happen("1")
    wait_for(lambda: bodies(account, opened))
    assert bodies(account, closed) == []
    assert rule.failed() == 1


@pytest.mark.contract(22)
def test_eventbridge_invokes_only_a_function_that_lets_it(account: Account) -> None:
    rule = Rule(account)
    closed, opened = account.function_arn(ECHO), account.function_arn(ECHO)
    permit(account, opened, "events.amazonaws.com", rule.arn)
    rule.targets({"Arn": closed}, {"Arn": opened})
    rule.happen("first")
    wait_for(lambda: logged(account, opened, "first"))
    permit(account, closed, "events.amazonaws.com", rule.arn)
    rule.happen("second")
    wait_for(lambda: logged(account, closed, "second"))
    assert not logged(account, closed, "first")


@pytest.mark.contract(22)
def test_eventbridge_publishes_only_to_a_topic_that_lets_it(account: Account) -> None:
    rule, sns = Rule(account), account.client("sns")
    topic = sns.create_topic(Name=account.name("topic"))["TopicArn"]
    url, arn = account.queue()
    open_queue(account, url, "sns.amazonaws.com", topic)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    rule.targets({"Arn": topic})
    rule.happen("first")
    wait_for(lambda: rule.failed() == 1)
    policy = statement("sns:Publish", topic) | {"Principal": {"Service": "events.amazonaws.com"}}
    sns.set_topic_attributes(
        TopicArn=topic,
        AttributeName="Policy",
        AttributeValue=json.dumps({"Version": "2012-10-17", "Statement": policy}),
    )
    rule.happen("second")
    (body,) = wait_for(lambda: bodies(account, url))
    assert "second" in body


@pytest.mark.contract(22)
def test_eventbridge_starts_a_machine_with_a_role_that_may(account: Account) -> None:
    rule, states = Rule(account), account.client("stepfunctions")
    machine = states.create_state_machine(
        name=account.name("machine"),
        roleArn=account.service_role("states.amazonaws.com"),
        definition=json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}),
    )["stateMachineArn"]
    role = account.service_role("events.amazonaws.com")
    rule.targets({"Arn": machine, "RoleArn": role})
    rule.happen("1")
    wait_for(lambda: rule.failed() == 1)
    assert states.list_executions(stateMachineArn=machine)["executions"] == []
    account.allow(role, statement("states:StartExecution", machine))
    rule.happen("2")
    wait_for(lambda: states.list_executions(stateMachineArn=machine)["executions"])


@pytest.mark.contract(22)
def test_a_machine_invokes_a_function_only_if_its_role_may(account: Account) -> None:
    states = account.client("stepfunctions")
    function = account.function_arn("def handler(event, context): return 'done'")
    role = account.service_role("states.amazonaws.com")
    machine = states.create_state_machine(
        name=account.name("machine"),
        roleArn=role,
        definition=json.dumps(
            {"StartAt": "Call", "States": {"Call": {"Type": "Task", "Resource": function,
                                                    "End": True}}}
        ),
    )["stateMachineArn"]  # fmt: skip

    def outcome() -> dict[str, Any]:
        execution = states.start_execution(stateMachineArn=machine)["executionArn"]

        def ended() -> dict[str, Any] | None:
            found: dict[str, Any] = states.describe_execution(executionArn=execution)
            return found if found["status"] != "RUNNING" else None

        end: dict[str, Any] = wait_for(ended)
        return end

    refused = outcome()
    assert (refused["status"], refused["error"]) == ("FAILED", "Lambda.AWSLambdaException")
    account.allow(role, statement("lambda:InvokeFunction", function))
    assert outcome()["output"] == '"done"'


@pytest.mark.contract(22)
def test_a_function_logs_only_if_its_role_may(account: Account) -> None:
    silent = account.function(ECHO, role=account.role())
    heard = account.function(ECHO, role=account.role(BASIC_EXECUTION))
    for name in (silent, heard):
        assert "got" in account.invoke(name).log
    wait_for(lambda: logged(account, heard, "got"))
    groups = account.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{silent}")
    assert groups["logGroups"] == []


@pytest.mark.contract(22)
def test_a_function_calls_aws_with_the_rights_of_its_role(account: Account) -> None:
    url, arn = account.queue()
    code = (
        "import boto3\n"
        "def handler(event, context):\n"
        "    boto3.client('sqs').send_message(QueueUrl=event['url'], MessageBody='hi')\n"
    )
    role = account.role(BASIC_EXECUTION)
    name = account.function(code, role=role)
    refused = account.invoke(name, {"url": url}).payload
    assert refused["errorType"] == "ClientError"
    session = f"assumed-role/{role.rpartition('/')[2]}/{name}"
    assert f"{session} is not authorized to perform: sqs:" in refused["errorMessage"]
    account.allow(role, statement("sqs:SendMessage", arn))
    assert account.invoke(name, {"url": url}).payload is None
    assert bodies(account, url) == ["hi"]


@pytest.mark.contract(22)
def test_logs_reach_only_a_function_that_lets_them(account: Account) -> None:
    logs, group = account.client("logs"), account.name("group")
    function = account.function_arn(SUBSCRIBER)
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="one")
    put = functools.partial(
        logs.put_subscription_filter,
        logGroupName=group,
        filterName="errors",
        filterPattern="ERROR",
        destinationArn=function,
    )
    code, message = error(put)
    assert code == "InvalidParameterException"
    assert message.startswith("Could not execute the lambda function. Make sure you have given ")
    source = f"arn:aws:logs:{account.region}:{account.account}:log-group:{group}:*"
    permit(account, function, "logs.amazonaws.com", source)
    put()
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": text} for text in ("ERROR one", "INFO two")]
    logs.put_log_events(logGroupName=group, logStreamName="one", logEvents=events)
    wait_for(lambda: logged(account, function, f"{group} ['ERROR one']"))


@pytest.mark.contract(22)
def test_a_log_group_has_two_subscriptions_at_most(account: Account) -> None:
    logs, group = account.client("logs"), account.name("group")
    logs.create_log_group(logGroupName=group)
    function = account.function_arn("def handler(event, context):\n    return 1\n")
    source = f"arn:aws:logs:{account.region}:{account.account}:log-group:{group}:*"
    permit(account, function, "logs.amazonaws.com", source)
    put = functools.partial(
        logs.put_subscription_filter, logGroupName=group, filterPattern="", destinationArn=function
    )
    stream = f"arn:aws:kinesis:{account.region}:{account.account}:stream/orders"
    code, text = error(put, filterName="one", destinationArn=stream)
    assert (code, text[:51]) == (
        "InvalidParameterException", "The embedded sandbox sends log events to functions ",
    )  # fmt: skip
    for name in ("one", "two", "two"):
        put(filterName=name)
    assert error(put, filterName="three")[0] == "LimitExceededException"

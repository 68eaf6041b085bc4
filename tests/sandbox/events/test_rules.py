"""SNS filters and EventBridge patterns, transformers, schedules and dead letters."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from tests.sandbox.conftest import wait_for
from tests.sandbox.delivery import Account, error

pytestmark = pytest.mark.contract(28)


def open_queue(account: Account, service: str) -> tuple[str, str]:
    """A queue that takes messages from everything of a service."""
    url, arn = account.queue()
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    account.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return url, arn


def take(account: Account, url: str) -> list[dict[str, Any]]:
    """What a queue holds, with attributes, as soon as it holds something."""

    def received() -> list[dict[str, Any]]:
        answer = account.client("sqs").receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], VisibilityTimeout=0
        )
        found: list[dict[str, Any]] = answer.get("Messages", [])
        return found

    return list(wait_for(received))


class Topic:
    """A topic of a test's own."""

    def __init__(self, account: Account) -> None:
        self.account, self.sns = account, account.client("sns")
        self.arn = self.sns.create_topic(Name=account.name("topic"))["TopicArn"]

    def subscribe(self, queue_arn: str, **attributes: Any) -> str:
        texts = {
            key: value if isinstance(value, str) else json.dumps(value)
            for key, value in attributes.items()
        }
        answer = self.sns.subscribe(
            TopicArn=self.arn, Protocol="sqs", Endpoint=queue_arn, Attributes=texts
        )
        return str(answer["SubscriptionArn"])

    def publish(self, order: str, region: str, amount: int, **more: str) -> None:
        attributes = {
            "region": {"DataType": "String", "StringValue": region},
            "amount": {"DataType": "Number", "StringValue": str(amount)},
        }
        for key, value in more.items():
            attributes[key] = {"DataType": "String", "StringValue": value}
        self.sns.publish(
            TopicArn=self.arn,
            Message=json.dumps({"id": order, "amount": amount}),
            MessageAttributes=attributes,
        )


@pytest.fixture
def topic(account: Account) -> Topic:
    """A topic of this test's own."""
    return Topic(account)


class TestFilterPolicies:
    @pytest.mark.parametrize(
        ("policy", "scope", "orders"),
        [
            ({"region": ["seoul"]}, "MessageAttributes", {"one"}),
            ({"region": ["seoul", "busan"]}, "MessageAttributes", {"one", "two"}),
            ({"region": [{"anything-but": ["seoul"]}]}, "MessageAttributes", {"two"}),
            ({"region": [{"prefix": "bu"}]}, "MessageAttributes", {"two"}),
            ({"amount": [{"numeric": [">=", 20_000]}]}, "MessageAttributes", {"one"}),
            ({"coupon": [{"exists": True}]}, "MessageAttributes", {"two"}),
            (
                {"region": ["seoul"], "amount": [{"numeric": ["<", 100]}]},
                "MessageAttributes",
                set(),
            ),
            ({"amount": [{"numeric": ["<", 100]}]}, "MessageBody", {"two"}),
        ],
    )
    def test_a_queue_gets_what_matches(
        self, account: Account, topic: Topic, policy: Any, scope: str, orders: set[str]
    ) -> None:
        url, arn = open_queue(account, "sns.amazonaws.com")
        topic.subscribe(
            arn, FilterPolicy=policy, FilterPolicyScope=scope, RawMessageDelivery="true"
        )
        everything, everything_arn = open_queue(account, "sns.amazonaws.com")
        topic.subscribe(everything_arn)
        topic.publish("one", "seoul", 25_000)
        topic.publish("two", "busan", 50, coupon="rice")
        wait_for(lambda: len(account.receive(everything)) == 2)
        assert {json.loads(message["Body"])["id"] for message in account.receive(url)} == orders

    @pytest.mark.parametrize(
        "policy", ["region", '{"region": "seoul"}', '{"region": [{"like": "se"}]}']
    )
    def test_unreadable_ones_are_refused(self, account: Account, topic: Topic, policy: str) -> None:
        _, arn = account.queue()
        assert error(topic.subscribe, arn, FilterPolicy=policy)[0] == "InvalidParameter"
        subscription = topic.subscribe(arn)
        code, message = error(
            topic.sns.set_subscription_attributes,
            SubscriptionArn=subscription,
            AttributeName="FilterPolicy",
            AttributeValue=policy,
        )
        assert code == "InvalidParameter"
        assert message.startswith("Invalid parameter: FilterPolicy: ")


class TestTopics:
    def test_an_empty_message(self, topic: Topic) -> None:
        assert error(topic.sns.publish, TopicArn=topic.arn, Message="") == (
            "InvalidParameter",
            "Invalid parameter: Empty message",
        )

    def test_what_a_queue_does_not_take_goes_to_the_subscriptions_dead_letters(
        self, account: Account, topic: Topic
    ) -> None:
        url, dead_arn = open_queue(account, "sns.amazonaws.com")
        _, closed = account.queue()
        topic.subscribe(closed, RedrivePolicy={"deadLetterTargetArn": dead_arn})
        topic.publish("one", "seoul", 25_000)
        (dead,) = take(account, url)
        assert json.loads(json.loads(dead["Body"])["Message"])["id"] == "one"


class Bus:
    """An event bus of a test's own."""

    def __init__(self, account: Account) -> None:
        self.account, self.events = account, account.client("events")
        self.name = account.name("bus")
        self.events.create_event_bus(Name=self.name)

    def rule(self, pattern: Any = None) -> str:
        name = self.account.name("rule")
        text = json.dumps(pattern or {"source": ["delivery"]})
        self.events.put_rule(Name=name, EventBusName=self.name, EventPattern=text)
        return name

    def target(self, rule: str, *targets: Any) -> None:
        numbered = [{"Id": str(number), **one} for number, one in enumerate(targets)]
        self.events.put_targets(Rule=rule, EventBusName=self.name, Targets=numbered)

    def put(self, *details: Any) -> None:
        entries = [
            {
                "EventBusName": self.name,
                "Source": "delivery",
                "DetailType": "OrderPlaced",
                "Detail": json.dumps(detail),
            }
            for detail in details
        ]
        assert self.events.put_events(Entries=entries)["FailedEntryCount"] == 0


@pytest.fixture
def bus(account: Account) -> Bus:
    """An event bus of this test's own."""
    return Bus(account)


ORDERS = (
    {"id": "one", "region": "seoul", "amount": 25_000, "payment": {"status": "failed"}},
    {"id": "two", "region": "busan", "amount": 50, "coupon": "rice", "tags": ["hot", "late"]},
)


class TestPatterns:
    @pytest.mark.parametrize(
        ("detail", "orders"),
        [
            ({"region": ["seoul"]}, {"one"}),
            ({"region": ["seoul", "busan"]}, {"one", "two"}),
            ({"amount": [{"numeric": [">", 100, "<=", 25_000]}]}, {"one"}),
            ({"region": [{"prefix": "bu"}]}, {"two"}),
            ({"region": [{"anything-but": ["busan"]}]}, {"one"}),
            ({"coupon": [{"exists": False}]}, {"one"}),
            ({"payment": {"status": ["failed"]}}, {"one"}),
            ({"tags": ["late"]}, {"two"}),
            ({"region": [{"wildcard": "s*l"}]}, {"one"}),
            ({"$or": [{"amount": [{"numeric": ["<", 100]}]}, {"region": ["jeju"]}]}, {"two"}),
            ({"region": ["seoul"], "coupon": ["rice"]}, set()),
        ],
    )
    def test_a_target_gets_what_matches(
        self, account: Account, bus: Bus, detail: Any, orders: set[str]
    ) -> None:
        url, arn = open_queue(account, "events.amazonaws.com")
        bus.target(bus.rule({"source": ["delivery"], "detail": detail}), {"Arn": arn})
        everything, everything_arn = open_queue(account, "events.amazonaws.com")
        bus.target(bus.rule(), {"Arn": everything_arn})
        bus.put(*ORDERS)
        wait_for(lambda: len(account.receive(everything)) == 2)
        found = {json.loads(message["Body"])["detail"]["id"] for message in account.receive(url)}
        assert found == orders

    @pytest.mark.parametrize(
        "pattern", ["delivery", '{"source": "delivery"}', '{"source": [{"like": "de"}]}']
    )
    def test_unreadable_ones_are_refused(self, bus: Bus, pattern: str) -> None:
        code, _ = error(bus.events.put_rule, Name="rule", EventPattern=pattern)
        assert code == "InvalidEventPatternException"


class TestTargets:
    def test_an_input_transformer(self, account: Account, bus: Bus) -> None:
        url, arn = open_queue(account, "events.amazonaws.com")
        transformer = {
            "InputPathsMap": {"order": "$.detail.id", "won": "$.detail.amount"},
            "InputTemplate": '{"order": <order>, "text": "<order> costs <won> won"}',
        }
        bus.target(bus.rule(), {"Arn": arn, "InputTransformer": transformer})
        bus.put(ORDERS[0])
        (message,) = take(account, url)
        assert json.loads(message["Body"]) == {"order": "one", "text": "one costs 25000 won"}

    @pytest.mark.parametrize("exists", [True, False])
    def test_what_it_does_not_take_goes_to_the_dead_letters(
        self, account: Account, bus: Bus, exists: bool
    ) -> None:
        url, dead_arn = open_queue(account, "events.amazonaws.com")
        _, arn = account.queue()
        arn = arn if exists else f"{arn}-no-more"
        rule = bus.rule()
        bus.target(rule, {"Arn": arn, "DeadLetterConfig": {"Arn": dead_arn}})
        bus.put(ORDERS[0])
        (dead,) = take(account, url)
        assert json.loads(dead["Body"])["detail"]["id"] == "one"
        why = {name: one["StringValue"] for name, one in dead["MessageAttributes"].items()}
        assert why["ERROR_CODE"] == ("NO_PERMISSIONS" if exists else "NO_RESOURCE")
        assert why["TARGET_ARN"] == arn
        assert why["RULE_ARN"].endswith(rule)

    def test_five_at_the_most(self, account: Account, bus: Bus) -> None:
        _, arn = account.queue()
        rule = bus.rule()
        bus.target(rule, *[{"Arn": arn}] * 5)
        code, _ = error(
            bus.events.put_targets,
            Rule=rule,
            EventBusName=bus.name,
            Targets=[{"Id": "sixth", "Arn": arn}],
        )
        assert code == "LimitExceededException"

    def test_a_rule_goes_after_them(self, account: Account, bus: Bus) -> None:
        _, arn = account.queue()
        rule = bus.rule()
        bus.target(rule, {"Arn": arn})
        where = {"EventBusName": bus.name}
        assert error(bus.events.delete_rule, Name=rule, **where) == (
            "ValidationException",
            "Rule can't be deleted since it has targets.",
        )
        bus.events.remove_targets(Rule=rule, Ids=["0"], **where)
        bus.events.delete_rule(Name=rule, **where)


class TestEvents:
    def test_only_the_bad_ones_fail(self, account: Account) -> None:
        good = {"Source": "delivery", "DetailType": "OrderPlaced", "Detail": "{}"}
        answer = account.client("events").put_events(
            Entries=[
                good | {"Detail": "not JSON"},
                good,
                {"Source": "delivery", "Detail": "{}"},
                good | {"Source": "aws.delivery"},
            ]
        )
        assert answer["FailedEntryCount"] == 3
        assert [entry.get("ErrorCode") for entry in answer["Entries"]] == [
            "MalformedDetail",
            None,
            "InvalidArgument",
            "NotAuthorizedForSourceException",
        ]


class TestSchedules:
    @pytest.mark.parametrize("schedule", ["rate(1 minute)", "rate(2 days)", "cron(0 12 * * ? *)"])
    def test_taken(self, account: Account, schedule: str) -> None:
        events, name = account.client("events"), account.name("rule")
        events.put_rule(Name=name, ScheduleExpression=schedule)
        events.delete_rule(Name=name)

    @pytest.mark.parametrize(
        "schedule", ["rate(1 minutes)", "rate(2 minute)", "rate(0 minutes)", "cron(0 12 * * * *)"]
    )
    def test_refused(self, account: Account, schedule: str) -> None:
        assert error(
            account.client("events").put_rule, Name="rule", ScheduleExpression=schedule
        ) == ("ValidationException", "Parameter ScheduleExpression is not valid.")

    def test_a_rule_goes_by_a_schedule_or_a_pattern(self, account: Account) -> None:
        assert error(account.client("events").put_rule, Name="rule") == (
            "ValidationException",
            "Parameter(s) EventPattern or ScheduleExpression must be specified.",
        )

    def test_dead_letters_go_to_a_queue(self, account: Account) -> None:
        _, arn = account.queue()
        topic = f"arn:aws:sns:{account.region}:{account.account}:topic"
        code, text = error(
            account.client("scheduler").create_schedule,
            Name=account.name("schedule"),
            ScheduleExpression="rate(1 day)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={
                "Arn": arn,
                "RoleArn": account.role(service="scheduler.amazonaws.com"),
                "DeadLetterConfig": {"Arn": topic},
            },
        )
        assert (code, "target.deadLetterConfig.arn" in text) == ("ValidationException", True)

    def test_only_on_the_default_bus(self, bus: Bus) -> None:
        code, _ = error(
            bus.events.put_rule,
            Name="rule",
            EventBusName=bus.name,
            ScheduleExpression="rate(1 minute)",
        )
        assert code == "ValidationException"

    def test_one_that_is_due_is_sent(self, account: Account) -> None:
        url, arn = account.queue()
        send = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn}
        role = account.role(service="scheduler.amazonaws.com", policy=send)
        soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
        account.client("scheduler").create_schedule(
            Name=account.name("schedule"),
            ScheduleExpression=soon.strftime("at(%Y-%m-%dT%H:%M:%S)"),
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": arn, "RoleArn": role, "Input": "open the kitchen"},
        )
        found = wait_for(lambda: account.receive(url), seconds=25)
        assert found[0]["Body"] == "open the kitchen"

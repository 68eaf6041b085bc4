"""What EventBridge refuses of targets and of events, in AWS's words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.conftest import Aws
from tests.sandbox.delivery import Account, error

pytestmark = pytest.mark.contract(28)

FUNCTION = "arn:aws:lambda:ap-northeast-2:111122223333:function:cook"
WHOLE = {
    "account": "111122223333", "detail": {"region": "seoul"}, "detail-type": "order.accepted",
    "id": "1", "region": "ap-northeast-2", "source": "delivery", "time": "2026-03-06T09:30:00Z",
}  # fmt: skip


@pytest.fixture
def events(aws: Aws) -> Any:
    """A client of EventBridge."""
    return Account.of(aws).client("events")


@pytest.fixture
def rule(events: Any, aws: Aws) -> str:
    """A rule without targets."""
    name = aws.name("rule")
    events.put_rule(Name=name, EventPattern='{"source": ["delivery"]}')
    return name


@pytest.mark.parametrize(
    ("target", "says"),
    [
        (
            {"Id": "!@#$"},
            "1 validation error detected: Value '!@#$' at 'targets.1.member.id' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+",
        ),
        ({"Input": "{}", "InputPath": "$"}, "Only one of Input, InputPath, or InputTransformer"),
        ({"InputTransformer": {"InputTemplate": '"<where>"'}}, "where"),
        ({"Arn": "arn:aws:sqs:ap-northeast-2:111122223333:orders.fifo"}, "SqsParameters must be"),
    ],
)
def test_a_target(events: Any, rule: str, target: dict[str, Any], says: str) -> None:
    given = {"Id": "one", "Arn": FUNCTION} | target
    code, text = error(events.put_targets, Rule=rule, Targets=[given])
    assert code == "ValidationException"
    assert says in text


def test_entries_that_are_too_large_together(events: Any) -> None:
    def entry(size: int) -> dict[str, str]:
        detail = json.dumps({"text": "x" * size})
        return {"Source": "delivery", "DetailType": "order.accepted", "Detail": detail}

    assert events.put_events(Entries=[entry(110_000)] * 9)["FailedEntryCount"] == 0
    assert error(events.put_events, Entries=[entry(120_000)] * 9) == (
        "ValidationException",
        "Total size of the entries in the request is over the limit.",
    )


class TestTriedPatterns:
    PATTERN = '{"detail": {"region": ["seoul"]}}'

    def test_with_a_whole_event(self, events: Any) -> None:
        answer = events.test_event_pattern(EventPattern=self.PATTERN, Event=json.dumps(WHOLE))
        assert answer["Result"] is True

    @pytest.mark.parametrize("missing", sorted(WHOLE.keys() - {"detail"}))
    def test_with_less_than_one(self, events: Any, missing: str) -> None:
        less = {name: WHOLE[name] for name in WHOLE if name != missing}
        tried = {"EventPattern": self.PATTERN, "Event": json.dumps(less)}
        assert error(events.test_event_pattern, **tried) == (
            "ValidationException",
            "Parameter Event is not valid.",
        )


NAME = (
    "1 validation error detected: Value '{}' at 'name' failed to satisfy constraint: Member must "
)


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"Name": "a b"}, NAME.format("a b")
         + "satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+"),
        ({"Name": "x" * 65}, NAME.format("x" * 65) + "have length less than or equal to 64"),
        ({"State": "PAUSED"}, "1 validation error detected: Value 'PAUSED' at 'state' failed to "
         "satisfy constraint: Member must satisfy enum value set: [ENABLED, DISABLED, "
         "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS]"),
    ],
)  # fmt: skip
def test_a_rule_is_held_to_the_model(events: Any, wrong: dict[str, Any], text: str) -> None:
    request = {"Name": "rule", "EventPattern": '{"source": ["delivery"]}'} | wrong
    assert error(events.put_rule, **request) == ("ValidationException", text)


def test_no_bus_of_ones_own_has_a_slash(events: Any) -> None:
    code, text = error(events.create_event_bus, Name="orders/new")
    assert (code, text) == (
        "ValidationException", "The name of a custom event bus has no /: orders/new",
    )  # fmt: skip


class TestSchedules:
    @pytest.mark.parametrize(
        ("wrong", "text"),
        [
            ({"State": "PAUSED"}, "1 validation error detected: Value 'PAUSED' at 'state' failed "
             "to satisfy constraint: Member must satisfy enum value set: [ENABLED, DISABLED]"),
            ({"Name": "a b"}, "1 validation error detected: Value 'a b' at 'name' failed to "
             "satisfy constraint: Member must satisfy regular expression pattern: "
             "^[0-9a-zA-Z-_.]+$"),
            ({"Arn": "arn:aws:scheduler:::aws-sdk:sqs:nope"}, "The embedded sandbox has no such "
             "target: arn:aws:scheduler:::aws-sdk:sqs:nope. Nothing was done."),
        ],
    )  # fmt: skip
    def test_is_held_to_the_model(self, aws: Aws, wrong: dict[str, Any], text: str) -> None:
        role = aws.role(service="scheduler.amazonaws.com")
        arn = wrong.get("Arn", "arn:aws:scheduler:::aws-sdk:sqs:sendMessage")
        request = {
            "Name": aws.name("schedule"),
            "ScheduleExpression": "rate(1 hour)",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {"Arn": arn, "RoleArn": role, "Input": "{}"},
        } | {name: value for name, value in wrong.items() if name != "Arn"}
        client = Account.of(aws).client("scheduler")
        assert error(client.create_schedule, **request) == ("ValidationException", text)

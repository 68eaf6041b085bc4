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

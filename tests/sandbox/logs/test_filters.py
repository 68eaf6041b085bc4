"""FilterLogEvents matches as CloudWatch Logs' "Filter pattern syntax" says."""

from __future__ import annotations

import time

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.conftest import Aws
from tests.sandbox.delivery import error

MESSAGES = {
    "plain": "ERROR the card was refused",
    "retry": "ERROR timeout, one more retry",
    "lower": "error in small letters",
    "order": '{"event": "order.received", "orderId": "ord-1", "total": 18000, "paid": true}',
    "other": '{"event": "order.failed", "orderId": "ord-2", "total": 9000, "paid": false}',
    "items": '{"event": "menu", "items": [{"menu": "김치찌개"}], "note": null}',
}


@pytest.fixture(scope="module")
def group(aws: Aws) -> str:
    logs, name = aws.client("logs"), aws.name("group")
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=name, logStreamName="one")
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": text} for text in MESSAGES.values()]
    logs.put_log_events(logGroupName=name, logStreamName="one", logEvents=events)
    return name


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", set(MESSAGES)),
        ("ERROR", {"plain", "retry"}),
        ("ERROR -retry", {"plain"}),
        ("?refused ?timeout", {"plain", "retry"}),
        ('"card was"', {"plain"}),
        ("%[Ee]rror|timeout,%", {"retry", "lower"}),
        ("ERROR -%re[tr]+y%", {"plain"}),
        ('{ $.orderId = "ord-1" }', {"order"}),
        ("{ $.orderId = %^ord-[23]$% }", {"other"}),
        ("{ $.event != %failed|menu% }", {"order"}),
        ('{ $.event = "order.*" }', {"order", "other"}),
        ('{ $.event != "menu" }', {"order", "other"}),
        ("{ $.total >= 18000 }", {"order"}),
        ('{ $.total < 18000 && $.event = "order.failed" }', {"other"}),
        ('{ ($.total = 9000) || ($.items[0].menu = "김치찌개") }', {"other", "items"}),
        ("{ $.paid IS TRUE }", {"order"}),
        ("{ $.note IS NULL }", {"items"}),
        ("{ $.total NOT EXISTS }", {"items"}),
    ],
)
def test_a_pattern_finds_what_aws_finds(
    aws: Aws, group: str, pattern: str, expected: set[str]
) -> None:
    found = aws.client("logs").filter_log_events(logGroupName=group, filterPattern=pattern)

    texts = {event["message"] for event in found["events"]}
    assert texts == {MESSAGES[name] for name in expected}


@pytest.mark.parametrize("pattern", ["{ $.total > }", "{ $.total = 1", "{ total = 1 }", "[ip, *]"])
def test_a_pattern_that_cannot_be_read_is_refused(aws: Aws, group: str, pattern: str) -> None:
    with pytest.raises(ClientError) as refused:
        aws.client("logs").filter_log_events(logGroupName=group, filterPattern=pattern)

    assert refused.value.response["Error"]["Code"] == "InvalidParameterException"


@pytest.mark.parametrize(
    ("pattern", "characters"),
    [
        ("user@example", "@"),
        ("Status: timeout", ":"),
        ("ERROR && WARN", "&&"),
        ("level=ERROR", "="),
        ("$.total = 1", "$."),
        ('"card was', '"'),
        ("%(re)try%", "("),
        ("%one more%", " "),
    ],
)
def test_a_term_with_other_characters_has_to_be_quoted(
    aws: Aws, group: str, pattern: str, characters: str
) -> None:
    assert error(
        aws.client("logs").filter_log_events, logGroupName=group, filterPattern=pattern
    ) == (
        "InvalidParameterException",
        f"Invalid character(s) in term '{characters}'",
    )


def test_a_pattern_is_tried_on_messages(aws: Aws) -> None:
    logs = aws.client("logs")
    answer = logs.test_metric_filter(
        filterPattern="{ $.total > 10000 && $.paid IS TRUE }",
        logEventMessages=list(MESSAGES.values()),
    )
    assert answer["matches"] == [
        {
            "eventNumber": 4,
            "eventMessage": MESSAGES["order"],
            "extractedValues": {"$.total": "18000", "$.paid": "true"},
        }
    ]

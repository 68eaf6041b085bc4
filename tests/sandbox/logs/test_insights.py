"""Logs Insights, metric filters and paging, through boto3 alone."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.sandbox.conftest import wait_for
from tests.sandbox.delivery import Account, error

pytestmark = pytest.mark.contract(23)

ORDERS = (
    {"level": "INFO", "order": {"id": "ord-1", "krw": 10000}, "shop": "a", "ms": 10},
    {"level": "INFO", "order": {"id": "ord-2", "krw": 25000}, "shop": "b", "ms": 20},
    {"level": "ERROR", "order": {"id": "ord-3", "krw": 30000}, "shop": "a", "ms": 300},
    {"level": "INFO", "order": {"id": "ord-4", "krw": 5000}, "shop": "b", "ms": 40},
)
MINUTE = 60_000


def group_with(account: Account, events: list[tuple[int, str]]) -> str:
    """Create a log group with events: their times in ms, and messages."""
    logs, name = account.client("logs"), account.name("group")
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=name, logStreamName="one")
    logs.put_log_events(
        logGroupName=name,
        logStreamName="one",
        logEvents=[{"timestamp": at, "message": text} for at, text in events],
    )
    return name


@pytest.fixture(scope="module")
def start() -> int:
    """The beginning of an earlier minute, in ms."""
    return int(time.time() * 1000) // MINUTE * MINUTE - 5 * MINUTE


@pytest.fixture(scope="module")
def group(account: Account, start: int) -> str:
    """Orders in two minutes, and one line of text."""
    lines = [json.dumps(order) for order in ORDERS]
    times = [start, start + 1000, start + MINUTE, start + MINUTE + 1000]
    text = "user=kim took=12.5 ms, total 3"
    return group_with(account, [*zip(times, lines, strict=True), (start + MINUTE + 2000, text)])


def ask(account: Account, group: str, query: str, **more: Any) -> list[dict[str, str]]:
    """Run a query over the last hour; return its rows, without the pointer."""
    logs, now = account.client("logs"), int(time.time())
    query_id = logs.start_query(
        logGroupName=group, startTime=now - 3600, endTime=now + 60, queryString=query, **more
    )["queryId"]

    def ended() -> Any:
        answer = logs.get_query_results(queryId=query_id)
        return answer if answer["status"] == "Complete" else None

    rows = wait_for(ended)["results"]
    return [
        {cell["field"]: cell["value"] for cell in row if cell["field"] != "@ptr"} for row in rows
    ]


def column(account: Account, group: str, query: str) -> list[Any]:
    """Return the values of a query's only column, rows in order."""
    return [next(iter(row.values()), None) for row in ask(account, group, query)]


def test_without_a_command_the_newest_comes_first(account: Account, group: str) -> None:
    rows = ask(account, group, "fields @timestamp, @message")
    assert [set(row) for row in rows] == [{"@timestamp", "@message"}] * 5
    assert rows[0]["@message"].startswith("user=kim")
    assert rows[0]["@timestamp"] > rows[-1]["@timestamp"]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ('filter level = "ERROR"', ["ord-3"]),
        ("filter level != 'INFO' and ispresent(level)", ["ord-3"]),
        ("filter order.krw > 10000", ["ord-2", "ord-3"]),
        ("filter order.krw >= 10000 and shop = 'a'", ["ord-1", "ord-3"]),
        ("filter (shop = 'a' or ms > 30) and not level = 'ERROR'", ["ord-1", "ord-4"]),
        ("filter order.id in ['ord-2', 'ord-4']", ["ord-2", "ord-4"]),
        ("filter ispresent(shop) and shop not in ['a']", ["ord-2", "ord-4"]),
        ("filter order.id like /ord-[13]/", ["ord-1", "ord-3"]),
        ("filter order.id like /ORD-1/i", ["ord-1"]),
        ("filter order.id =~ /4$/", ["ord-4"]),
        ("filter order.id like 'd-2'", ["ord-2"]),
        ("filter order.id not like 'd-2' and shop = 'b'", ["ord-4"]),
        ("filter @message like /ERROR|ord-4/", ["ord-3", "ord-4"]),
        ("filter ms * 2 = 20 or ms / 2 = 10", ["ord-1", "ord-2"]),
        ("filter strlen(level) = 5", ["ord-3"]),
        ("filter tolower(level) = 'error'", ["ord-3"]),
        ("filter greatest(0, 0 - ms) = 0 and least(0, ms) = 0 and ms > 20", ["ord-3", "ord-4"]),
        ("filter sqrt(20 - ms) >= 0", ["ord-1", "ord-2"]),
        ("# a comment\nfilter level = 'INFO'\n| filter shop = 'b'", ["ord-2", "ord-4"]),
    ],
)
def test_filter(account: Account, group: str, query: str, ids: list[str]) -> None:
    found = column(account, group, f"{query} | sort order.id asc | display order.id")
    assert found == ids


@pytest.mark.parametrize(
    ("stats", "rows"),
    [
        ("count(*) as n", [{"n": "5"}]),
        ("count(*)", [{"count(*)": "5"}]),
        ("count(level) as n, count_distinct(shop) as shops", [{"n": "4", "shops": "2"}]),
        ("avg(ms) as m, min(ms) as low, max(ms) as high, sum(ms) as s",
         [{"m": "92.5", "low": "10", "high": "300", "s": "370"}]),
        ("pct(ms, 50) as p50, median(ms) as m", [{"p50": "30", "m": "30"}]),
        ("sum(order.krw) / count(order.krw) as mean", [{"mean": "17500"}]),
        ("count(order.id) as n by shop | filter ispresent(shop) | sort shop",
         [{"shop": "a", "n": "2"}, {"shop": "b", "n": "2"}]),
        ("latest(order.id) as last, earliest(order.id) as first",
         [{"last": "ord-4", "first": "ord-1"}]),
        ("max(ms) as m by shop | sort m desc | limit 1", [{"shop": "a", "m": "300"}]),
    ],
)  # fmt: skip
def test_stats(account: Account, group: str, stats: str, rows: list[dict[str, str]]) -> None:
    assert ask(account, group, f"stats {stats}") == rows


def test_bin(account: Account, group: str, start: int) -> None:
    rows = ask(account, group, "stats count(*) as n by bin(1m) as minute | sort minute")
    times = [time.strftime("%Y-%m-%d %H:%M:%S.000", time.gmtime((start + m) / 1000))
             for m in (0, MINUTE)]  # fmt: skip
    assert rows == [{"minute": times[0], "n": "2"}, {"minute": times[1], "n": "3"}]
    whole = ask(account, group, "stats count(*) by bin(1h)")
    assert sum(int(row["count(*)"]) for row in whole) == 5
    assert set(whole[0]) == {"bin(1h)", "count(*)"}


@pytest.mark.parametrize(
    "parse",
    [
        'parse @message "user=* took=* ms, total *" as user, took, total',
        "parse @message /user=(?<user>\\S+) took=(?<took>[\\d.]+) ms, total (?<total>\\d+)/",
    ],
)
def test_parse(account: Account, group: str, parse: str) -> None:
    query = f"{parse} | filter ispresent(user) | display user, took * 2 as twice, total"
    assert ask(account, group, query) == [{"user": "kim", "twice": "25", "total": "3"}]


def test_a_function_of_what_it_cannot_take_has_no_value(account: Account, group: str) -> None:
    query = "fields substr(level, 'x') as a, fromMillis(10 ^ 30) as b, sqrt(0 - 1) as c, 1 as d"
    assert ask(account, group, f"{query} | limit 1") == [{"d": "1"}]


def test_sort_limit_and_dedup(account: Account, group: str) -> None:
    assert column(account, group, "sort ms desc | limit 2 | display ms") == ["300", "40"]
    once = "fields ms | filter ispresent(shop) | sort ms | dedup shop"
    assert column(account, group, once) == ["10", "20"]
    assert column(account, group, f"{once} | limit 1") == ["10"]
    assert len(ask(account, group, "fields @message | dedup shop")) == 3  # nothing is no duplicate
    assert len(ask(account, group, "fields @message", limit=3)) == 3


@pytest.mark.parametrize(
    "query",
    ["nonsense @message", "filter level =", "stats ms", "limit none", "filter @message like /(/",
     "stats avg(ms, 2)", "parse @message 'a*b' as x, y", "fields unknown(@message)",
     "fields strlen()", "fields now(1)", "fields bin()", "stats pct(ms, 200)", "stats pct(ms, 'x')",
     "dedup shop | sort ms", "stats max(ms) - ms", "fields bin(2mo)", "filter ms = 1 2"],
)  # fmt: skip
def test_a_malformed_query_is_refused(account: Account, group: str, query: str) -> None:
    logs = account.client("logs")
    given = {"logGroupName": group, "startTime": 0, "endTime": 1, "queryString": query}
    assert error(logs.start_query, **given)[0] == "MalformedQueryException"


@pytest.mark.parametrize(
    "query",
    ["pattern @message", "fields unmask(@message)", "unmask @message", "diff", "anomaly",
     "filterIndex level = 'ERROR'", "SOURCE 'a' | limit 1"],
)  # fmt: skip
def test_what_the_sandbox_does_not_know_is_refused_by_name(
    account: Account, group: str, query: str
) -> None:
    logs = account.client("logs")
    given = {"logGroupName": group, "startTime": 0, "endTime": 1, "queryString": query}
    code, message = error(logs.start_query, **given)
    assert code == "MalformedQueryException"
    assert query.split("(", 1)[0].split()[-1 if "(" in query else 0] in message


@pytest.mark.parametrize("language", ["SQL", "PPL"])
def test_another_language_is_refused(account: Account, group: str, language: str) -> None:
    given = {"logGroupName": group, "startTime": 0, "endTime": 1, "queryString": "SELECT 1"}
    code, message = error(account.client("logs").start_query, **given, queryLanguage=language)
    assert code == "InvalidParameterException"
    assert language in message


def test_an_unknown_group_is_refused(account: Account) -> None:
    given = {"logGroupName": "none", "startTime": 0, "endTime": 1, "queryString": "limit 1"}
    assert error(account.client("logs").start_query, **given)[0] == "ResourceNotFoundException"


def test_the_fields_of_a_function(account: Account) -> None:
    name = account.function(
        "import json\ndef handler(event, context): print('saw', json.dumps({'n': event['n']}))"
    )
    for n in (1, 2):
        account.invoke(name, {"n": n})
    group = f"/aws/lambda/{name}"
    reports = ask(
        account,
        group,
        "filter @type = 'REPORT' | fields @requestId, @duration, @billedDuration, @initDuration, "
        "@maxMemoryUsed / 1000000 as used, @memorySize / 1000000 as size",
    )
    assert len({row["@requestId"] for row in reports}) == 2
    assert {row["size"] for row in reports} == {"128"}
    assert all(float(row["@duration"]) > 0 for row in reports)
    assert sorted("@initDuration" in row for row in reports) == [False, True]
    assert column(account, group, "filter ispresent(n) | sort n | display n") == ["1", "2"]
    cold = "filter @type = 'REPORT' | stats sum(strcontains(@message, 'Init Duration')) as cold"
    assert ask(account, group, cold) == [{"cold": "1"}]


class TestMetricFilters:
    @pytest.fixture
    def name(self, account: Account) -> str:
        """A log group with a stream."""
        return group_with(account, [(int(time.time() * 1000), "before the filter: ERROR")])

    def put(self, account: Account, group: str, pattern: str, **transformation: Any) -> str:
        """Put a filter; return the namespace of its metric."""
        space = account.name("space")
        account.client("logs").put_metric_filter(
            logGroupName=group, filterName="filter", filterPattern=pattern,
            metricTransformations=[
                {"metricNamespace": space, "metricName": "m", "metricValue": "1"} | transformation
            ],
        )  # fmt: skip
        return space

    def log(self, account: Account, group: str, *messages: str) -> None:
        """Put messages into the stream."""
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": message} for message in messages]
        account.client("logs").put_log_events(
            logGroupName=group, logStreamName="one", logEvents=events
        )

    def test_matching_events_count(self, account: Account, name: str) -> None:
        space = self.put(account, name, "ERROR", defaultValue=0)
        self.log(account, name, "ERROR one", "INFO", "ERROR two")
        self.log(account, name, "INFO")
        assert account.metric(space, "m", {}, "Sum") == 2
        assert account.metric(space, "m", {}, "SampleCount") == 3

    def test_a_value_and_a_dimension_from_json(self, account: Account, name: str) -> None:
        space = self.put(
            account, name, "{ $.krw > 0 }", metricValue="$.krw", dimensions={"shop": "$.shop"}
        )
        for shop, krw in (("a", 10), ("a", 20), ("b", 5)):
            self.log(account, name, json.dumps({"shop": shop, "krw": krw}))
        self.log(account, name, json.dumps({"krw": 99}))
        assert account.metric(space, "m", {"shop": "a"}, "Sum") == 30
        assert account.metric(space, "m", {"shop": "b"}, "Maximum") == 5

    def test_a_functions_log(self, account: Account) -> None:
        function = account.function("def handler(event, context): print('order', event['id'])")
        account.invoke(function, {"id": 0})
        group = f"/aws/lambda/{function}"
        wait_for(lambda: account.log(group))
        space = self.put(account, group, "order")
        account.invoke(function, {"id": 1})
        wait_for(lambda: account.metric(space, "m", {}, "Sum") == 1)

    def test_a_deleted_filter_counts_no_more(self, account: Account, name: str) -> None:
        space = self.put(account, name, "ERROR")
        account.client("logs").delete_metric_filter(logGroupName=name, filterName="filter")
        self.log(account, name, "ERROR")
        assert account.metric(space, "m", {}, "SampleCount") == 0

    def test_a_pattern_that_cannot_be_matched_is_refused(self, account: Account, name: str) -> None:
        code, _ = error(self.put, account, name, "{ $.a = }")
        assert code == "InvalidParameterException"


def test_filter_log_events_goes_on_where_the_page_ended(account: Account) -> None:
    now = int(time.time() * 1000)
    events = [(now + number // 4, f"event {number}") for number in range(10_003)]
    logs, name = account.client("logs"), group_with(account, events[:9_000])
    logs.put_log_events(
        logGroupName=name,
        logStreamName="one",
        logEvents=[{"timestamp": at, "message": text} for at, text in events[9_000:]],
    )
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=name)
    sizes, seen = [], []
    for page in pages:
        sizes.append(len(page["events"]))
        seen += [event["message"] for event in page["events"]]
    assert sizes == [10_000, 3]
    assert seen == [text for _, text in events]
    small = logs.get_paginator("filter_log_events").paginate(
        logGroupName=name, limit=3, endTime=now + 2
    )
    assert [e["message"] for page in small for e in page["events"]] == [t for _, t in events[:12]]
    assert error(logs.filter_log_events, logGroupName=name, nextToken="bad")[0] == (
        "InvalidParameterException"
    )

"""The sample queries of AWS's own pages on Logs Insights, over logs that they are meant for."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.sandbox.conftest import Aws
from tests.sandbox.delivery import Account
from tests.sandbox.logs.test_insights import ask, group_with

pytestmark = pytest.mark.contract(23)

FLOWS = (
    {"srcAddr": "192.0.2.7", "dstAddr": "198.51.100.1", "packets": 5, "bytes": 500, "protocol": 6},
    {"srcAddr": "192.0.2.9", "dstAddr": "198.51.100.2", "packets": 9, "bytes": 90, "protocol": 17},
    {"srcAddr": "203.0.113.4", "dstAddr": "198.51.100.1", "packets": 1, "bytes": 7, "protocol": 17},
    {"srcAddr": "2001:db8::1", "dstAddr": "198.51.100.1", "logStatus": "SKIPDATA", "bytes": 1},
)
QUERIES = (
    {"queryType": "A", "resolverIp": "192.0.2.1", "responseCode": "NOERROR", "queryName": "a."},
    {"queryType": "A", "resolverIp": "192.0.2.1", "responseCode": "SERVFAIL", "queryName": "b."},
    {"queryType": "MX", "resolverIp": "192.0.2.2", "responseCode": "SERVFAIL", "queryName": "b."},
)
TRAIL = (
    {
        "eventSource": "iam.amazonaws.com", "eventName": "CreateUser", "awsRegion": "us-east-1",
        "requestParameters": {"userName": "kim"},
        "responseElements": {"user": {"arn": "arn:aws:iam::111122223333:user/kim"}},
    },
    {
        "eventSource": "cloudtrail.amazonaws.com", "eventName": "UpdateTrail",
        "awsRegion": "us-east-1", "errorCode": "AccessDenied", "errorMessage": "no",
        "tlsDetails": {"tlsVersion": "TLSv1"}, "userIdentity": {"sessionContext": {
            "attributes": {"mfaAuthenticated": "false"}}},
    },
    {"eventSource": "ec2.amazonaws.com", "eventName": "StopInstances", "region": "us-east-2"},
)  # fmt: skip
LINES = (
    "user=kim, method:GET, latency := 10",
    "user=lee, method:PUT, latency := 30",
    "user=kim, method:GET, latency := 20",
    "25 May 2019 10:24:39,474 [ERROR] {foo=2, bar=data} The error was: DataIntegrityException",
)
REPORT = (
    "REPORT RequestId: 00000000-0000-4000-8000-00000000000{n}\tDuration: {ms} ms\t"
    "Billed Duration: {ms} ms\tMemory Size: 128 MB\tMax Memory Used: {mb} MB\t\n"
)

ERROR = {"level": "ERROR", "config": "{foo=2, bar=data}", "exception": "DataIntegrityException"}

Row = dict[str, str]


@pytest.fixture(scope="module")
def account(aws: Aws) -> Account:
    """The account to test with."""
    return Account(aws.endpoint, aws.account, aws.region, aws.secret)


@pytest.fixture(scope="module")
def now() -> int:
    """The beginning of this minute, in ms."""
    return int(time.time()) // 60 * 60_000


@pytest.fixture(scope="module")
def groups(account: Account, now: int) -> dict[str, str]:
    """A log group for each kind of log."""
    reports = [
        REPORT.format(n=n, ms=ms, mb=mb) for n, (ms, mb) in enumerate([(100, 40), (300, 60)])
    ]
    texts: dict[str, tuple[str, ...]] = {
        "flows": tuple(map(json.dumps, FLOWS)),
        "queries": tuple(map(json.dumps, QUERIES)),
        "trail": tuple(map(json.dumps, TRAIL)),
        "lines": LINES,
    }
    made = {
        name: group_with(account, [(now + at, text) for at, text in enumerate(lines)])
        for name, lines in texts.items()
    }
    logs, function = account.client("logs"), f"/aws/lambda/{account.name('function')}"
    logs.create_log_group(logGroupName=function)
    logs.create_log_stream(logGroupName=function, logStreamName="one")
    events = [{"timestamp": now + at, "message": text} for at, text in enumerate(reports)]
    logs.put_log_events(logGroupName=function, logStreamName="one", logEvents=events)
    return made | {"function": function}


def of(group: str, query: str, *rows: Row) -> Any:
    """A sample query with what it finds."""
    return pytest.param(group, query, list(rows), id=query[:60])


HOUR = "{hour}"
"""Stands for the beginning of this hour, as Logs Insights shows it."""


@pytest.mark.parametrize(
    ("group", "query", "rows"),
    [
        of("lines", "filter @message like /Exception/ "
           "| stats count(*) as exceptionCount by bin(1h) | sort exceptionCount desc",
           {"bin(1h)": HOUR, "exceptionCount": "1"}),
        of("lines", "fields @message | filter @message not like /Exception/ | limit 1",
           {"@message": LINES[2]}),
        of("lines", "fields @message | filter @message like /(?i)EXCEPTION/",
           {"@message": LINES[3]}),
        of("lines", "fields @message | filter @message =~ /^(?i)USER=LEE/",
           {"@message": LINES[1]}),
        of("function", """filter @type = "REPORT"
            | stats max(@memorySize / 1024 / 1024) as provisonedMemoryMB,
                min(@maxMemoryUsed / 1024 / 1024) as smallestMemoryRequestMB,
                avg(@maxMemoryUsed / 1024 / 1024) as avgMemoryUsedMB,
                max(@maxMemoryUsed / 1024 / 1024) as maxMemoryUsedMB,
                provisonedMemoryMB - maxMemoryUsedMB as overProvisionedMB""",
           {"provisonedMemoryMB": "122.0703", "smallestMemoryRequestMB": "38.147",
            "avgMemoryUsedMB": "47.6837", "maxMemoryUsedMB": "57.2205",
            "overProvisionedMB": "64.8499"}),
        of("function", """filter @type = "REPORT" |
            stats avg(@duration), max(@duration), min(@duration) by bin(1h)""",
           {"bin(1h)": HOUR, "avg(@duration)": "200", "max(@duration)": "300",
            "min(@duration)": "100"}),
        of("function", """filter @type = "REPORT"
            | fields @requestId, @billedDuration | sort by @billedDuration desc | limit 1""",
           {"@requestId": "00000000-0000-4000-8000-000000000001", "@billedDuration": "300"}),
        of("function", "stats percentile(@duration, 50) as p50, pct(@duration, 100) as p100",
           {"p50": "200", "p100": "300"}),
        of("flows", """stats sum(packets) as packetsTransferred by srcAddr, dstAddr
            | sort packetsTransferred  desc | limit 1""",
           {"srcAddr": "192.0.2.9", "dstAddr": "198.51.100.2", "packetsTransferred": "9"}),
        of("flows", """filter isIpv4InSubnet(srcAddr, "192.0.2.0/24")
            | stats sum(bytes) as bytesTransferred by dstAddr
            | sort bytesTransferred desc | limit 15""",
           {"dstAddr": "198.51.100.1", "bytesTransferred": "500"},
           {"dstAddr": "198.51.100.2", "bytesTransferred": "90"}),
        of("flows", 'filter isIpv6InSubnet(srcAddr, "2001:db8::/32") or '
           'isIpInSubnet(srcAddr, "203.0.113.0/24") | stats count(*) as n', {"n": "2"}),
        of("flows", "stats sum(isValidIp(srcAddr)) as ip, sum(isValidIpV4(srcAddr)) as v4, "
           "sum(isValidIpV6(srcAddr)) as v6", {"ip": "4", "v4": "3", "v6": "1"}),
        of("flows", "filter protocol=17 | stats count(*) by srcAddr | sort srcAddr",
           {"srcAddr": "192.0.2.9", "count(*)": "1"}, {"srcAddr": "203.0.113.4", "count(*)": "1"}),
        of("flows", """filter logStatus="SKIPDATA"
            | stats count(*) by bin(1h) as t | sort t""", {"t": HOUR, "count(*)": "1"}),
        of("queries", "stats count(*) by queryType, bin(1h) | sort queryType",
           {"queryType": "A", "bin(1h)": HOUR, "count(*)": "2"},
           {"queryType": "MX", "bin(1h)": HOUR, "count(*)": "1"}),
        of("queries", """stats count(*) as numRequests by resolverIp
            | sort numRequests desc | limit 10""",
           {"resolverIp": "192.0.2.1", "numRequests": "2"},
           {"resolverIp": "192.0.2.2", "numRequests": "1"}),
        of("queries", 'filter responseCode="SERVFAIL" | stats count(*) by queryName',
           {"queryName": "b.", "count(*)": "2"}),
        of("trail", "stats count(*) by eventSource, eventName, awsRegion "
           "| filter eventName = 'CreateUser'",
           {"eventSource": "iam.amazonaws.com", "eventName": "CreateUser",
            "awsRegion": "us-east-1", "count(*)": "1"}),
        of("trail", """filter (eventName="StartInstances" or eventName="StopInstances")
            and region="us-east-2" | stats count(*) as n""", {"n": "1"}),
        of("trail", """filter eventName="CreateUser"
            | fields awsRegion, requestParameters.userName, responseElements.user.arn""",
           {"awsRegion": "us-east-1", "requestParameters.userName": "kim",
            "responseElements.user.arn": "arn:aws:iam::111122223333:user/kim"}),
        of("trail", """filter eventName="UpdateTrail" and ispresent(errorCode)
            | stats count(*) by errorCode, errorMessage""",
           {"errorCode": "AccessDenied", "errorMessage": "no", "count(*)": "1"}),
        of("trail", """filter tlsDetails.tlsVersion in [ "TLSv1", "TLSv1.1" ]
            | stats count(*) as numOutdatedTlsCalls by eventName""",
           {"eventName": "UpdateTrail", "numOutdatedTlsCalls": "1"}),
        of("trail", "filter userIdentity.sessionContext.attributes.mfaAuthenticated == 'false' "
           "| display eventName", {"eventName": "UpdateTrail"}),
        of("lines", """parse @message "user=*, method:*, latency := *" as @user,
            @method, @latency | filter ispresent(@user) | stats avg(@latency) by @method,
            @user | sort @user""",
           {"@method": "GET", "@user": "kim", "avg(@latency)": "15"},
           {"@method": "PUT", "@user": "lee", "avg(@latency)": "30"}),
        of("lines", "parse @message /user=(?<user2>.*?), method:(?<method2>.*?), "
           r"""latency := (?<l>\d+)/
            | filter ispresent(user2) | stats max(l) as most by method2, user2 | sort most""",
           {"method2": "GET", "user2": "kim", "most": "20"},
           {"method2": "PUT", "user2": "lee", "most": "30"}),
        of("lines", """FIELDS @message
            | PARSE @message "* [*] *" as loggingTime, loggingType, loggingMessage
            | FILTER loggingType IN ["ERROR", "INFO"]
            | DISPLAY loggingMessage, loggingType = "ERROR" as isError""",
           {"loggingMessage": "{foo=2, bar=data} The error was: DataIntegrityException",
            "isError": "1"}),
        of("lines", """parse @message "[*] * The error was: *" as level, config, exception
            | filter ispresent(level) | display level, config, exception""",
           ERROR),
        of("lines", r"parse @message /\[(?<level>\S+)\]\s+(?<config>\{.*\})\s+"
           r"""The error was: (?<exception>\S+)/
            | filter ispresent(level) | display level, config, exception""",
           ERROR),
        of("lines", "fields @timestamp, @message\n# | filter @message like /delay/\n"
           "| stats count(*) as n", {"n": "4"}),
        of("queries", "fields `responseCode`, abs(1-3) as two | filter queryType = 'MX'",
           {"responseCode": "SERVFAIL", "two": "2"}),
        of("queries", "filter queryType = 'MX' "
           "| fields concat(queryType, '-', responseCode) as opStatus, ispresent(none) as isRes",
           {"opStatus": "MX-SERVFAIL", "isRes": "0"}),
        of("queries", "fields trim(concat('xyZxy', 'foo', 'xyxyZ'), 'xyZ') as t, "
           "isblank(none) as b, substr('xyZfooxyZ', 3, 3) as s | limit 1",
           {"t": "foo", "b": "1", "s": "foo"}),
        of("queries", "stats sortsFirst(queryType) as a, sortsLast(queryType) as z, "
           "floor(count(*) / 2) as half, half * 2 as even",
           {"a": "A", "z": "MX", "half": "1", "even": "2"}),
        of("queries", "filter toMillis(@timestamp) >= (now() * 1000 - 7200000) "
           "| stats count(*) as n", {"n": "3"}),
        of("queries", "stats count(*) as n by bin(300s) = bin(60s) as same",
           {"same": "1", "n": "3"}),
        of("queries", "stats count(*) as n by bin(2hrs) = bin(2h) as same",
           {"same": "1", "n": "3"}),
        of("queries", "filter @timestamp > 1500000000000 and @timestamp < 4000000000000 "
           "and @ingestionTime > 1500000000000 | stats count(*) as n", {"n": "3"}),
        of("queries", "filter @timestamp > 2100000000000 | stats count(*) as n", {"n": "0"}),
        of("queries", "stats latest(@timestamp) - earliest(@timestamp) < 60000 as near",
           {"near": "1"}),
    ],
)  # fmt: skip
def test_a_sample_query(
    account: Account, groups: dict[str, str], now: int, group: str, query: str, rows: list[Row]
) -> None:
    hour = time.strftime("%Y-%m-%d %H:00:00.000", time.gmtime(now / 1000))
    expected = [{k: hour if v == HOUR else v for k, v in row.items()} for row in rows]
    assert ask(account, groups[group], query) == expected


@pytest.mark.parametrize("parameter", ["logGroupNames", "logGroupIdentifiers"])
def test_over_several_groups(account: Account, groups: dict[str, str], parameter: str) -> None:
    logs, asked = account.client("logs"), [groups["flows"], groups["queries"]]
    if parameter == "logGroupIdentifiers":
        asked = [f"arn:aws:logs:{account.region}:{account.account}:log-group:{n}" for n in asked]
    started = int(time.time())
    query_id = logs.start_query(
        startTime=started - 3600, endTime=started + 60, **{parameter: asked},
        queryString="stats count(*) as n by @log | sort n",
    )["queryId"]  # fmt: skip
    rows = logs.get_query_results(queryId=query_id)["results"]
    found = [{cell["field"]: cell["value"] for cell in row} for row in rows]
    names = [groups["queries"], groups["flows"]]
    assert [row["n"] for row in found] == ["3", "4"]
    assert [row["@log"] for row in found] == [f"{account.account}:{name}" for name in names]

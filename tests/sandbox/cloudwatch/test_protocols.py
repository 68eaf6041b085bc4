"""CloudWatch in each of its protocols: CBOR, JSON 1.0 and query."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import botocore.parsers
import botocore.serialize
import cbor2
import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest, HeadersDict
from botocore.credentials import Credentials
from botocore.session import Session

from tests.sandbox.conftest import Aws

HEADERS = {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"}


def call(
    aws: Aws, operation: str, parameters: dict[str, Any], keys: Credentials | None = None
) -> tuple[int, Any]:
    """Call an operation in CBOR, by default as root; return the status and what was answered."""
    url = f"{aws.endpoint}/service/GraniteServiceVersion20100801/operation/{operation}"
    body = cbor2.dumps(parameters, datetime_as_timestamp=True)
    request = AWSRequest("POST", url, data=body, headers=HEADERS)
    keys = keys or Credentials(aws.account, aws.secret)
    SigV4Auth(keys, "monitoring", aws.region).add_auth(request)
    answer = requests.post(url, data=body, headers=dict(request.headers), timeout=30)
    assert answer.headers["content-type"] == "application/cbor"
    assert answer.headers["smithy-protocol"] == "rpc-v2-cbor"
    return answer.status_code, cbor2.loads(answer.content)


def ask(aws: Aws, protocol: str, operation: str, **parameters: Any) -> dict[str, Any]:
    """Call an operation in a protocol, as botocore writes and reads it."""
    model = Session().get_service_model("cloudwatch").operation_model(operation)
    writer = botocore.serialize.create_serializer(protocol, include_validation=False)
    made = writer.serialize_to_request(parameters, model)
    url = aws.endpoint + made["url_path"]
    request = AWSRequest(made["method"], url, data=made["body"], headers=made["headers"])
    SigV4Auth(Credentials(aws.account, aws.secret), "monitoring", aws.region).add_auth(request)
    prepared = request.prepare()
    answer = requests.post(
        url, data=prepared.body, headers=dict(prepared.headers.items()), timeout=30
    )
    parts = {
        "status_code": answer.status_code,
        "headers": HeadersDict(answer.headers),
        "body": answer.content,
    }
    found: dict[str, Any] = botocore.parsers.create_parser(protocol).parse(
        parts, model.output_shape
    )
    return found


@pytest.mark.parametrize("protocol", ["smithy-rpc-v2-cbor", "json", "query"])
class TestEachProtocol:
    def test_metric_math(self, aws: Aws, protocol: str) -> None:
        now, space = dt.datetime.now(dt.UTC).replace(second=0, microsecond=0), aws.name("space")
        datum = {"MetricName": "Orders", "Value": 2.5, "Timestamp": now}
        ask(aws, protocol, "PutMetricData", Namespace=space, MetricData=[datum])
        stat = {"Metric": {"Namespace": space, "MetricName": "Orders"}, "Period": 60, "Stat": "Sum"}
        queries = [
            {"Id": "orders", "MetricStat": stat, "ReturnData": False},
            {"Id": "twice", "Expression": "orders * 2"},
        ]
        times = {"StartTime": now, "EndTime": now + dt.timedelta(minutes=1)}
        found = ask(aws, protocol, "GetMetricData", MetricDataQueries=queries, **times)
        (result,) = found["MetricDataResults"]
        assert (result["Id"], result["Timestamps"], result["Values"]) == ("twice", [now], [5.0])

    def test_an_alarm_is_shown_whole(self, aws: Aws, protocol: str) -> None:
        name, topic = aws.name("alarm"), f"arn:aws:sns:{aws.region}:{aws.account}:orders"
        made = {
            "AlarmName": name,
            "Namespace": aws.name("space"),
            "MetricName": "Orders",
            "Dimensions": [{"Name": "shop", "Value": "a"}],
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 2,
            "Threshold": 5.0,
            "ComparisonOperator": "GreaterThanThreshold",
            "InsufficientDataActions": [topic],
        }
        ask(aws, protocol, "PutMetricAlarm", **made)
        (shown,) = ask(aws, protocol, "DescribeAlarms", AlarmNames=[name])["MetricAlarms"]
        assert {key: shown[key] for key in made} == made
        assert isinstance(shown["StateUpdatedTimestamp"], dt.datetime)

    def test_a_refusal_has_the_code(self, aws: Aws, protocol: str) -> None:
        now = dt.datetime.now(dt.UTC)
        found = ask(
            aws,
            protocol,
            "GetMetricData",
            MetricDataQueries=[{"Id": "e", "Expression": "nobody + 1"}],
            StartTime=now,
            EndTime=now + dt.timedelta(minutes=1),
        )
        assert found["Error"]["Code"] == "ValidationError"


def test_a_user_who_may_do_some_of_it(aws: Aws) -> None:
    iam, user, alarm = aws.client("iam"), aws.name("user"), aws.name("alarm")
    iam.create_user(UserName=user)
    resource = f"arn:aws:cloudwatch:{aws.region}:{aws.account}:alarm:{alarm}"
    allowed = {"Effect": "Allow", "Action": "cloudwatch:*", "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_user_policy(UserName=user, PolicyName="one", PolicyDocument=document)
    made = iam.create_access_key(UserName=user)["AccessKey"]
    keys = Credentials(made["AccessKeyId"], made["SecretAccessKey"])
    given = {"StateValue": "OK", "StateReason": "é"}
    status, found = call(aws, "SetAlarmState", {"AlarmName": alarm, **given}, keys)
    assert (status, found) == (404, {"__type": "ResourceNotFound"})
    status, found = call(aws, "SetAlarmState", {"AlarmName": "other", **given}, keys)
    assert status == 403
    assert "not authorized to perform: cloudwatch:SetAlarmState" in found["message"]


def test_a_value_comes_back(aws: Aws) -> None:
    now, namespace = dt.datetime.now(dt.UTC).replace(microsecond=0), aws.name("namespace")
    datum = {"MetricName": "Orders", "Value": 2.5, "Timestamp": now}
    assert call(aws, "PutMetricData", {"Namespace": namespace, "MetricData": [datum]}) == (200, {})
    asked = {
        "Namespace": namespace,
        "MetricName": "Orders",
        "StartTime": now - dt.timedelta(minutes=5),
        "EndTime": now + dt.timedelta(minutes=5),
        "Period": 60,
        "Statistics": ["Sum"],
    }
    status, found = call(aws, "GetMetricStatistics", asked)
    assert status == 200
    assert [point["Sum"] for point in found["Datapoints"]] == [2.5]


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        ("Nothing", {}, "UnknownOperationException"),
        ("ListMetrics", {"Namespace": 7}, "SerializationException"),
    ],
)
def test_a_refusal(aws: Aws, operation: str, parameters: dict[str, Any], code: str) -> None:
    status, error = call(aws, operation, parameters)
    assert (status, error["__type"]) == (400, code)

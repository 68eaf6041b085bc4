"""CloudWatch in CBOR, as the newer SDKs speak to it (botocore still speaks JSON)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import cbor2
import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.sandbox.conftest import Aws

HEADERS = {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"}


def call(aws: Aws, operation: str, parameters: dict[str, Any]) -> tuple[int, Any]:
    """Call an operation in CBOR; return the status and what was answered."""
    url = f"{aws.endpoint}/service/GraniteServiceVersion20100801/operation/{operation}"
    body = cbor2.dumps(parameters, datetime_as_timestamp=True)
    request = AWSRequest("POST", url, data=body, headers=HEADERS)
    SigV4Auth(Credentials(aws.account, aws.secret), "monitoring", aws.region).add_auth(request)
    answer = requests.post(url, data=body, headers=dict(request.headers), timeout=30)
    assert answer.headers["content-type"] == "application/cbor"
    assert answer.headers["smithy-protocol"] == "rpc-v2-cbor"
    return answer.status_code, cbor2.loads(answer.content)


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

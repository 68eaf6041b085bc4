"""AWS's own metrics whatever path a call took, statistics, and metric math."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from tests.sandbox.conftest import Aws, wait_for
from tests.sandbox.delivery import Account, Api, error, invocation_uri

pytestmark = pytest.mark.contract(24)

MINUTE = 60
HALF_OR_FAIL = (
    "def handler(event, context):\n"
    "    if 'Records' in event and 'fail' in str(event['Records'][0].get('body')):\n"
    "        raise ValueError('no')\n"
    "    return {'statusCode': 200, 'body': 'hi'}\n"
)


def this_minute() -> dt.datetime:
    """The beginning of the running minute."""
    return dt.datetime.now(dt.UTC).replace(second=0, microsecond=0)


def put(
    account: Account, namespace: str, metric: str, now: dt.datetime, minute: int, *values: float
) -> None:
    """Put values into the minute that began `minute` minutes before `now`."""
    at = now - dt.timedelta(minutes=minute)
    account.client("cloudwatch").put_metric_data(
        Namespace=namespace,
        MetricData=[{"MetricName": metric, "Timestamp": at, "Values": list(values)}],
    )


def metric(query_id: str, namespace: str, name: str, stat: str = "Sum", **dims: str) -> Any:
    """A query for a metric that returns no data by itself."""
    dimensions = [{"Name": key, "Value": value} for key, value in dims.items()]
    return {
        "Id": query_id,
        "ReturnData": False,
        "MetricStat": {
            "Metric": {"Namespace": namespace, "MetricName": name, "Dimensions": dimensions},
            "Period": MINUTE,
            "Stat": stat,
        },
    }


def data(
    account: Account, *queries: Any, until: dt.datetime | None = None, **more: Any
) -> list[dict[str, Any]]:
    """GetMetricData over ten minutes, by default until now."""
    until = until or this_minute() + dt.timedelta(minutes=1)
    return list(
        account.client("cloudwatch").get_metric_data(
            MetricDataQueries=list(queries),
            StartTime=until - dt.timedelta(minutes=10),
            EndTime=until,
            **more,
        )["MetricDataResults"]
    )


class TestWhateverPath:
    """Invocations, errors and durations count once for each call."""

    def test_the_api_and_api_gateway(self, account: Account) -> None:
        function = account.function_arn(HALF_OR_FAIL)
        name = {"FunctionName": function.rpartition(":")[2]}
        api = Api(account)
        api.proxy(api.resource("hi"), function)
        api.permit(function)
        api.deploy()
        assert api.call("/hi").status_code == 200
        assert api.call("/missing").status_code == 403
        account.invoke(function)
        assert account.metric("AWS/Lambda", "Invocations", name, "Sum") == 2
        assert account.metric("AWS/Lambda", "Errors", name, "Sum") == 0
        assert account.metric("AWS/Lambda", "Duration", name, "SampleCount") == 2
        assert account.metric("AWS/Lambda", "ConcurrentExecutions", name, "Maximum") == 1
        found = account.client("apigateway").get_rest_api(restApiId=api.id)["name"]
        stage = {"ApiName": found, "Stage": "test"}
        assert account.metric("AWS/ApiGateway", "Count", stage, "SampleCount") == 2
        assert account.metric("AWS/ApiGateway", "4XXError", stage, "Sum") == 1
        assert account.metric("AWS/ApiGateway", "5XXError", stage, "Sum") == 0
        latency = account.metric("AWS/ApiGateway", "Latency", stage, "Maximum")
        assert latency >= account.metric("AWS/ApiGateway", "IntegrationLatency", stage, "Maximum")

    def test_a_queue_and_an_asynchronous_call(self, account: Account) -> None:
        url, arn = account.queue(VisibilityTimeout="1")
        role = account.role(
            "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole",
        )
        name = account.function(HALF_OR_FAIL, role=role, Timeout=1)
        dimensions = {"FunctionName": name}
        account.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")
        wait_for(lambda: account.metric("AWS/Lambda", "Invocations", dimensions, "Sum") == 1)
        account.client("lambda").create_event_source_mapping(
            EventSourceArn=arn, FunctionName=name, BatchSize=1
        )
        account.client("sqs").send_message(QueueUrl=url, MessageBody="fail")
        wait_for(lambda: account.metric("AWS/Lambda", "Errors", dimensions, "Sum") >= 1)
        queue = {"QueueName": arn.rpartition(":")[2]}
        assert account.metric("AWS/SQS", "NumberOfMessagesSent", queue, "Sum") == 1
        assert account.metric("AWS/SQS", "NumberOfMessagesReceived", queue, "Sum") >= 1

    def test_a_topic_and_a_rule(self, account: Account) -> None:
        function, sns = account.function_arn(HALF_OR_FAIL), account.client("sns")
        name = {"FunctionName": function.rpartition(":")[2]}
        topic = sns.create_topic(Name=account.name("topic"))["TopicArn"]
        bus, rule = account.name("bus"), account.name("rule")
        account.client("events").create_event_bus(Name=bus)
        rule_arn = account.client("events").put_rule(
            Name=rule, EventBusName=bus, EventPattern=json.dumps({"source": ["orders"]})
        )["RuleArn"]
        for service, source in (("sns", topic), ("events", rule_arn)):
            account.client("lambda").add_permission(
                FunctionName=function, StatementId=service, Action="lambda:InvokeFunction",
                Principal=f"{service}.amazonaws.com", SourceArn=source,
            )  # fmt: skip
        sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function)
        account.client("events").put_targets(
            Rule=rule, EventBusName=bus, Targets=[{"Id": "1", "Arn": function}]
        )
        sns.publish(TopicArn=topic, Message="order")
        entry = {"Source": "orders", "DetailType": "x", "Detail": "{}", "EventBusName": bus}
        account.client("events").put_events(Entries=[entry])
        wait_for(lambda: account.metric("AWS/Lambda", "Invocations", name, "Sum") == 2)

    def test_a_throttled_call_is_no_invocation(self, account: Account) -> None:
        name = account.function(HALF_OR_FAIL)
        account.client("lambda").put_function_concurrency(
            FunctionName=name, ReservedConcurrentExecutions=0
        )
        assert error(account.invoke, name)[0] == "TooManyRequestsException"
        dimensions = {"FunctionName": name}
        assert account.metric("AWS/Lambda", "Throttles", dimensions, "Sum") == 1
        assert account.metric("AWS/Lambda", "Invocations", dimensions, "Sum") == 0

    def test_an_integration_that_may_not_is_a_server_error(self, account: Account) -> None:
        function = account.function_arn(HALF_OR_FAIL)
        api = Api(account)
        api.method(
            api.resource("hi"), type="AWS_PROXY", integrationHttpMethod="POST",
            uri=invocation_uri(function),
        )  # fmt: skip
        api.deploy()
        assert api.call("/hi").status_code == 500
        name = account.client("apigateway").get_rest_api(restApiId=api.id)["name"]
        assert account.metric("AWS/ApiGateway", "5XXError", {"ApiName": name}, "Sum") == 1

    def test_a_queues_depth_and_age(self, account: Account) -> None:
        url, arn = account.queue()
        account.client("sqs").send_message(QueueUrl=url, MessageBody="waiting")
        queue = {"QueueName": arn.rpartition(":")[2]}
        visible = "ApproximateNumberOfMessagesVisible"
        wait_for(lambda: account.metric("AWS/SQS", visible, queue, "Maximum") == 1)
        age = "ApproximateAgeOfOldestMessage"
        wait_for(lambda: account.metric("AWS/SQS", age, queue, "Maximum") > 0)


class TestStatistics:
    def test_percentiles(self, account: Account) -> None:
        space = account.name("space")
        put(account, space, "latency", this_minute(), 1, *range(1, 102))
        queries = [metric(s.replace(".", "_"), space, "latency", s) for s in ("p50", "p99", "p0.0")]
        found = data(account, *[query | {"ReturnData": True} for query in queries])
        assert [result["Values"] for result in found] == [[51.0], [100.0], [1.0]]

    def test_series_of_other_dimensions_are_other_metrics(self, account: Account) -> None:
        space = account.name("space")
        for dimensions in ([], [{"Name": "shop", "Value": "a"}], [{"Name": "shop", "Value": "b"}]):
            account.client("cloudwatch").put_metric_data(
                Namespace=space,
                MetricData=[{"MetricName": "orders", "Value": 1, "Dimensions": dimensions}],
            )
        (whole,) = data(account, metric("m", space, "orders") | {"ReturnData": True})
        assert whole["Values"] == [1.0]
        assert account.metric(space, "orders", {}, "Sum") == 1
        assert account.metric(space, "orders", {"shop": "a"}, "Sum") == 1

    def test_the_newest_comes_first_unless_asked(self, account: Account) -> None:
        space, now = account.name("space"), this_minute()
        for minute, value in ((3, 1.0), (2, 2.0), (1, 3.0)):
            put(account, space, "orders", now, minute, value)
        query = metric("m", space, "orders") | {"ReturnData": True}
        assert data(account, query)[0]["Values"] == [3.0, 2.0, 1.0]
        assert data(account, query, ScanBy="TimestampAscending")[0]["Values"] == [1.0, 2.0, 3.0]


@pytest.fixture(scope="module")
def space(aws: Aws) -> str:
    """A namespace with orders in minutes 4, 3 and 1, failures in 4 and 1."""
    account = Account.of(aws)
    name, now = account.name("space"), this_minute()
    for minute, orders, failures in ((4, 10.0, 1.0), (3, 20.0, None), (1, 40.0, 10.0)):
        put(account, name, "orders", now, minute, orders)
        if failures is not None:
            put(account, name, "failures", now, minute, failures)
    return name


class TestMath:
    @pytest.mark.parametrize(
        ("expression", "values"),
        [
            ("orders + failures", [11.0, 50.0]),
            ("orders - 1", [9.0, 19.0, 39.0]),
            ("100 * failures / orders", [10.0, 25.0]),
            ("(orders + 2) * -1", [-12.0, -22.0, -42.0]),
            ("2 ^ 3 + 0 * orders", [8.0, 8.0, 8.0]),
            ("orders / (failures - 1)", [40 / 9]),
            ("SUM([orders, failures])", [11.0, 20.0, 50.0]),
            ("AVG(METRICS())", [5.5, 20.0, 25.0]),
            ("MAX(METRICS('fail'))", [1.0, 10.0]),
            ("orders / SUM(orders) * 70", [10.0, 20.0, 40.0]),
            ("RATE(orders) * PERIOD(orders)", [10.0, 10.0]),
            ("DIFF(orders)", [10.0, 20.0]),
            ("IF(orders > 15, orders, 0)", [0.0, 20.0, 40.0]),
            ("IF(orders > 15 AND orders < 30, 1)", [1.0]),
            ("ABS(0 - orders)", [10.0, 20.0, 40.0]),
            ("RUNNING_SUM(orders)", [10.0, 30.0, 70.0]),
        ],
    )
    def test_expression(
        self, account: Account, space: str, expression: str, values: list[float]
    ) -> None:
        (result,) = data(
            account,
            metric("orders", space, "orders"),
            metric("failures", space, "failures"),
            {"Id": "e", "Expression": expression, "Label": "it"},
            ScanBy="TimestampAscending",
        )
        assert (result["Id"], result["Label"], result["StatusCode"]) == ("e", "it", "Complete")
        assert result["Values"] == pytest.approx(values)
        assert len(result["Timestamps"]) == len(values)

    def test_fill(self, account: Account, space: str) -> None:
        queries = [
            metric("orders", space, "orders"),
            *(
                {"Id": f"e{number}", "Expression": f"FILL(orders, {way})"}
                for number, way in enumerate(("0", "REPEAT", "LINEAR"))
            ),
        ]
        orders = metric("orders", space, "orders") | {"ReturnData": True}
        last = data(account, orders)[0]["Timestamps"][0] + dt.timedelta(minutes=2)
        zero, repeat, linear = data(account, *queries, until=last, ScanBy="TimestampAscending")
        assert zero["Values"] == [0, 0, 0, 0, 0, 10, 20, 0, 40, 0]
        assert repeat["Values"] == [10, 20, 20, 40, 40]
        assert linear["Values"] == [10, 20, 30, 40]

    def test_an_expression_of_an_expression(self, account: Account, space: str) -> None:
        (result,) = data(
            account,
            metric("orders", space, "orders"),
            {"Id": "doubled", "Expression": "orders * 2", "ReturnData": False},
            {"Id": "e", "Expression": "doubled + 1"},
        )
        assert result["Values"] == [81.0, 41.0, 21.0]

    @pytest.mark.parametrize("expression", ["nobody + 1", "orders +", "UNKNOWN(orders)", "e * 2"])
    def test_a_wrong_expression_is_refused(
        self, account: Account, space: str, expression: str
    ) -> None:
        query = {"Id": "e", "Expression": expression}
        with pytest.raises(Exception, match=r"ValidationError.*Error in expression"):
            data(account, metric("orders", space, "orders"), query)


def test_an_error_rate_of_a_function(account: Account) -> None:
    name = account.function("def handler(event, context):\n    return 1 / event['by']")
    for by in (1, 1, 1, 0):
        account.invoke(name, {"by": by})
    (rate,) = data(
        account,
        metric("errors", "AWS/Lambda", "Errors", FunctionName=name),
        metric("calls", "AWS/Lambda", "Invocations", FunctionName=name),
        {"Id": "rate", "Expression": "100 * SUM(errors) / SUM(calls)"},
    )
    assert set(rate["Values"]) == {25.0}


def test_statistics_of_one_answer_have_an_end(account: Account) -> None:
    end = this_minute()
    asked = {"Namespace": "courier", "MetricName": "orders", "Statistics": ["Sum"]}
    cloudwatch = account.client("cloudwatch")
    two_days = {"StartTime": end - dt.timedelta(days=2), "EndTime": end}
    assert error(cloudwatch.get_metric_statistics, **asked, **two_days, Period=MINUTE) == (
        "InvalidParameterCombination",
        "You have requested up to 2,880 datapoints, which exceeds the limit of 1,440. You may "
        "reduce the datapoints requested by increasing Period, or decreasing the time range.",
    )
    found = cloudwatch.get_metric_statistics(**asked, **two_days, Period=2 * MINUTE)
    assert found["Datapoints"] == []

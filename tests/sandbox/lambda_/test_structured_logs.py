"""What a function writes as JSON: fields of its records, and metrics in its log."""

from __future__ import annotations

import datetime as dt
import json

from tests.sandbox.conftest import Aws, wait_for, zipped

EMF = """
import json, time
def handler(event, context):
    about = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [{
        "Namespace": event["namespace"], "Dimensions": [["service"], ["service", "kind"]],
        "Metrics": [{"Name": "Orders", "Unit": "Count"},
                    {"Name": "Took", "Unit": "Milliseconds"}]}]}
    print(json.dumps({"_aws": about, "service": "kitchen", "kind": "pizza",
                      "Orders": 2, "Took": [10, 30], "order": "no metric"}))
    print(json.dumps({"_aws": {"CloudWatchMetrics": [{"Namespace": event["namespace"]}]}}))
    print("not json: \\"CloudWatchMetrics\\"")
"""
RECORD = """
import logging
def handler(event, context):
    more = {"order": 7, "cook": {"id": "a"}}
    logging.getLogger("kitchen").warning("late %s", "order", extra=more)
    try:
        1 / 0
    except ZeroDivisionError:
        logging.getLogger().exception("broken")
"""


def test_a_line_in_embedded_metric_format_is_values_of_metrics(aws: Aws) -> None:
    name, namespace = aws.function(EMF), aws.name("orders")
    for _ in range(2):
        assert aws.invoke(name, {"namespace": namespace}).error is None
    metrics = aws.client("cloudwatch").list_metrics(Namespace=namespace)["Metrics"]
    found = {(one["MetricName"], tuple(d["Name"] for d in one["Dimensions"])) for one in metrics}
    sets = [("service",), ("service", "kind")]
    assert found == {(metric, dims) for metric in ("Orders", "Took") for dims in sets}
    assert sums(aws, namespace, "Orders") == (2.0, 4.0, "Count")
    assert sums(aws, namespace, "Took") == (4.0, 80.0, "Milliseconds")


def sums(aws: Aws, namespace: str, metric: str) -> tuple[float, float, str]:
    """Return the number, the sum and the unit of a metric's values."""
    now = dt.datetime.now(dt.UTC)
    (point,) = aws.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": "service", "Value": "kitchen"}],
        StartTime=now - dt.timedelta(hours=1),
        EndTime=now + dt.timedelta(hours=1),
        Period=86400,
        Statistics=["SampleCount", "Sum"],
    )["Datapoints"]
    return point["SampleCount"], point["Sum"], point["Unit"]


def test_the_extra_fields_of_a_record_are_fields_of_its_json(aws: Aws) -> None:
    name = aws.function(RECORD, LoggingConfig={"LogFormat": "JSON"})
    lines = [json.loads(line) for line in aws.invoke(name).log.splitlines()]
    late = next(line for line in lines if line.get("message") == "late order")
    assert (late["order"], late["cook"], late["level"]) == (7, {"id": "a"}, "WARNING")
    assert not {"levelno", "pathname", "args", "msg", "aws_request_id", "taskName"} & late.keys()
    broken = next(line for line in lines if line.get("message") == "broken")
    assert broken["errorType"] == "ZeroDivisionError"
    assert "/var/task/index.py" in "".join(broken["stackTrace"])


def test_a_metric_is_not_made_of_a_log_that_may_not_be_written(aws: Aws) -> None:
    namespace = aws.name("orders")
    name = aws.function(EMF, role=aws.role())
    assert aws.invoke(name, {"namespace": namespace}).error is None
    wait_for(lambda: aws.invoke(name, {"namespace": namespace}).error is None)
    assert aws.client("cloudwatch").list_metrics(Namespace=namespace)["Metrics"] == []


TRACES = """
import logging, os, sys, traceback
def handler(event, context):
    try:
        open("/var/task/menu.txt").read()
        open("/opt/no-such-file")
    except OSError:
        logging.exception("no file")
        traceback.print_exc()
    traceback.print_stack()
    print(__file__, os.getcwd())
    sys.stderr.write(f"{os.path.exists('/var/task/index.py')}\\n")
"""


def test_no_path_of_this_computer_is_in_a_log(aws: Aws) -> None:
    code = zipped({"index.py": TRACES, "menu.txt": "pizza"})
    name = aws.function(TRACES)
    lambda_ = aws.client("lambda")
    lambda_.update_function_code(FunctionName=name, ZipFile=code)
    lambda_.get_waiter("function_updated_v2").wait(FunctionName=name)
    log = aws.invoke(name).log
    assert "/var/task/index.py" in log
    assert "/var/runtime/bootstrap.py" in log
    assert "/var/task/index.py /var/task\n" in log
    assert "True\n" in log
    assert not [word for word in ("labkit", "/packages/", "sandbox") if word in log], log

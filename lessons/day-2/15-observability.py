# ---
# labkit:
#   lesson: "15"
#   slug: observability
#   title: "Observability"
#   minutes: 50
#   day: 2
#   block: Operations
#   question: >-
#     Somebody else's service is slow for some customers. Where is it, since when, and who is hurt?
#   goals:
#     - follow one order through all log groups, by its number
#     - read a trace as a waterfall, and say where the time goes
#     - make alarms that wake somebody for the right reason, and a dashboard of them
#     - say how much may go wrong, and find a fault that nobody tells you about
#   creates:
#     - 3 Lambda functions with their log groups, 1 REST API, 2 SQS queues with 1 event source mapping
#     - 1 DynamoDB table, 1 state machine, 4 IAM roles
#     - 3 alarms, 1 composite alarm, 1 dashboard, 1 sampling rule
#   cost: >-
#     Some US cents in an account of your own: alarms, a dashboard and metrics of one's own are billed by the
#     month, hour by hour. Traces and logs of this lesson are within the free tiers.
# ---

# %% tags=["parameters"]
target = None  # "local" (the default) or "aws"
region = None  # None: the target's own default
quick = False  # True: fewer orders, as `make smoke` runs it

# %%
from labkit import Lab

lab = Lab("observability", target=target, region=region)
lab

# %%
import json

from labkit import wait_until
from labkit.labs.delivery import orders

logs = lab.client("logs")
cloudwatch = lab.client("cloudwatch")
xray = lab.client("xray")
awslambda = lab.client("lambda")
some = 6 if quick else 20

# %% [markdown] tags=["instructor-notes"]
# - Ask first: "a customer calls, the order is late. What do you open?" Write the answers down, and come
#   back to them after section 7.
# - Section 3 is the heart. Let them point at the gap between two bars before anybody names the queue.
# - Who is late: `lab.solve` for exercises 1 to 3; the fault in section 7 is the one not to miss.
# - `reveal(lab, service)` tells you which fault was drawn.

# %% [markdown]
# ## 1 · A service that tells what it does
#
# Monitoring answers questions that you had before: is the queue full? **Observability** means that the service
# tells enough to answer questions that nobody had before: why are only *these* orders late? It tells it in
# three forms: **logs** (lines), **metrics** (numbers over time) and **traces** (the way of one request).
#
# Here is the delivery service, with a new part:

# %%
from labkit.labs.delivery import service_drawing

service_drawing("15")

# %% [markdown]
# It has three functions now. `front` takes the order from API Gateway and puts it into the queue. `kitchen` takes
# it from there, cooks, keeps it in the table, and starts the saga. `steps` does the saga's two steps, *charge* and
# *dispatch*. All three use this module, which has one function for each of the three forms:

# %% function_file="watch.py"
import contextlib
import json
import logging
import os
import secrets
import time

import boto3

LOG = logging.getLogger()
LOG.setLevel("INFO")
xray = boto3.client("xray")
HEADER = "_X_AMZN_TRACE_ID"


def say(event, order, **more):
    """Write a line with the order's number."""
    LOG.info(event, extra={"event": event, "orderId": order["orderId"], **more})


def count(name, value, unit="Count"):
    """Write a value of a metric, in the embedded metric format."""
    metric = {"Name": name, "Unit": unit, "StorageResolution": 1}
    service = os.environ["SERVICE"]
    about = {"Namespace": service, "Dimensions": [["Service"]], "Metrics": [metric]}
    now_ms = int(time.time() * 1000)
    line = {"_aws": {"Timestamp": now_ms, "CloudWatchMetrics": [about]}, "Service": service}
    print(json.dumps(line | {name: value}))


@contextlib.contextmanager
def span(name, order, **more):
    """Send what happens within as a part of the trace."""
    header = os.environ[HEADER]
    trace = dict(field.split("=", 1) for field in header.split(";"))
    part = {"type": "subsegment", "name": name, "id": secrets.token_hex(8)}
    part |= {"trace_id": trace["Root"], "parent_id": trace["Parent"], **more}
    part |= {"annotations": {"orderId": order["orderId"]}, "start_time": time.time()}
    os.environ[HEADER] = header.replace(trace["Parent"], part["id"])
    try:
        yield
    except Exception:
        part["fault"] = True
        raise
    finally:
        os.environ[HEADER] = header
        if trace["Sampled"] == "1":
            text = json.dumps(part | {"end_time": time.time()})
            xray.put_trace_segments(TraceSegmentDocuments=[text])


# %%
from labkit.labs.observability import watched_service

service = watched_service(lab, "watch.py")
service.groups

# %% [markdown]
# ## 2 · Logs: one line per event, the order's number on each
#
# A log line that a person can read is not enough: a machine has to find it. So each line is **JSON**, and each has
# the same two fields: what happened (`event`) and to which order (`orderId`).

# %% [markdown]
# ### Exercise 1 · Let Lambda write JSON
#
# The handlers give `orderId` to `logging` as `extra`. In the log format `Text` Lambda drops it. Set the **log
# format** of all three functions (`front`, `kitchen`, `steps`) to `JSON`, with the **application log level**
# `INFO`: `update_function_configuration` takes a `LoggingConfig`. `lab.name("front")` is a function's full name;
# `settled` waits until a change is done.


# %%
def settled(name):
    """Wait until the function's change is done."""
    awslambda.get_waiter("function_updated_v2").wait(
        FunctionName=lab.name(name), WaiterConfig={"Delay": 1}
    )


# %% exercise="json-logs"
### BEGIN SOLUTION
for name in ("front", "kitchen", "steps"):
    awslambda.update_function_configuration(
        FunctionName=lab.name(name),
        LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "INFO"},
    )
    settled(name)
### END SOLUTION

# %%
lab.check("json-logs")

# %% tags=["exercise-definition"]
from labkit.course.exercises import Exercise, NotYet


class JsonLogs(Exercise):
    id = "json-logs"
    title = "Let Lambda write JSON"
    minutes = 4
    hints = (
        "One setting of a function says in which form Lambda writes its log. Which call changes a function's settings?",
        'The setting is `LoggingConfig`, a dictionary. `LogFormat` is "JSON"; a level above INFO would drop the lines '
        "of `say`, and the metrics that are printed, too.",
        '`for name in ("front", "kitchen", "steps"):` and below it `awslambda.update_function_configuration('
        'FunctionName=lab.name(name), LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "INFO"})` and '
        "`settled(name)`.",
    )

    def check(self, lab):
        awslambda = lab.client("lambda")
        for name in ("front", "kitchen", "steps"):
            found = awslambda.get_function_configuration(FunctionName=lab.name(name))
            setting = found.get("LoggingConfig", {})
            if setting.get("LogFormat") != "JSON":
                raise NotYet(
                    f"{name} to log as JSON", setting.get("LogFormat", "Text"), self.hints[0]
                )
            level = setting.get("ApplicationLogLevel", "INFO")
            if level not in ("TRACE", "DEBUG", "INFO"):
                raise NotYet(f"{name} to keep lines of the level INFO", level, self.hints[1])
            own = setting.get("SystemLogLevel", "INFO")
            if own not in ("DEBUG", "INFO"):
                next_step = 'without its reports no duration is known: "SystemLogLevel": "INFO"'
                raise NotYet(f"{name} to keep Lambda's own lines", own, next_step)
        return "all three functions write JSON, from INFO on"


# %% wrong="json-logs" expect="kitchen to log as JSON"
awslambda.update_function_configuration(
    FunctionName=lab.name("front"), LoggingConfig={"LogFormat": "JSON"}
)
settled("front")

# %% wrong="json-logs" expect="keep Lambda's own lines"
for name in ("front", "kitchen", "steps"):
    awslambda.update_function_configuration(
        FunctionName=lab.name(name),
        LoggingConfig={"LogFormat": "JSON", "SystemLogLevel": "WARN"},
    )
    settled(name)

# %% wrong="json-logs" expect="keep lines of the level INFO"
for name in ("front", "kitchen", "steps"):
    awslambda.update_function_configuration(
        FunctionName=lab.name(name),
        LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "WARN"},
    )
    settled(name)

# %% [markdown]
# Now some orders. Each is placed in a **trace** of its own; section 3 says what that is.

# %%
from labkit.labs.observability import place_some

stream = orders(60, seed=15)
placed = place_some(service.url, stream[:some])
placed.tail(3)

# %% [markdown]
# > **Predict.** Which functions write a line about one order, and how many lines are it?
#
# **Logs Insights** reads several log groups at once. JSON fields have names there, so one order's story is one
# query:

# %%
from labkit.labs.observability import ask

one = placed["order_id"].iloc[-1]
story = ask(
    logs,
    service.groups.values(),
    f'fields @timestamp, event, orderId, seconds | filter orderId = "{one}" | sort @timestamp',
    until=lambda rows: len(rows) >= 5,
)
story

# %% [markdown]
# Five lines from three log groups, in one order of time. Without the number on each line you would guess by the
# clock. And the same logs count, too. How long do calls take, by function? Lambda's own lines are JSON now; the
# metrics of a call are in `record.metrics`:

# %%
ask(
    logs,
    service.groups.values(),
    'filter type = "platform.report" '
    "| stats count(*) as calls, pct(record.metrics.durationMs, 50) as p50, "
    "max(record.metrics.initDurationMs) as init by @log",
)

# %% [markdown]
# ## 3 · A trace: the way of one order
#
# Logs tell *what* happened, metrics *how much*. A **trace** tells *where the time went*. Each service on the way sends
# **segments** (name, begin, end) with the same **trace id**; parts of a segment are **subsegments**. The id
# travels in a header:
#
# `X-Amzn-Trace-Id: Root=1-…;Parent=…;Sampled=1`
#
# `Root` is the trace, `Parent` the segment that calls, and `Sampled` says whether anything is recorded at all: AWS
# keeps the first request of each second and 5 % of the others. So of 20 quick orders you would find some, not
# all. Whoever begins decides; here we do, and say 1.
#
# > **Predict.** The customer gets an answer. Which parts of the service are still at work then?

# %%
from labkit.labs.observability import trace_of, trace_waterfall

watched = placed.iloc[-1]
trace = trace_of(xray, watched["trace"], [lab.name("front"), lab.name("kitchen"), lab.name("saga")])
trace_waterfall(trace)

# %% [markdown]
# Read it from top to bottom: each row is called by the one above it that stands further left.
#
# - A function has **two** segments: Lambda's own, and below it the function's. A fault in the first is AWS's, in the
#   second yours.
# - The kitchen is in a trace of *its own* that is **linked** to the first: a queue ends a trace, because one call
#   may take messages of many traces.
# - A table records nothing. X-Ray **infers** its segment from the kitchen's subsegment.
#
# The same order on a cold start:

# %%
awslambda.update_function_configuration(FunctionName=lab.name("kitchen"), Description="new")
settled("kitchen")
cold = place_some(service.url, stream[some : some + 1]).iloc[0]
cold_trace = trace_of(xray, cold["trace"], [lab.name("kitchen"), lab.name("saga")])
trace_waterfall(cold_trace)

# %% [markdown]
# `Init` stands before the function's own bar. It is in few traces; *which* orders it hurts, only a trace says.
#
# All traces together give the **service map**: who calls whom, how often, how long.

# %%
import datetime as dt

from labkit.labs.observability import service_map

now = dt.datetime.now(dt.UTC)
graph = xray.get_service_graph(StartTime=now - dt.timedelta(minutes=10), EndTime=now)
service_map(graph["Services"])

# %% [markdown]
# A search finds traces by what is in them. `orderId` is an **annotation**: those are indexed.

# %%
found = xray.get_trace_summaries(
    StartTime=now - dt.timedelta(minutes=10),
    EndTime=now,
    FilterExpression=f'annotation.orderId = "{one}"',
)["TraceSummaries"]
[(trace["Id"], trace["Duration"]) for trace in found]

# %% [markdown]
# Two traces or more for one order: the annotation is on both sides of the queue, so it finds them without following
# links. Other filters: `service() { fault }`, `responsetime > 2`, `http.status = 502`.

# %% [markdown]
# ## 4 · Alarms: what is worth waking somebody?
#
# Numbers first. Services of AWS send metrics by themselves. The business's own numbers come from the handlers: a line
# in the **embedded metric format** (EMF) is a log line *and* a metric, with no call to anybody. `count` in `watch.py`
# prints such lines.

# %%
from labkit.labs.observability import series


def own(name, stat, **more):
    """Ask for one of the service's own metrics."""
    by = [{"Name": "Service", "Value": service.space}]
    metric = {"Namespace": service.space, "MetricName": name, "Dimensions": by}
    return {
        "Id": name.lower(),
        "MetricStat": {"Metric": metric, "Period": 10, "Stat": stat},
        **more,
    }


wait_until(
    lambda: len(series(cloudwatch, [own("SecondsToSaga", "Maximum")])),
    seconds=120,
    what="the first metrics",
)
series(cloudwatch, [own("OrdersReceived", "Sum"), own("SecondsToSaga", "p90")]).tail(6)

# %% [markdown]
# An **alarm** watches one number. A good one tells of what *customers* feel, and says what to do. Of a queue the
# **age of the oldest message** is that number: its depth says nothing, a deep queue may be fast.

# %% [markdown]
# ### Exercise 2 · The customers' alarm
#
# Make the alarm `lab.name("age")` on `ApproximateAgeOfOldestMessage` of the queue `service.queue` (namespace
# `AWS/SQS`, dimension `QueueName`). It goes off when the **maximum** of a minute is above **10** seconds in **2 of
# the last 3** minutes: one bad minute wakes nobody. When there is no data, all is well.


# %% exercise="age-alarm"
### BEGIN SOLUTION
cloudwatch.put_metric_alarm(
    AlarmName=lab.name("age"),
    Namespace="AWS/SQS",
    MetricName="ApproximateAgeOfOldestMessage",
    Dimensions=[{"Name": "QueueName", "Value": service.queue}],
    Statistic="Maximum",
    Period=60,
    EvaluationPeriods=3,
    DatapointsToAlarm=2,
    Threshold=10,
    ComparisonOperator="GreaterThanThreshold",
    TreatMissingData="notBreaching",
)
### END SOLUTION

# %%
lab.check("age-alarm")


# %% tags=["exercise-definition"]
class AgeAlarm(Exercise):
    id = "age-alarm"
    title = "The customers' alarm"
    minutes = 6
    hints = (
        "`put_metric_alarm`. Which metric of which queue, which statistic of which period, and how many periods of "
        "how many?",
        "EvaluationPeriods is how many periods are looked at, DatapointsToAlarm how many of them have to be bad. "
        'TreatMissingData says what no data means: "notBreaching" is well.',
        '`Statistic="Maximum", Period=60, EvaluationPeriods=3, DatapointsToAlarm=2, Threshold=10, '
        'ComparisonOperator="GreaterThanThreshold", TreatMissingData="notBreaching"`, and the dimension `QueueName`',
    )

    def check(self, lab):
        found = lab.client("cloudwatch").describe_alarms(AlarmNames=[lab.name("age")])[
            "MetricAlarms"
        ]
        if not found:
            raise NotYet(f"an alarm {lab.name('age')}", "none", self.hints[0])
        alarm = found[0]
        of = {one["Name"]: one["Value"] for one in alarm["Dimensions"]}
        if of != {"QueueName": lab.name("orders")}:
            raise NotYet(
                f"the dimension QueueName = {lab.name('orders')}",
                str(of or "no dimension"),
                "without its dimension an alarm watches a series that has no data",
            )
        if (
            alarm["MetricName"] != "ApproximateAgeOfOldestMessage"
            or alarm["Namespace"] != "AWS/SQS"
        ):
            raise NotYet(
                "ApproximateAgeOfOldestMessage of AWS/SQS",
                f"{alarm['MetricName']} of {alarm['Namespace']}",
                self.hints[0],
            )
        if alarm.get("Statistic") != "Maximum":
            raise NotYet(
                "the maximum of a minute",
                alarm.get("Statistic", alarm.get("ExtendedStatistic")),
                "an average hides the oldest order among new ones",
            )
        periods = alarm["EvaluationPeriods"], alarm.get("DatapointsToAlarm"), alarm["Period"]
        if periods != (3, 2, 60):
            seen = f"{periods[1] or periods[0]} of {periods[0]} periods of {periods[2]} s"
            raise NotYet("2 of 3 periods of 60 s", seen, self.hints[1])
        above = alarm["ComparisonOperator"] in (
            "GreaterThanThreshold",
            "GreaterThanOrEqualToThreshold",
        )
        if not above or alarm["Threshold"] != 10:
            sign = alarm["ComparisonOperator"]
            raise NotYet("above 10 seconds", f"{sign} {alarm['Threshold']}", self.hints[2])
        if alarm.get("TreatMissingData") != "notBreaching":
            raise NotYet(
                "no data to mean that all is well",
                alarm.get("TreatMissingData", "missing"),
                self.hints[1],
            )
        return "2 of 3 minutes above 10 s, of this queue"


# %% wrong="age-alarm" expect="watches a series that has no data"
cloudwatch.put_metric_alarm(
    AlarmName=lab.name("age"),
    Namespace="AWS/SQS",
    MetricName="ApproximateAgeOfOldestMessage",
    Statistic="Maximum",
    Period=60,
    EvaluationPeriods=3,
    DatapointsToAlarm=2,
    Threshold=10,
    ComparisonOperator="GreaterThanThreshold",
    TreatMissingData="notBreaching",
)

# %% wrong="age-alarm" expect="an average hides"
cloudwatch.put_metric_alarm(
    AlarmName=lab.name("age"),
    Namespace="AWS/SQS",
    MetricName="ApproximateAgeOfOldestMessage",
    Dimensions=[{"Name": "QueueName", "Value": service.queue}],
    Statistic="Average",
    Period=60,
    EvaluationPeriods=3,
    DatapointsToAlarm=2,
    Threshold=10,
    ComparisonOperator="GreaterThanThreshold",
    TreatMissingData="notBreaching",
)

# %% wrong="age-alarm" expect="3 of 3 periods"
cloudwatch.put_metric_alarm(
    AlarmName=lab.name("age"),
    Namespace="AWS/SQS",
    MetricName="ApproximateAgeOfOldestMessage",
    Dimensions=[{"Name": "QueueName", "Value": service.queue}],
    Statistic="Maximum",
    Period=60,
    EvaluationPeriods=3,
    Threshold=10,
    ComparisonOperator="GreaterThanThreshold",
    TreatMissingData="notBreaching",
)

# %% [markdown]
# In the dead-letter queue one message is one too many:

# %%
dead = {
    "AlarmName": lab.name("dead"),
    "Namespace": "AWS/SQS",
    "MetricName": "ApproximateNumberOfMessagesVisible",
    "Dimensions": [{"Name": "QueueName", "Value": service.dead}],
    "Statistic": "Maximum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 0,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}
cloudwatch.put_metric_alarm(**dead)


# %% [markdown]
# ### Exercise 3 · A share, not a number
#
# Ten failed requests are many at night and few at noon. So alarm on their **share**: make the alarm
# `lab.name("errors")`, which goes off when more than **5 %** of the API's requests fail in one of the last 3
# minutes. **Metric math** computes it: in place of `MetricName` give `Metrics`, a list of `of_api("all", "Count")`,
# `of_api("bad", "5XXError")`, and a dictionary with an `Id` and an `Expression` over these two ids. (What must
# the threshold be then? Missing data is well.)


# %%
def of_api(identity, name):
    """Ask for a metric of the API, for an expression."""
    by = [{"Name": "ApiName", "Value": service.api}, {"Name": "Stage", "Value": "prod"}]
    metric = {"Namespace": "AWS/ApiGateway", "MetricName": name, "Dimensions": by}
    stat = {"Metric": metric, "Period": 60, "Stat": "Sum"}
    return {"Id": identity, "MetricStat": stat, "ReturnData": False}


# %% exercise="error-share"
### BEGIN SOLUTION
share = {"Id": "share", "Expression": "IF(all > 0, 100 * bad / all, 0)", "Label": "% failed"}
cloudwatch.put_metric_alarm(
    AlarmName=lab.name("errors"),
    Metrics=[of_api("all", "Count"), of_api("bad", "5XXError"), share],
    EvaluationPeriods=3,
    DatapointsToAlarm=1,
    Threshold=5,
    ComparisonOperator="GreaterThanThreshold",
    TreatMissingData="notBreaching",
)
### END SOLUTION

# %%
lab.check("error-share")


# %% tags=["exercise-definition"]
from labkit.labs.observability.alarm_expressions import computed


class ErrorShare(Exercise):
    id = "error-share"
    title = "A share, not a number"
    minutes = 5
    hints = (
        "Which two numbers make the share, and which operation? With `Metrics`, the alarm has no MetricName, Period or "
        "Statistic of its own.",
        'The third entry is `{"Id": "share", "Expression": "…"}`. An expression may use the ids of the others, `*` and `/`. '
        "Is your share of 1 or of 100?",
        '`"Expression": "100 * bad / all"`; then `Threshold=5`, `EvaluationPeriods=3`, `DatapointsToAlarm=1` and '
        '`TreatMissingData="notBreaching"`',
    )

    def check(self, lab):
        found = lab.client("cloudwatch").describe_alarms(AlarmNames=[lab.name("errors")])
        if not found["MetricAlarms"]:
            raise NotYet(f"an alarm {lab.name('errors')}", "none", self.hints[0])
        alarm = found["MetricAlarms"][0]
        queries = alarm.get("Metrics", [])
        shown = [one for one in queries if one.get("ReturnData", True)]
        if len(shown) != 1 or "Expression" not in shown[0]:
            raise NotYet("one expression over two metrics", "a number of errors", self.hints[0])
        names = {
            one["Id"]: one["MetricStat"]["Metric"]["MetricName"]
            for one in queries
            if "MetricStat" in one
        }
        percent = self.in_percent(shown[0]["Expression"], names)
        if alarm["Threshold"] != (5 if percent else 0.05):
            raise NotYet(
                f"a threshold of {5 if percent else 0.05}",
                f"{alarm['Threshold']:g}, while the expression is {'in per cent' if percent else 'at most 1'}",
                self.hints[1],
            )
        above = ("GreaterThanThreshold", "GreaterThanOrEqualToThreshold")
        if (sign := alarm["ComparisonOperator"]) not in above:
            raise NotYet("an alarm when the share is above that", sign, "GreaterThanThreshold")
        periods = (
            alarm["EvaluationPeriods"],
            alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]),
        )
        if periods != (3, 1):
            raise NotYet("1 of the last 3 minutes", f"{periods[1]} of {periods[0]}", self.hints[2])
        if alarm.get("TreatMissingData") != "notBreaching":
            raise NotYet("no data to mean that all is well", "something else", self.hints[2])
        return "more than 5 % of the requests in one of three minutes"

    def in_percent(self, expression, names):
        """Tell whether the expression gives a share in per cent, or else of 1: of 200, 10 failed."""
        numbers = {"Count": 200, "5XXError": 10}
        given = {id: numbers[name] for id, name in names.items() if name in numbers}
        try:
            share = computed(expression, given)
        except ValueError as error:
            raise NotYet("a share of 5XXError in Count", str(error), self.hints[1]) from None
        if share not in (5, 0.05):
            found = f"{expression}, which says {share:g} where 10 of 200 have failed"
            raise NotYet("a share of 5XXError in Count", found, self.hints[1])
        return share == 5


# %% wrong="error-share" expect="a number of errors"
by = [{"Name": "ApiName", "Value": service.api}, {"Name": "Stage", "Value": "prod"}]
cloudwatch.put_metric_alarm(
    AlarmName=lab.name("errors"), Namespace="AWS/ApiGateway", MetricName="5XXError", Dimensions=by,
    Statistic="Sum", Period=60, EvaluationPeriods=3, DatapointsToAlarm=1, Threshold=5,
    ComparisonOperator="GreaterThanThreshold", TreatMissingData="notBreaching",
)  # fmt: skip

# %% wrong="error-share" expect="which says 2000"
cloudwatch.put_metric_alarm(
    AlarmName=lab.name("errors"),
    Metrics=[of_api("all", "Count"), of_api("bad", "5XXError"),
             {"Id": "share", "Expression": "100 * all / bad"}],
    EvaluationPeriods=3, DatapointsToAlarm=1, Threshold=5,
    ComparisonOperator="GreaterThanThreshold", TreatMissingData="notBreaching",
)  # fmt: skip

# %% wrong="error-share" expect="when the share is above that"
cloudwatch.put_metric_alarm(
    AlarmName=lab.name("errors"),
    Metrics=[of_api("all", "Count"), of_api("bad", "5XXError"),
             {"Id": "share", "Expression": "100 * bad / all"}],
    EvaluationPeriods=3, DatapointsToAlarm=1, Threshold=5,
    ComparisonOperator="LessThanThreshold", TreatMissingData="notBreaching",
)  # fmt: skip

# %% wrong="error-share" expect="at most 1"
cloudwatch.put_metric_alarm(
    AlarmName=lab.name("errors"),
    Metrics=[of_api("all", "Count"), of_api("bad", "5XXError"),
             {"Id": "share", "Expression": "bad / all"}],
    EvaluationPeriods=3, DatapointsToAlarm=1, Threshold=5,
    ComparisonOperator="GreaterThanThreshold", TreatMissingData="notBreaching",
)  # fmt: skip

# %% [markdown]
# Three alarms at three in the morning are one problem. A **composite alarm** rings once:

# %%
names = [lab.name(name) for name in ("age", "errors", "dead")]
rule = " OR ".join(f'ALARM("{name}")' for name in names)
cloudwatch.put_composite_alarm(AlarmName=lab.name("customers"), AlarmRule=rule)

# %% [markdown]
# > **Predict.** One order cannot be read by the kitchen (`"error": true`). Which of the four alarms go off, and in
# > which order?


# %%
def state(name):
    """Return an alarm's state."""
    types = ["MetricAlarm", "CompositeAlarm"]
    answer = cloudwatch.describe_alarms(AlarmNames=[lab.name(name)], AlarmTypes=types)
    return [*answer["MetricAlarms"], *answer["CompositeAlarms"]][0]["StateValue"]


broken = stream[some + 1] | {"error": True}
place_some(service.url, [broken])
wait_until(lambda: state("dead") == "ALARM", seconds=300, what="the alarm on the dead letters")
wait_until(lambda: state("customers") == "ALARM", seconds=60, what="the composite alarm")

# %%
from labkit.labs.observability import state_history

state_history(cloudwatch, [*names, lab.name("customers")])

# %% [markdown]
# The customer was told `202`: for the API all was well. The alarm on the dead letters knew, and the composite one
# with it. (AWS looks at alarms once a minute; the sandbox each second, so that you need not wait.)

# %% [markdown]
# ## 5 · A dashboard
#
# A dashboard is a JSON document: widgets on 24 columns. On top what customers feel, below where to look next.

# %%
own_metric = [service.space, "SecondsToSaga", "Service", service.space]
api = ["ApiName", service.api, "Stage", "prod"]
arns = [f"arn:aws:cloudwatch:{lab.region}:{lab.account}:alarm:{n}" for n in names]


def widget(kind, x, y, width, height, **properties):
    """Write a widget."""
    place = {"type": kind, "x": x, "y": y, "width": width, "height": height}
    more = {} if kind == "text" else {"region": lab.region}
    return place | {"properties": properties | more}


body = {
    "widgets": [
        widget("text", 0, 0, 24, 1, markdown="# Delivery: is it well, and for whom?"),
        widget("alarm", 0, 1, 7, 5, title="Alarms", alarms=arns),
        widget(
            "metric", 7, 1, 17, 5, title="Seconds to the saga", period=10,
            metrics=[[*own_metric, {"stat": "p90", "label": "p90"}],
                     [*own_metric, {"stat": "p50", "label": "p50"}]],
        ),
        widget(
            "metric", 0, 6, 12, 5, title="Requests a minute", stat="Sum",
            metrics=[["AWS/ApiGateway", "Count", *api], [".", "5XXError", *api]],
        ),
        widget(
            "metric", 12, 6, 12, 5, title="Oldest message, s", stat="Maximum",
            metrics=[["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", service.queue]],
        ),
    ]
}  # fmt: skip
cloudwatch.put_dashboard(DashboardName=lab.name("board"), DashboardBody=json.dumps(body))[
    "DashboardValidationMessages"
]

# %%
from labkit.labs.observability import dashboard_drawing

dashboard_drawing(cloudwatch, lab.name("board"))

# %% [markdown]
# ## 6 · How well is well enough?
#
# "No order is ever late" costs more than it is worth. A **service level objective** (SLO) says how much may go wrong:
# *95 % of all orders reach the saga within 3 s*. The 5 % are the **error budget**. The **burn rate** is how fast it is
# used up: at 1 it just lasts, at 10 it is gone in a tenth of the time. So an alarm on the burn rate rings for what
# matters, and leaves a single late order in peace.

# %%
from labkit.labs.observability import burn_down

GOAL = 0.95
late = series(cloudwatch, [own("Late", "Sum", Label="bad")])
all_of_them = series(cloudwatch, [own("Late", "SampleCount", Label="total")])
periods = late.rename(columns={"value": "bad"}).assign(total=all_of_them["value"])
burn_down(periods, GOAL)

# %% [markdown]
# ## 7 · Something is wrong
#
# Now the service breaks, in a way that nobody tells you. One of several faults is drawn by chance:

# %%
from labkit.labs.observability import inject

inject(lab, service)

# %% [markdown]
# ### Exercise 4 · Find it
#
# Place orders, and look: alarms and dashboard first (*is it bad?*), then the map and a trace (*where?*), then the
# logs of that part (*what?*). Your tools are all above. When you know, write it down:
# `report(lab, where, what)`, with one of each:

# %%
from labkit.labs.observability import WHAT, WHERE, report

bad_times = place_some(service.url, stream[-some:])
print(*WHERE, sep=", ")
print(*WHAT, sep=", ")
bad_times["status"].value_counts()

# %% exercise="find-the-fault"
### BEGIN SOLUTION
from labkit.labs.observability import reveal

fault = reveal(lab, service)  # yours is found, not revealed
report(lab, fault.where, fault.what)
### END SOLUTION

# %%
lab.check("find-the-fault")

# %% tags=["exercise-definition"]
import json

from labkit.labs.observability import reveal, watched_service
from labkit.labs.observability.faults import DIAGNOSIS


class FindTheFault(Exercise):
    id = "find-the-fault"
    title = "Find it"
    minutes = 7
    hints = (
        "Begin outside: does the customer get an answer? Then the queue: does its oldest message get older? Then the "
        "dead letters: is there one?",
        "No answer: `front`. The queue gets older: does the kitchen have Invocations, or Throttles? Dead letters: what "
        'does `filter log_level = "ERROR" or record.status = "timeout"` say in the kitchen\'s log? All well, and yet late: draw a trace.',
        "AWS/Lambda has Invocations, Errors and Throttles by FunctionName; AWS/SQS has ApproximateNumberOfMessagesNotVisible, what is in flight. A trace of one of `bad_times` shows the "
        "longest bar, and a fault is crossed out. Compare with the waterfall of section 3.",
    )

    def check(self, lab):
        path = lab.folder / DIAGNOSIS
        if not path.exists():
            raise NotYet("a diagnosis", "none", "report(lab, where, what)")
        given = json.loads(path.read_text(encoding="utf-8"))
        fault = reveal(lab, found_service(lab))
        if fault is None:
            raise NotYet("a fault in the service", "none", "run the cell with `inject` again")
        if given["where"] != fault.where:
            raise NotYet(
                "the part where it begins",
                f"{given['where']}, which does what it should",
                self.hints[0],
            )
        if given["what"] != fault.what:
            raise NotYet(f"what is wrong with {fault.where}", f"not {given['what']}", self.hints[1])
        return f"{fault.story} It shows in: {fault.seen}."


def found_service(lab):
    """Return what the check needs to know of the service."""
    from types import SimpleNamespace

    mappings = lab.client("lambda").list_event_source_mappings(FunctionName=lab.name("kitchen"))
    uuid = mappings["EventSourceMappings"][0]["UUID"]
    return SimpleNamespace(mapping_id=uuid, table=lab.name("orders"))


# %% wrong="find-the-fault" expect="the part where it begins"
from labkit.labs.observability import WHERE, report, reveal

report(lab, next(part for part in WHERE if part != reveal(lab, service).where), "slow")

# %% wrong="find-the-fault" expect="what is wrong with"
from labkit.labs.observability import WHAT, report, reveal

fault = reveal(lab, service)
report(lab, fault.where, next(one for one in WHAT if one != fault.what))

# %% [markdown]
# Mend it, and see that it is well again:

# %%
from labkit.labs.observability import mend

mend(lab, service)
well = place_some(service.url, stream[some + 2 : some + 4])
good = trace_of(xray, well["trace"].iloc[-1], [lab.name("kitchen"), lab.name("saga")])
trace_waterfall(good)

# %% [markdown] tags=["extra"]
# ## 8 · Which requests are traced?
#
# Nobody records every request: a million traces cost 5 US dollars. **Sampling rules** say which, in the order of
# their priority; the first that fits decides. API Gateway and Step Functions ask them, Lambda has a rule of its own.

# %%
rules = xray.get_sampling_rules()["SamplingRuleRecords"]
[
    (one["SamplingRule"]["RuleName"], one["SamplingRule"]["ReservoirSize"],
     one["SamplingRule"]["FixedRate"])
    for one in rules
]  # fmt: skip

# %% [markdown]
# One a second, and 5 % of the others. How many of 20 orders that say nothing about sampling are recorded?

# %%
from labkit.labs.delivery import post_order

stage = f"{service.api}/prod"
of_stage = f'service(id(name: "{stage}", type: "AWS::ApiGateway::Stage"))'


def recorded_of_20():
    """Place 20 orders, and count the stage's traces of them."""
    began = dt.datetime.now(dt.UTC)
    for order in stream[:20]:
        post_order(service.url, order)
    found = xray.get_trace_summaries(
        StartTime=began,
        EndTime=dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1),
        TimeRangeType="Event",
        FilterExpression=of_stage,
    )["TraceSummaries"]
    return f"{len(found)} of 20"


recorded_of_20()

# %% [markdown]
# Half of this stage's requests would be more use while you look for a fault. A rule of your own comes before the
# default one. (Services fetch the rules from time to time: in an account, wait some minutes before you count again.)

# %%
rule = {
    "RuleName": lab.name("half"), "Priority": 1, "FixedRate": 0.5, "ReservoirSize": 0,
    "ServiceName": stage, "ServiceType": "AWS::ApiGateway::Stage",
    "ResourceARN": "*", "Host": "*", "HTTPMethod": "*", "URLPath": "*", "Version": 1,
}  # fmt: skip
xray.create_sampling_rule(SamplingRule=rule)
recorded_of_20()

# %% [markdown] tags=["extra"]
# ## 9 · Instead of our own module
#
# `watch.py` has some forty lines, so that nothing is hidden. At work take a library:
#
# - **Powertools for AWS Lambda** has a `Logger`, `Metrics` (EMF) and a `Tracer`. Its logger names some keys in
#   another way (`function_request_id`, `service`), so queries have to follow. Its tracer stands on the X-Ray SDK,
#   which gets security fixes only since 25 February 2026.
# - **OpenTelemetry** is the standard for traces of all vendors. As a layer it costs cold start (reports say two to
#   four times); without a layer you send spans to X-Ray's OTLP endpoint yourself, which needs *Transaction Search*
#   to be on for the whole account. Look before you rely on it:

# %%
destination = xray.get_trace_segment_destination()
destination["Destination"], destination["Status"]

# %% [markdown] tags=["extra"]
# ## 10 · What logs cost
#
# Logs are often the dearest part of a small service: what is *taken in* is billed, by the gigabyte. How many bytes
# does one order write?

# %%
sizes = ask(
    logs, service.groups.values(), "stats sum(strlen(@message)) as bytes, count(*) as lines by @log"
)
sizes

# %%
from labkit.prices import price

per_gb = price("cloudwatch-logs-ingest-gb", "ap-northeast-2").amount
bytes_per_order = sizes["bytes"].astype(float).sum() / (len(placed) + len(bad_times) + 5)
f"{bytes_per_order:,.0f} bytes an order: {bytes_per_order * 1e6 / 2**30 * per_gb:,.2f} USD a million"

# %% [markdown]
# A tenth of it is enough for most: `SystemLogLevel` WARN drops Lambda's own lines, DEBUG lines stay out, an access log
# is sampled, and a retention is set (a log group keeps everything for ever by default).

# %% [markdown]
# ## Recap
#
# - **The answer.** Ask from the outside to the inside. Alarms and the SLO say *that* customers are hurt and since
#   when; the map and a trace say *where*; the logs of that part, searched by the order's number, say *what*.
# - Log JSON, with the same key on every line. One query reads many log groups.
# - A trace ends at a queue and is linked behind it. Annotations find it on both sides.
# - Alarm on what customers feel: age, share of errors, dead letters. 2 of 3, and say what no data means.

# %% [markdown]
# ## Going further
#
# - A metric filter counts log lines that nobody has written as EMF: `put_metric_filter` with `{ $.level = "ERROR" }`.
# - An alarm that knows what is usual: `ANOMALY_DETECTION_BAND`.
# - CloudWatch has SLOs of its own (*Application Signals*), with burn rates.

# %% [markdown]
# ## Clean up

# %%
lab.teardown()

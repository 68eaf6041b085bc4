"""What a run has used, as CloudWatch counts it: requests, compute and data, priced as estimates.

CloudWatch bills what is asked of it, so this is read when somebody wants to know, never by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from labkit.prices import MissingPriceError, Quantity, Sheet, Unit
from labkit.resources.journal import Item, Journal
from labkit.resources.kind import GetClient

HOUR_S = 3600
"""Period of the metrics that are summed up, in seconds."""

AT_A_TIME = 500
"""Metrics in one GetMetricData (CloudWatch API reference)."""

BYTES_PER_GB = 2**30
"""CloudWatch counts data in bytes, and AWS bills binary gigabytes."""


@dataclass(frozen=True)
class Meter:
    """One thing that AWS bills by use, and the metrics that come near to it.

    Attributes
    ----------
    price
        Item of the price sheet.
    namespace, metrics
        Of CloudWatch; their sums are added.
    dimension
        By which the metrics tell one resource; its value is the resource's name, or its id.
    unit, each
        Unit of the price, and how much of the metrics makes one.
    estimated
        Why this comes only near.
    """

    price: str
    namespace: str
    metrics: tuple[str, ...]
    dimension: str
    unit: Unit
    each: float
    estimated: str


REQUESTS_OF_SQS = (
    "NumberOfMessagesSent",
    "NumberOfMessagesReceived",
    "NumberOfMessagesDeleted",
    "NumberOfEmptyReceives",
)

METERS: Mapping[str, tuple[Meter, ...]] = MappingProxyType(
    {
        "Lambda function": (
            Meter(
                "lambda-request",
                "AWS/Lambda",
                ("Invocations",),
                "FunctionName",
                Unit.REQUEST,
                1,
                "throttled calls are not counted",
            ),
            Meter(
                "lambda-x86-gb-second",
                "AWS/Lambda",
                ("Duration",),
                "FunctionName",
                Unit.GB_SECOND,
                1000 * 1024,
                "with the memory that it has now, and without INIT phases",
            ),
        ),
        "SQS queue": (
            Meter(
                "sqs-standard-request",
                "AWS/SQS",
                REQUESTS_OF_SQS,
                "QueueName",
                Unit.REQUEST,
                1,
                "each message counts as a request; batches cost less",
            ),
        ),
        "REST API": (
            Meter(
                "api-gateway-rest-request",
                "AWS/ApiGateway",
                ("Count",),
                "ApiName",
                Unit.REQUEST,
                1,
                "calls without a deployed stage are not counted",
            ),
        ),
        "HTTP API": (
            Meter(
                "api-gateway-http-request",
                "AWS/ApiGateway",
                ("Count",),
                "ApiId",
                Unit.REQUEST,
                1,
                "larger requests count as several",
            ),
        ),
        "SNS topic": (
            Meter(
                "sns-publish",
                "AWS/SNS",
                ("NumberOfMessagesPublished",),
                "TopicName",
                Unit.REQUEST,
                1,
                "deliveries other than to SQS and Lambda come on top",
            ),
        ),
        "log group": (
            Meter(
                "cloudwatch-logs-ingest-gb",
                "AWS/Logs",
                ("IncomingBytes",),
                "LogGroupName",
                Unit.GB,
                BYTES_PER_GB,
                "storage is not counted",
            ),
        ),
        "NAT gateway": (
            Meter(
                "nat-gateway-gb",
                "AWS/NATGateway",
                ("BytesOutToDestination", "BytesOutToSource"),
                "NatGatewayId",
                Unit.GB,
                BYTES_PER_GB,
                "transfer to the internet comes on top",
            ),
        ),
    }
)
"""Kinds of which CloudWatch counts what is billed, or what comes near to it (each service's guide,
"Metrics")."""

UNMETERED: Mapping[str, str] = MappingProxyType(
    {
        "DynamoDB table": "reads, writes and storage",
        "EventBridge event bus": "events",
        "S3 bucket": "requests and storage",
        "VPC endpoint": "data",
        "load balancer": "capacity units",
        "schedule": "calls",
        "state machine": "transitions, or time and memory",
    }
)
"""Kinds with a use that AWS bills and no meter reads → what: CloudWatch counts it for a whole
account, or only for those who pay for it, or the sheet holds no price."""

BY_ID = frozenset(["ApiId", "NatGatewayId"])
"""Dimensions whose value is an id, not a name."""


@dataclass(frozen=True)
class Use:
    """What one resource has used of one thing.

    Attributes
    ----------
    kind, name
        As in the journal.
    used
        None where it cannot be told.
    usd
        What that costs; None where it is not known.
    basis
        The price and what makes it an estimate, or why there is none.
    """

    kind: str
    name: str
    used: Quantity | None
    usd: float | None
    basis: str


def used(journal: Journal, get_client: GetClient, now: datetime, sheet: Sheet) -> list[Use]:
    """Read what a run's resources have used so far, those included that are gone.

    Parameters
    ----------
    journal
        The run's journal.
    get_client
        Gives the client of a service.
    now
        Until when, UTC.
    sheet
        Prices.
    """
    metered = [(item, meter) for item in journal.items() for meter in METERS.get(item.kind, ())]
    sums = _sums(get_client("cloudwatch"), metered, journal.run.started_at, now)
    uses = []
    for (item, meter), total in zip(metered, sums, strict=True):
        if total:
            uses.append(_use(item, meter, total, get_client, journal.run.region, sheet))
    return uses


def uncounted(journal: Journal, uses: Iterable[Use]) -> list[str]:
    """Say what of a run's use is not among `uses`: what no meter reads, or none has shown yet."""
    held, seen = {item.kind for item in journal.items()}, {use.kind for use in uses}
    unmetered = {f"{kind} ({what})" for kind, what in UNMETERED.items() if kind in held}
    silent = {f"{kind} (no metrics so far)" for kind in METERS if kind in held - seen}
    return sorted(unmetered | silent)


def _use(
    item: Item, meter: Meter, total: float, get_client: GetClient, region: str, sheet: Sheet
) -> Use:
    wanted, times = meter.price, 1.0
    if meter.unit == Unit.GB_SECOND:
        function = _function(get_client, item.name)
        if function is None:
            return Use(item.kind, item.name, None, None, "gone, and with it how much memory it had")
        times = function["MemorySize"]
        wanted = wanted if function["Architectures"] == ["x86_64"] else "lambda-arm-gb-second"
    if item.name.endswith(".fifo"):
        wanted = "sqs-fifo-request"
    quantity = Quantity(total * times / meter.each, meter.unit)
    try:
        price = sheet.price(wanted, region)
        usd = price.cost(quantity)
    except MissingPriceError:
        return Use(item.kind, item.name, quantity, None, f"the price sheet has no {wanted}")
    return Use(item.kind, item.name, quantity, usd, f"{price}; {meter.estimated}")


def _function(get_client: GetClient, name: str) -> dict[str, Any] | None:
    client = get_client("lambda")
    try:
        return dict(client.get_function_configuration(FunctionName=name))
    except client.exceptions.ResourceNotFoundException:
        return None


def _sums(
    cloudwatch: Any, metered: Iterable[tuple[Item, Meter]], since: datetime, now: datetime
) -> list[float]:
    """Return the sum of each one's metrics, in order."""
    queries: list[dict[str, Any]] = []
    sums: list[float] = []
    for place, (item, meter) in enumerate(metered):
        queries += _queries(place, item, meter)
        sums.append(0.0)
    pages = cloudwatch.get_paginator("get_metric_data")
    for start in range(0, len(queries), AT_A_TIME):
        some = queries[start : start + AT_A_TIME]
        for page in pages.paginate(MetricDataQueries=some, StartTime=since, EndTime=now):
            for result in page["MetricDataResults"]:
                sums[int(result["Id"].split("_")[1])] += sum(result["Values"])
    return sums


def _queries(place: int, item: Item, meter: Meter) -> Iterator[dict[str, Any]]:
    value = item.id if meter.dimension in BY_ID else item.name
    for number, name in enumerate(meter.metrics):
        metric = {
            "Namespace": meter.namespace,
            "MetricName": name,
            "Dimensions": [{"Name": meter.dimension, "Value": value or ""}],
        }
        stat = {"Metric": metric, "Period": HOUR_S, "Stat": "Sum"}
        yield {"Id": f"m_{place}_{number}", "MetricStat": stat}

"""What a run has used, as CloudWatch counts it: requests, compute and data, priced as estimates.

CloudWatch bills what is asked of it, so this is read when somebody wants to know, never by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from labkit.prices import HOURS_A_MONTH, MissingPriceError, Quantity, Sheet, Unit
from labkit.resources.billing import BYTES_PER_GB, Meter
from labkit.resources.errors import code_of
from labkit.resources.journal import Item, Journal
from labkit.resources.kind import GetClient
from labkit.resources.kinds import KINDS

HOUR_S = 3600
"""Period of the metrics that are summed up, in seconds."""

AT_A_TIME = 500
"""Metrics in one GetMetricData (CloudWatch API reference)."""


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
    items, region = journal.items(), journal.run.region
    metered = [(item, meter) for item in items for meter in KINDS[item.kind].billing.meters]
    sums = _sums(get_client("cloudwatch"), metered, journal.run.started_at, now)
    uses = [
        _use(item, meter, total, get_client, region, sheet)
        for (item, meter), total in zip(metered, sums, strict=True)
        if total
    ]
    stored = (_stored(item, get_client, now, region, sheet) for item in items)
    return uses + [use for use in stored if use is not None]


def uncounted(journal: Journal, uses: Iterable[Use]) -> list[str]:
    """Say what of a run's use is not among `uses`: what no meter reads, or none has shown yet."""
    held = {item.kind for item in journal.items()}
    seen = {use.kind for use in uses if use.used is None or use.used.unit != Unit.GB_MONTH}
    billing = {kind: KINDS[kind].billing for kind in held}
    unmetered = {f"{kind} ({one.unmetered})" for kind, one in billing.items() if one.unmetered}
    silent = {f"{kind} (no metrics so far)" for kind in held - seen if billing[kind].meters}
    return sorted(unmetered | silent)


def _stored(
    item: Item, get_client: GetClient, now: datetime, region: str, sheet: Sheet
) -> Use | None:
    """Price what a resource stores now, as if it had stored that since it was made."""
    from botocore.exceptions import ClientError

    kind = KINDS[item.kind]
    if not kind.billing.stored or item.id is None or item.gone_at is not None:
        return None
    try:
        held = kind.stored_bytes(get_client, item.id)
    except ClientError as error:
        if code_of(error) in kind.missing:
            return None
        raise
    months = max(0.0, (now - item.intended_at).total_seconds()) / HOUR_S / HOURS_A_MONTH
    quantity = Quantity(held / BYTES_PER_GB * months, Unit.GB_MONTH)
    why = "what it holds now, since it was made"
    return _priced(item, kind.billing.stored, quantity, why, region, sheet) if held else None


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
    return _priced(item, wanted, quantity, meter.estimated, region, sheet)


def _priced(
    item: Item, wanted: str, quantity: Quantity, estimated: str, region: str, sheet: Sheet
) -> Use:
    try:
        price = sheet.price(wanted, region)
        usd = price.cost(quantity)
    except MissingPriceError:
        return Use(item.kind, item.name, quantity, None, f"the price sheet has no {wanted}")
    return Use(item.kind, item.name, quantity, usd, f"{price}; {estimated}")


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
    value = item.id if meter.by_id else item.name
    for number, name in enumerate(meter.metrics):
        metric = {
            "Namespace": meter.namespace,
            "MetricName": name,
            "Dimensions": [{"Name": meter.dimension, "Value": value or ""}],
        }
        stat = {"Metric": metric, "Period": HOUR_S, "Stat": "Sum"}
        yield {"Id": f"m_{place}_{number}", "MetricStat": stat}

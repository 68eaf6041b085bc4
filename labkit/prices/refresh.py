"""Brings the price sheet up to date from AWS's own Price List.

An item is matched by service, usage type and operation; one that the Price List does not hold, or
holds twice, keeps the price it had.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from labkit.prices.price_list import TRANSFER, Rate
from labkit.prices.sheet import SHEET, Price, Sheet, read
from labkit.prices.units import Unit


@dataclass(frozen=True)
class _Line:
    """Where an item of the sheet is found in the Price List."""

    service: str
    usage_type: str
    aws_unit: str
    operation: str | None = None


_LINES = {
    "nat-gateway-hour": _Line("AmazonEC2", "NatGateway-Hours", "Hrs"),
    "nat-gateway-gb": _Line("AmazonEC2", "NatGateway-Bytes", "GB"),
    "interface-endpoint-hour": _Line("AmazonVPC", "VpcEndpoint-Hours", "Hrs"),
    "interface-endpoint-gb": _Line("AmazonVPC", "VpcEndpoint-Bytes", "GB"),
    "public-ipv4-hour": _Line("AmazonVPC", "PublicIPv4:InUseAddress", "Hrs"),
    "internet-out-gb": _Line(TRANSFER, "DataTransfer-Out-Bytes", "GB"),
    "cross-az-gb": _Line(TRANSFER, "DataTransfer-Regional-Bytes", "GB"),
    "alb-hour": _Line("AWSELB", "LoadBalancerUsage", "Hrs", "LoadBalancing:Application"),
    "alb-lcu-hour": _Line("AWSELB", "LCUUsage", "LCU-Hrs", "LoadBalancing:Application"),
    "s3-standard-gb-month": _Line("AmazonS3", "TimedStorage-ByteHrs", "GB-Mo"),
    "s3-standard-ia-gb-month": _Line("AmazonS3", "TimedStorage-SIA-ByteHrs", "GB-Mo"),
    "s3-glacier-instant-gb-month": _Line("AmazonS3", "TimedStorage-GIR-ByteHrs", "GB-Mo"),
    "s3-glacier-flexible-gb-month": _Line("AmazonS3", "TimedStorage-GlacierByteHrs", "GB-Mo"),
    "s3-deep-archive-gb-month": _Line(
        "AmazonS3GlacierDeepArchive", "TimedStorage-GDA-ByteHrs", "GB-Mo"
    ),
    "s3-transition-to-standard-ia": _Line(
        "AmazonS3", "Requests-Tier4", "Requests", "S3-SIATransition"
    ),
    "s3-transition-to-glacier-instant": _Line(
        "AmazonS3", "Requests-Tier4", "Requests", "S3-GIRTransition"
    ),
    "s3-transition-to-glacier-flexible": _Line(
        "AmazonS3", "Requests-Tier3", "Requests", "S3-GlacierTransition"
    ),
    "s3-transition-to-deep-archive": _Line(
        "AmazonS3", "Requests-Tier3", "Requests", "S3-GDATransition"
    ),
    "cloudwatch-logs-ingest-gb": _Line("AmazonCloudWatch", "DataProcessing-Bytes", "GB"),
    "cloudwatch-logs-gb-month": _Line("AmazonCloudWatch", "TimedStorage-ByteHrs", "GB-Mo"),
}
"""Usage types as bills and public readers of the Price List show them; unmatched ones change
nothing."""

_AWS_UNITS = {
    "Hrs": (Unit.HOUR, Unit.AZ_HOUR),
    "GB": (Unit.GB,),
    "GB-Mo": (Unit.GB_MONTH,),
    "LCU-Hrs": (Unit.LCU_HOUR,),
    "Requests": (Unit.REQUEST,),
}


SERVICES = tuple(sorted({line.service for line in _LINES.values()}))
"""Service codes of all that can be found."""


def renew(rates: Iterable[Rate], path: Path = SHEET) -> str:
    """Write the sheet anew with the prices that the Price List gives; say what changed."""
    before = read(path.read_text(encoding="utf-8"))
    after = refreshed(before, rates, date.today())
    path.write_text(after.as_csv(), encoding="utf-8")
    return f"{_changes(before, after)}\nWritten to {path}."


def _changes(before: Sheet, after: Sheet) -> str:
    old = {(price.item, price.region): price for price in before.prices()}
    found = [price for price in after.prices() if old.get((price.item, price.region)) != price]
    lines = [_change(old.get((price.item, price.region)), price) for price in found]
    kept = len(after.prices()) - len(found)
    return "\n".join([*lines, f"{len(found)} prices read; {kept} not found, and kept."])


def _change(old: Price | None, new: Price) -> str:
    said = f"{new.item} in {new.region}: {new}"
    if old is None:
        return f"{said} (new)"
    return f"{said} (as before)" if old.amount == new.amount else f"{said} (was {old})"


def refreshed(sheet: Sheet, rates: Iterable[Rate], today: date) -> Sheet:
    """Make a sheet with the prices that the Price List gives.

    Parameters
    ----------
    sheet : Sheet
        Keeps every price that is not found.
    rates : iterable of Rate
        From `labkit.prices.price_list`.
    today : datetime.date
        Becomes the date of the new prices.

    Returns
    -------
    Sheet
        With another Region's prices too, if the rates have any.
    """
    known = {price.item: price for price in sheet.prices()}
    by_region: dict[str, list[Rate]] = {}
    for rate in rates:
        by_region.setdefault(rate.region, []).append(rate)
    new = []
    for region, of_region in by_region.items():
        for item, line in _LINES.items():
            found = _first_charged([rate for rate in of_region if _matches(line, rate)])
            if found and item in known and known[item].unit in _AWS_UNITS[line.aws_unit]:
                new.append(_as_price(known[item], region, found, today))
    return sheet.updated(new)


def _matches(line: _Line, rate: Rate) -> bool:
    return (rate.service, rate.usage_type, rate.unit) == (
        line.service,
        line.usage_type,
        line.aws_unit,
    ) and line.operation in (None, rate.operation)


def _first_charged(tiers: list[Rate]) -> Rate | None:
    """Give the first tier that costs something; nothing if several products match."""
    if len({tier.sku for tier in tiers}) != 1:
        return None
    ordered = sorted(tiers, key=lambda tier: tier.begin)
    return next((tier for tier in ordered if tier.usd > 0), ordered[0])


def _as_price(known: Price, region: str, rate: Rate, today: date) -> Price:
    """Give a rate as a price, for as many units as the sheet's own price of the item."""
    return replace(
        known,
        region=region,
        amount=rate.usd * known.per,
        up_to=rate.end,
        source=f"AWS Price List {rate.service} {rate.version} {region} SKU {rate.sku}",
        checked=today,
        confidence="H",
    )

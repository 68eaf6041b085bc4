"""Bring the price sheet up to date from AWS's own Price List.

Two doors, one format: the public bulk files (no account needed), and the Price List Query API for
those who have an account. An item is matched by service, usage type and operation; an item that the
files do not hold, or hold twice, keeps the price it had.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from labkit.errors import LabkitError
from labkit.prices.sheet import Price, Sheet
from labkit.prices.units import Unit

BULK_URL = (
    "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/{service}/current/{region}/index.json"
)
"""Where a service's bulk file is (AWS Billing user guide, "Getting price list files manually")."""
API_REGIONS = ("us-east-1", "eu-central-1", "ap-south-1")
"""Regions that serve the Price List Query API (botocore's endpoint data)."""
CSV_METADATA_ROWS = 5
"""Rows before the column names (AWS Billing user guide, "Reading the service price list file")."""
_PREFIX = re.compile(r"^[A-Z]{2,4}\d?-")
"""The Region's short name before a usage type: APN2-, EU-, USE1-; none for most of us-east-1's."""


@dataclass(frozen=True)
class Rate:
    """One priced tier of one product, as the Price List gives it.

    Attributes
    ----------
    service, region, usage_type, operation, sku : str
        The usage type without the Region's prefix.
    unit : str
        In AWS's words, such as ``"Hrs"`` or ``"GB-Mo"``.
    usd : float
        For one unit.
    begin : float
        The tier begins at this many units a month.
    end : float or None
        It ends there; None for no end.
    version : str
        Of the file that it comes from.
    """

    service: str
    region: str
    usage_type: str
    operation: str
    sku: str
    unit: str
    usd: float
    begin: float
    end: float | None
    version: str


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
    "internet-out-gb": _Line("AWSDataTransfer", "DataTransfer-Out-Bytes", "GB"),
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


def parse_json(text: str) -> list[Rate]:
    """Read a bulk file in JSON.

    Parameters
    ----------
    text : str
        The file: ``products`` by SKU, and ``terms`` by kind, SKU and offer term.

    Returns
    -------
    list of Rate
        The On-Demand rates in USD.

    Raises
    ------
    LabkitError
        If it is not such a file.
    """
    try:
        offer = json.loads(text)
        terms = offer["terms"].get("OnDemand", {})
        service, version = offer["offerCode"], offer["version"]
        return [
            rate
            for sku, product in offer["products"].items()
            for rate in _rates(service, version, product, terms.get(sku, {}))
        ]
    except (ValueError, KeyError, AttributeError, TypeError) as problem:
        raise _not_a_price_list("JSON", problem) from problem


def parse_csv(text: str) -> list[Rate]:
    """Read a bulk file in CSV: five rows about the file, the column names, one row per rate.

    Returns
    -------
    list of Rate
        The On-Demand rates in USD.

    Raises
    ------
    LabkitError
        If it is not such a file.
    """
    lines = text.splitlines()
    try:
        about = dict(csv.reader(lines[:CSV_METADATA_ROWS]))
        service, version = about["OfferCode"], about["Version"]
        return [
            Rate(
                service=service,
                region=row["Region Code"],
                usage_type=_PREFIX.sub("", row["usageType"]),
                operation=row["operation"],
                sku=row["SKU"],
                unit=row["Unit"],
                usd=float(row["PricePerUnit"]),
                begin=float(row["StartingRange"] or 0),
                end=_end(row["EndingRange"]),
                version=version,
            )
            for row in csv.DictReader(lines[CSV_METADATA_ROWS:])
            if row["TermType"] == "OnDemand" and row["Currency"] == "USD"
        ]
    except (ValueError, KeyError, TypeError) as problem:
        raise _not_a_price_list("CSV", problem) from problem


def _not_a_price_list(kind: str, problem: Exception) -> LabkitError:
    return LabkitError(
        f"This is not a price list file in {kind} ({type(problem).__name__}: {problem}). Nothing "
        f"was changed. Such files are at {BULK_URL}."
    )


def fetch(pricing: Any, region: str) -> list[Rate]:
    """Ask the Price List Query API for all that the sheet can take from it.

    Needs an account and ``pricing:GetProducts``; the calls are free of charge.

    Parameters
    ----------
    pricing : botocore client
        ``session.client("pricing", region_name="us-east-1")``; see `API_REGIONS`.
    region : str
        The Region whose prices are wanted.

    Returns
    -------
    list of Rate
    """
    paginator = pricing.get_paginator("get_products")
    rates: list[Rate] = []
    for service in sorted({line.service for line in _LINES.values()}):
        pages = paginator.paginate(
            ServiceCode=service,
            Filters=[{"Type": "TERM_MATCH", "Field": "regionCode", "Value": region}],
            FormatVersion="aws_v1",
        )
        for page in pages:
            for entry in map(json.loads, page["PriceList"]):
                terms = entry["terms"].get("OnDemand", {})
                rates += _rates(entry["serviceCode"], entry["version"], entry["product"], terms)
    return rates


def _rates(
    service: str, version: str, product: Mapping[str, Any], terms: Mapping[str, Any]
) -> Iterator[Rate]:
    """Give each tier of a product; a product without a Region is global and left out."""
    attributes = product["attributes"]
    if "regionCode" not in attributes:
        return
    for term in terms.values():
        for tier in term["priceDimensions"].values():
            if "USD" in tier["pricePerUnit"]:
                yield Rate(
                    service=service,
                    region=attributes["regionCode"],
                    usage_type=_PREFIX.sub("", attributes.get("usagetype", "")),
                    operation=attributes.get("operation", ""),
                    sku=product["sku"],
                    unit=tier["unit"],
                    usd=float(tier["pricePerUnit"]["USD"]),
                    begin=float(tier.get("beginRange", 0)),
                    end=_end(tier.get("endRange", "")),
                    version=version,
                )


def _end(text: str) -> float | None:
    return None if text in ("", "Inf") else float(text)


def refreshed(sheet: Sheet, rates: Iterable[Rate], today: date) -> Sheet:
    """Make a sheet with the prices that the Price List gives.

    Parameters
    ----------
    sheet : Sheet
        Keeps every price that is not found.
    rates : iterable of Rate
        From `parse_json`, `parse_csv` or `fetch`.
    today : datetime.date
        Becomes the date of the new prices.

    Returns
    -------
    Sheet
    """
    units = {price.item: price.unit for price in sheet.prices()}
    by_region: dict[str, list[Rate]] = {}
    for rate in rates:
        by_region.setdefault(rate.region, []).append(rate)
    new = []
    for region, of_region in by_region.items():
        for item, line in _LINES.items():
            found = _first_charged([rate for rate in of_region if _matches(line, rate)])
            if found and item in units and units[item] in _AWS_UNITS[line.aws_unit]:
                new.append(_as_price(item, region, units[item], found, today))
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


def _as_price(item: str, region: str, unit: Unit, rate: Rate, today: date) -> Price:
    return Price(
        item=item,
        region=region,
        amount=rate.usd,
        currency="USD",
        per=1,
        unit=unit,
        up_to=rate.end,
        source=f"AWS Price List {rate.service} {rate.version} {region} SKU {rate.sku}",
        checked=today,
        confidence="H",
    )

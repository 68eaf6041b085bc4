"""Reads AWS's Price List: the public bulk files, and the Query API for those with an account."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labkit.errors import LabkitError

BULK_URL = (
    "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/{service}/current/{region}/index.json"
)
"""Where a service's bulk file is (AWS Billing user guide, "Getting price list files manually")."""
API_REGION = "us-east-1"
"""One of the Regions that serve the Price List Query API (botocore's endpoint data)."""
CSV_METADATA_ROWS = 5
"""Rows before the column names (AWS Billing user guide, "Reading the service price list file")."""
TRANSFER = "AWSDataTransfer"
"""The service whose products have two Regions instead of one."""
_PREFIX = re.compile(r"^[A-Z]{2,4}\d?-")
"""The Region's short name before a usage type: APN2-, EU-, USE1-; none for most of us-east-1's."""


@dataclass(frozen=True)
class Rate:
    """One priced tier of one product, as the Price List gives it.

    Attributes
    ----------
    service, region, usage_type, operation, sku : str
        The Region is where the data leaves, for a transfer; the usage type is without its prefix.
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


def parse(text: str) -> list[Rate]:
    """Read a bulk file in JSON, or in CSV: five rows about the file, names, one row per rate.

    Returns
    -------
    list of Rate
        The On-Demand rates in USD; products without a Region are global and left out.

    Raises
    ------
    LabkitError
        If it is not such a file.
    """
    read = _read_json if text.lstrip().startswith("{") else _read_csv
    try:
        return list(read(text))
    except (ValueError, LookupError, AttributeError, TypeError) as problem:
        raise LabkitError(
            f"This is not a price list file in JSON or CSV ({type(problem).__name__}: {problem}). "
            f"Nothing was changed. Such files are at {BULK_URL}."
        ) from problem


def read(files: Iterable[Path]) -> list[Rate]:
    """Read bulk files; see `parse`."""
    try:
        texts = [file.read_text(encoding="utf-8") for file in files]
    except (OSError, ValueError) as problem:
        raise LabkitError(
            f"A price list file cannot be read: {problem}. Nothing was changed."
        ) from problem
    return [rate for text in texts for rate in parse(text)]


def fetch(pricing: Any, regions: Iterable[str], services: Sequence[str]) -> list[Rate]:
    """Ask the Price List Query API for everything that some services charge in some Regions.

    Needs an account and ``pricing:GetProducts``; the calls are free of charge.

    Parameters
    ----------
    pricing : botocore client
        ``session.client("pricing", region_name=API_REGION)``
    regions : iterable of str
        The Regions whose prices are wanted.
    services : sequence of str
        Service codes, such as ``"AmazonS3"``.

    Returns
    -------
    list of Rate

    Raises
    ------
    LabkitError
        If AWS does not answer.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return [
            rate
            for region in regions
            for service in services
            for entry in _listed(pricing, region, service)
            for rate in _rates(
                entry["serviceCode"],
                entry["version"],
                entry["product"],
                entry["terms"].get("OnDemand", {}),
            )
        ]
    except (BotoCoreError, ClientError) as error:
        raise LabkitError(
            f"AWS's Price List did not answer: {error}. Nothing was changed. It needs an account "
            f"and pricing:GetProducts; without them, give files from {BULK_URL}."
        ) from error


def _listed(pricing: Any, region: str, service: str) -> Iterator[dict[str, Any]]:
    field = "fromRegionCode" if service == TRANSFER else "regionCode"
    pages = pricing.get_paginator("get_products").paginate(
        ServiceCode=service,
        Filters=[{"Type": "TERM_MATCH", "Field": field, "Value": region}],
        FormatVersion="aws_v1",
    )
    return (json.loads(entry) for page in pages for entry in page["PriceList"])


def _read_json(text: str) -> Iterator[Rate]:
    """Read ``products`` by SKU, and ``terms`` by kind, SKU and offer term."""
    offer = json.loads(text)
    terms = offer["terms"].get("OnDemand", {})
    for sku, product in offer["products"].items():
        yield from _rates(offer["offerCode"], offer["version"], product, terms.get(sku, {}))


def _rates(
    service: str, version: str, product: Mapping[str, Any], terms: Mapping[str, Any]
) -> Iterator[Rate]:
    """Give each tier of a product."""
    attributes = product["attributes"]
    region = attributes.get("regionCode") or attributes.get("fromRegionCode")
    tiers = [tier for term in terms.values() for tier in term["priceDimensions"].values()]
    for tier in tiers:
        if region and "USD" in tier["pricePerUnit"]:
            yield Rate(
                service=service,
                region=region,
                usage_type=_PREFIX.sub("", attributes.get("usagetype", "")),
                operation=attributes.get("operation", ""),
                sku=product["sku"],
                unit=tier["unit"],
                usd=float(tier["pricePerUnit"]["USD"]),
                begin=float(tier.get("beginRange", 0)),
                end=_end(tier.get("endRange", "")),
                version=version,
            )


def _read_csv(text: str) -> Iterator[Rate]:
    lines = text.splitlines()
    about = dict(csv.reader(lines[:CSV_METADATA_ROWS]))
    service, version = about["OfferCode"], about["Version"]
    for row in csv.DictReader(lines[CSV_METADATA_ROWS:]):
        region = row.get("Region Code") or row.get("From Region Code")
        if region and row["TermType"] == "OnDemand" and row["Currency"] == "USD":
            yield Rate(
                service=service,
                region=region,
                usage_type=_PREFIX.sub("", row["usageType"]),
                operation=row["operation"],
                sku=row["SKU"],
                unit=row["Unit"],
                usd=float(row["PricePerUnit"]),
                begin=float(row["StartingRange"] or 0),
                end=_end(row["EndingRange"]),
                version=version,
            )


def _end(text: str) -> float | None:
    return None if text in ("", "Inf") else float(text)

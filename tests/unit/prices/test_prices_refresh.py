"""Reading AWS's Price List: both bulk formats, and the query API as botocore's model has it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from labkit import prices
from labkit.errors import LabkitError
from labkit.prices import Unit
from labkit.prices.price_list import Rate, fetch, parse
from labkit.prices.refresh import SERVICES, refreshed, renew
from labkit.prices.sheet import read

SEOUL = "ap-northeast-2"
TODAY = date(2026, 12, 1)


def _tier(usd: str, unit: str, begin: str = "0", end: str = "Inf") -> dict[str, Any]:
    return {
        "rateCode": "CODE",
        "description": "words",
        "beginRange": begin,
        "endRange": end,
        "unit": unit,
        "pricePerUnit": {"USD": usd},
        "appliesTo": [],
    }


def _product(sku: str, usage_type: str, operation: str = "") -> dict[str, Any]:
    attributes = {"usagetype": usage_type, "operation": operation, "regionCode": SEOUL}
    return {"sku": sku, "productFamily": "a family", "attributes": attributes}


def _term(sku: str, *tiers: dict[str, Any]) -> dict[str, Any]:
    dimensions = {f"{sku}.JRTCKXETXF.{number}": tier for number, tier in enumerate(tiers)}
    return {f"{sku}.JRTCKXETXF": {"sku": sku, "priceDimensions": dimensions, "termAttributes": {}}}


@pytest.fixture
def offer() -> dict[str, Any]:
    """A bulk file of Amazon S3, with numbers that AWS never asked for."""
    return {
        "formatVersion": "v1.0",
        "disclaimer": "words",
        "offerCode": "AmazonS3",
        "version": "20261201000000",
        "publicationDate": "2026-12-01T00:00:00Z",
        "products": {
            "STORE": _product("STORE", "APN2-TimedStorage-ByteHrs"),
            "DEEP": _product("DEEP", "APN2-Requests-Tier3", "S3-GDATransition"),
            "FLEX": _product("FLEX", "APN2-Requests-Tier3", "S3-GlacierTransition"),
            "OTHER": _product("OTHER", "APN2-TimedStorage-INT-FA-ByteHrs"),
            "GLOBAL": {"sku": "GLOBAL", "attributes": {"usagetype": "Global-Thing"}},
        },
        "terms": {
            "OnDemand": {
                "STORE": _term(
                    "STORE",
                    _tier("0.0230000000", "GB-Mo", "51200", "512000"),
                    _tier("0.0260000000", "GB-Mo", "0", "51200"),
                ),
                "DEEP": _term("DEEP", _tier("0.0000700000", "Requests")),
                "FLEX": _term("FLEX", _tier("0.0000400000", "Requests")),
                "OTHER": _term("OTHER", _tier("0.0990000000", "GB-Mo")),
                "GLOBAL": _term("GLOBAL", _tier("1", "GB-Mo")),
            }
        },
    }


CSV = """\
"FormatVersion","v1.0"
"Disclaimer","This pricing list is for informational purposes only."
"Publication Date","2026-12-01T00:00:00Z"
"Version","20261201000001"
"OfferCode","AmazonEC2"
"SKU","OfferTermCode","RateCode","TermType","PriceDescription","EffectiveDate","StartingRange",\
"EndingRange","Unit","PricePerUnit","Currency","Product Family","serviceCode","usageType",\
"operation","Region Code"
"HOUR","JRTCKXETXF","x","OnDemand","words","2026-12-01","0","Inf","Hrs","0.0610000000","USD",\
"NAT Gateway","AmazonEC2","APN2-NatGateway-Hours","NatGateway","ap-northeast-2"
"REGIONAL","JRTCKXETXF","x","OnDemand","words","2026-12-01","0","Inf","Hrs","0.9900000000","USD",\
"NAT Gateway","AmazonEC2","APN2-RegionalNatGateway-Hours","NatGateway","ap-northeast-2"
"HOUR","6QCMYABX3D","x","Reserved","words","2026-12-01","","","Hrs","0.0010000000","USD",\
"NAT Gateway","AmazonEC2","APN2-NatGateway-Hours","NatGateway","ap-northeast-2"
"""


def test_json_gives_each_tier_and_leaves_out_what_has_no_region(offer: dict[str, Any]) -> None:
    rates = parse(json.dumps(offer))
    assert {rate.sku for rate in rates} == {"STORE", "DEEP", "FLEX", "OTHER"}
    first = min((rate for rate in rates if rate.sku == "STORE"), key=lambda rate: rate.begin)
    assert first == Rate(
        service="AmazonS3",
        region=SEOUL,
        usage_type="TimedStorage-ByteHrs",
        operation="",
        sku="STORE",
        unit="GB-Mo",
        usd=0.026,
        begin=0.0,
        end=51200.0,
        version="20261201000000",
    )


def test_the_first_tier_and_the_right_operation_reach_the_sheet(offer: dict[str, Any]) -> None:
    sheet = refreshed(prices.load(), parse(json.dumps(offer)), TODAY)
    storage = sheet.price("s3-standard-gb-month", SEOUL)
    assert (storage.amount, storage.up_to, storage.checked) == (0.026, 51200.0, TODAY)
    assert storage.confidence == "H"
    assert "20261201000000" in storage.source
    deep = sheet.price("s3-transition-to-deep-archive", SEOUL)
    assert deep.each(Unit.REQUEST) == pytest.approx(7e-5)
    kept = "s3-glacier-instant-gb-month"
    assert sheet.price(kept, SEOUL) == prices.price(kept, SEOUL)


def test_csv_takes_on_demand_rates_of_exactly_this_usage_type() -> None:
    rates = parse(CSV)
    assert [rate.usage_type for rate in rates] == [
        "NatGateway-Hours",
        "RegionalNatGateway-Hours",
    ]
    sheet = refreshed(prices.load(), rates, TODAY)
    assert sheet.price("nat-gateway-hour", SEOUL).amount == 0.061
    assert sheet.price("nat-gateway-hour", "us-east-1").amount == 0.045


def test_a_free_tier_is_no_price(offer: dict[str, Any]) -> None:
    offer["terms"]["OnDemand"]["STORE"] = _term(
        "STORE", _tier("0", "GB-Mo", "0", "5"), _tier("0.03", "GB-Mo", "5", "Inf")
    )
    sheet = refreshed(prices.load(), parse(json.dumps(offer)), TODAY)
    assert sheet.price("s3-standard-gb-month", SEOUL).amount == 0.03


def test_an_item_found_twice_keeps_its_price(offer: dict[str, Any]) -> None:
    offer["products"]["TWIN"] = _product("TWIN", "APN2-TimedStorage-ByteHrs")
    offer["terms"]["OnDemand"]["TWIN"] = _term("TWIN", _tier("0.5", "GB-Mo"))
    sheet = refreshed(prices.load(), parse(json.dumps(offer)), TODAY)
    item = "s3-standard-gb-month"
    assert sheet.price(item, SEOUL) == prices.price(item, SEOUL)


@pytest.mark.parametrize("text", ["", "{}", "[]", "<html>", '{"terms": 1}', "a,b\n" * 9])
def test_what_is_no_price_list_is_refused(text: str) -> None:
    with pytest.raises(LabkitError, match=r"not a price list file.*Nothing was changed"):
        parse(text)


def test_what_a_transfer_costs_is_found_by_the_region_that_it_leaves(offer: dict[str, Any]) -> None:
    offer["offerCode"] = "AWSDataTransfer"
    offer["products"] = {"ZONES": _product("ZONES", "APN2-DataTransfer-Regional-Bytes")}
    attributes = offer["products"]["ZONES"]["attributes"]
    attributes |= {"fromRegionCode": attributes.pop("regionCode"), "transferType": "IntraRegion"}
    offer["terms"] = {"OnDemand": {"ZONES": _term("ZONES", _tier("0.02", "GB"))}}
    sheet = refreshed(prices.load(), parse(json.dumps(offer)), TODAY)
    assert sheet.price("cross-az-gb", SEOUL).amount == 0.02


def test_renewing_writes_the_sheet_and_says_what_changed(
    tmp_path: Path, offer: dict[str, Any]
) -> None:
    sheet = tmp_path / "prices.csv"
    sheet.write_text(prices.load().as_csv())
    said = renew(parse(json.dumps(offer)), sheet)
    assert "s3-standard-gb-month in ap-northeast-2: USD 0.026 per GB-month (was USD 0.025" in said
    assert "deep-archive in ap-northeast-2: USD 0.07 per 1,000 requests (new)" in said
    written = read(sheet.read_text())
    assert written.price("s3-standard-gb-month", SEOUL).amount == 0.026
    assert written.price("s3-standard-gb-month", SEOUL).confidence == "H"
    assert len(written.prices()) == len(prices.load().prices()) + 2


@pytest.fixture
def pricing() -> Iterator[tuple[Any, Stubber]]:
    client = boto3.client(
        "pricing", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    with Stubber(client) as stubber:
        yield client, stubber


def test_fetch_asks_each_service_and_follows_pages(
    pricing: tuple[Any, Stubber], offer: dict[str, Any]
) -> None:
    """The stubber holds requests and answers to botocore's model of the service."""
    client, stubber = pricing
    for service in SERVICES:
        field = "fromRegionCode" if service == "AWSDataTransfer" else "regionCode"
        asked: dict[str, Any] = {
            "ServiceCode": service,
            "Filters": [{"Type": "TERM_MATCH", "Field": field, "Value": SEOUL}],
            "FormatVersion": "aws_v1",
        }
        if service != "AmazonS3":
            stubber.add_response("get_products", {"PriceList": []}, asked)
            continue
        first, second = (_listed(offer, sku) for sku in ("STORE", "DEEP"))
        stubber.add_response("get_products", {"PriceList": [first], "NextToken": "more"}, asked)
        stubber.add_response("get_products", {"PriceList": [second]}, asked | {"NextToken": "more"})
    rates = fetch(client, [SEOUL], SERVICES)
    stubber.assert_no_pending_responses()
    sheet = refreshed(prices.load(), rates, TODAY)
    assert sheet.price("s3-standard-gb-month", SEOUL).amount == 0.026
    deep = sheet.price("s3-transition-to-deep-archive", SEOUL)
    assert (deep.amount, deep.per) == (pytest.approx(0.07), 1000)


def test_a_refusal_changes_nothing_and_says_what_it_takes(pricing: tuple[Any, Stubber]) -> None:
    client, stubber = pricing
    stubber.add_client_error("get_products", "AccessDeniedException")
    with pytest.raises(LabkitError, match=r"Nothing was changed.*pricing:GetProducts"):
        fetch(client, [SEOUL], SERVICES)


def _listed(offer: dict[str, Any], sku: str) -> str:
    """A product as GetProducts lists it: JSON text, its terms beside it."""
    return json.dumps(
        {
            "product": offer["products"][sku],
            "serviceCode": offer["offerCode"],
            "terms": {"OnDemand": offer["terms"]["OnDemand"][sku]},
            "version": offer["version"],
            "publicationDate": offer["publicationDate"],
        }
    )

"""The price sheet: complete lines, units that do not mix, and no guesses."""

from __future__ import annotations

import json
from datetime import date

import pytest

from labkit import prices
from labkit.cli import main
from labkit.errors import LabkitError
from labkit.prices import (
    HOURS_A_MONTH,
    MissingPriceError,
    PriceSheetError,
    Quantity,
    Unit,
    UnitError,
    gb,
)
from labkit.prices.sheet import read

SEOUL = "ap-northeast-2"
VIRGINIA = "us-east-1"
HEADER = "item,region,amount,currency,per,unit,up_to,source,checked,confidence\n"
ROW = "nat-gateway-gb,us-east-1,0.045,USD,1,GB,,a page,2026-11-22,M"


@pytest.mark.parametrize(
    ("item", "region", "used", "usd"),
    [
        ("nat-gateway-hour", SEOUL, Quantity(HOURS_A_MONTH, Unit.HOUR), 43.07),
        ("nat-gateway-gb", VIRGINIA, gb(100), 4.50),
        ("internet-out-gb", SEOUL, gb(1_000), 126.0),
        ("s3-put-request", SEOUL, Quantity(2_000, Unit.REQUEST), 0.009),
        ("api-gateway-rest-request", VIRGINIA, Quantity(1e6, Unit.REQUEST), 3.50),
        ("lambda-provisioned-gb-second", VIRGINIA, Quantity(730 * 3600, Unit.GB_SECOND), 10.95),
        ("lambda-provisioned-gb-second", SEOUL, Quantity(730 * 3600, Unit.GB_SECOND), 13.47),
    ],
)
def test_a_price_times_a_quantity_is_usd(
    item: str, region: str, used: Quantity, usd: float
) -> None:
    assert prices.price(item, region).cost(used) == pytest.approx(usd, abs=0.0005 + usd * 1e-4)


def test_units_cannot_be_mixed_up() -> None:
    hourly = prices.price("interface-endpoint-hour", SEOUL)
    with pytest.raises(UnitError, match="priced per AZ-hour, not per hour"):
        hourly.cost(Quantity(HOURS_A_MONTH, Unit.HOUR))
    with pytest.raises(UnitError, match="per AZ-hour, not per GB"):
        hourly.each(Unit.GB)
    with pytest.raises(UnitError, match="cannot be added"):
        gb(1) + Quantity(1, Unit.GB_MONTH)


@pytest.mark.parametrize("amount", [-1.0, float("nan"), float("inf")])
def test_a_quantity_is_an_amount(amount: float) -> None:
    with pytest.raises(LabkitError, match="give 0 or more"):
        gb(amount)


def test_a_missing_price_names_itself_and_the_way_out() -> None:
    with pytest.raises(MissingPriceError) as missing:
        prices.price("s3-transition-to-deep-archive", SEOUL)
    message = str(missing.value)
    assert "s3-transition-to-deep-archive in ap-northeast-2" in message
    assert "given('s3-transition-to-deep-archive', 'ap-northeast-2'" in message
    assert "unit='request'" in message


def test_an_unknown_item_points_to_the_table() -> None:
    with pytest.raises(MissingPriceError, match=r"no item 'teleport-gb'.*labkit\.prices\.table"):
        prices.price("teleport-gb", SEOUL)


def test_a_given_price_is_used_and_leaves_the_sheet_as_it_was() -> None:
    item = "s3-transition-to-deep-archive"
    mine = prices.load().given(item, SEOUL, usd=0.06, unit="request", per=1000)
    assert mine.price(item, SEOUL).cost(Quantity(1, Unit.REQUEST)) == pytest.approx(6e-5)
    assert mine.price(item, SEOUL).confidence == "given"
    with pytest.raises(MissingPriceError):
        prices.price(item, SEOUL)


def test_a_given_price_keeps_the_unit_of_its_item() -> None:
    with pytest.raises(PriceSheetError, match="per hour and, in eu-west-1, per GB"):
        prices.load().given("nat-gateway-hour", "eu-west-1", usd=0.05, unit="GB")


def test_beyond_the_tier_nothing_is_computed() -> None:
    out = prices.price("internet-out-gb", SEOUL)
    assert out.cost(gb(10_240)) == pytest.approx(1290.24)
    with pytest.raises(MissingPriceError, match="10,240 GB a month; 10,241 GB is beyond"):
        out.cost(gb(10_241))


def test_the_table_holds_each_price_with_its_source_and_date() -> None:
    table = prices.table()
    assert len(table) == len(prices.load().prices()) > 50
    assert not table.duplicated(["item", "region"]).any()
    assert set(table["region"]) == {SEOUL, VIRGINIA}
    assert (table["source"].str.len() > 0).all()
    assert table["checked"].max().date() <= date.today()
    assert "given" not in set(table["confidence"])


def test_the_sheet_has_no_price_on_which_sources_differ() -> None:
    for item, region in (("alb-hour", SEOUL), ("rds-proxy-vcpu-hour", VIRGINIA)):
        with pytest.raises(MissingPriceError):
            prices.price(item, region)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("0.045", "cheap", "could not convert"),
        ("0.045", "-1", "0 or more"),
        ("USD", "KRW", "currency is USD"),
        (",GB,", ",gallon,", "'gallon' is not a unit"),
        ("us-east-1", "Virginia", "a Region is written"),
        ("a page", "", "needs a source"),
        ("2026-11-22", "yesterday", "isoformat"),
        (",M", ",sure", "confidence is one of"),
        ("nat-gateway-gb", "NAT GB", "lower-case words"),
    ],
)
def test_a_bad_line_is_refused_with_its_number(old: str, new: str, reason: str) -> None:
    with pytest.raises(PriceSheetError, match=f"Line 2 of the price sheet: .*{reason}"):
        read(HEADER + ROW.replace(old, new))


def test_a_sheet_needs_its_columns_and_each_price_once() -> None:
    with pytest.raises(PriceSheetError, match="has the columns item, region"):
        read("item,region\n" + ROW)
    with pytest.raises(PriceSheetError, match="two prices of nat-gateway-gb"):
        read(f"{HEADER}{ROW}\n{ROW}")


def test_a_sheet_survives_being_written() -> None:
    written = prices.load().as_csv()
    assert read(written).prices() == prices.load().prices()
    assert "e-0" not in written


def labkit_prices(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["prices", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_command_prints_what_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    _, said, _ = labkit_prices(capsys, "deep", "transition")
    head, line, *_ = said.splitlines()
    assert head.split() == ["item", "us-east-1", "USD", "per"]
    assert line.split() == ["s3-transition-to-deep-archive", "0.05", "1,000", "requests"]
    assert "Read from 2026-11-22 to 2026-11-22" in said


def test_the_command_says_what_it_does_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    _, said, _ = labkit_prices(capsys, "alb-hour")
    assert said.splitlines()[1].split() == ["alb-hour", "0.0225", "hour"]
    _, said, _ = labkit_prices(capsys, "alb")
    assert ["alb-hour", "0.0225", "–", "hour"] in [line.split() for line in said.splitlines()]
    code, _, problem = labkit_prices(capsys, "teleport")
    assert code == 1
    assert "nothing for 'teleport'. Its items are: alb-hour, " in problem


def test_the_command_gives_sources_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    _, said, _ = labkit_prices(capsys, "nat-gateway-gb", "--region", SEOUL, "--sources")
    assert said.startswith("nat-gateway-gb in ap-northeast-2: USD 0.059 per GB\n  AWS Price List")
    _, said, _ = labkit_prices(capsys, "--json")
    rows = json.loads(said)
    assert len(rows) == len(prices.load().prices())
    assert set(rows[0]) == set(HEADER.strip().split(","))

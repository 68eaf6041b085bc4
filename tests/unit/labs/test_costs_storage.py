"""Pay-back of colder storage and rates of prefixes, against numbers computed by hand."""

from __future__ import annotations

import math

import pytest

from labkit import prices
from labkit.errors import LabkitError
from labkit.labs.storage import archive, prefixes
from labkit.prices import MissingPriceError

SEOUL = "ap-northeast-2"
VIRGINIA = "us-east-1"


def _to_the_digits_of(hand_computed: str, found: float) -> str:
    """Write a number with as many decimals as another has."""
    return f"{found:.{len(hand_computed.partition('.')[2])}f}"


@pytest.mark.parametrize(
    ("size_kb", "months"),
    [(16, "384"), (64, "43.9"), (128, "20.2"), (256, "9.7"), (512, "4.7"), (1024, "2.35")],
)
def test_deep_archive_pays_back_in_virginia(size_kb: float, months: str) -> None:
    assert _to_the_digits_of(months, archive.payback_months(size_kb, VIRGINIA)) == months


def test_curves_take_sizes_and_months_from_a_generator_too() -> None:
    classes = ("GLACIER", "DEEP_ARCHIVE")
    by_size = archive.payback_curve((kb for kb in (64, 128)), VIRGINIA, classes)
    assert by_size["size_kb"].tolist() == [64, 128, 64, 128]
    by_month = archive.keeping_curve(128, (month for month in (0, 6)), VIRGINIA)
    assert by_month["months"].tolist() == [0, 6, 0, 6]


@pytest.mark.parametrize(
    ("per_thousand", "size_kb", "months"),
    [
        (0.05, 16, "504"),
        (0.05, 64, "43.4"),
        (0.05, 128, "19.6"),
        (0.05, 512, "4.6"),
        (0.06, 16, "605"),
        (0.06, 128, "23.5"),
    ],
)
def test_deep_archive_pays_back_in_seoul_with_a_given_fee(
    per_thousand: float, size_kb: float, months: str
) -> None:
    sheet = prices.load().given(
        "s3-transition-to-deep-archive", SEOUL, usd=per_thousand, unit="request", per=1000
    )
    found = archive.payback_months(size_kb, SEOUL, prices=sheet)
    assert _to_the_digits_of(months, found) == months


def test_the_fee_in_seoul_is_not_guessed() -> None:
    with pytest.raises(MissingPriceError, match="s3-transition-to-deep-archive in ap-northeast-2"):
        archive.payback_months(128, SEOUL)


@pytest.mark.parametrize(
    ("storage_class", "months"), [("STANDARD_IA", 7.8), ("GLACIER_IR", 8.6), ("GLACIER", 14.4)]
)
def test_no_class_pays_back_128_kb_after_five_months(storage_class: str, months: float) -> None:
    found = archive.payback_months(128, VIRGINIA, storage_class)
    assert found == pytest.approx(months, abs=0.05)


@pytest.mark.parametrize(("region", "kb"), [(VIRGINIA, 9.8), (SEOUL, 11.5)])
def test_small_objects_never_pay_back(region: str, kb: float) -> None:
    assert archive.smallest_kb(region) == pytest.approx(kb, abs=0.05)


def test_below_the_smallest_size_the_pay_back_is_never() -> None:
    smallest = archive.smallest_kb(VIRGINIA)
    assert archive.payback_months(smallest * 0.99, VIRGINIA) == math.inf
    assert archive.payback_months(smallest * 1.01, VIRGINIA) < math.inf


def test_five_months_take_486_kb() -> None:
    assert round(archive.size_kb_for_payback(5, VIRGINIA)) == 486


@pytest.mark.parametrize("storage_class", archive.CLASSES)
@pytest.mark.parametrize("size_kb", [100, 128, 300])
def test_size_and_pay_back_are_inverse(storage_class: str, size_kb: float) -> None:
    months = archive.payback_months(size_kb, VIRGINIA, storage_class)
    size = archive.size_kb_for_payback(months, VIRGINIA, storage_class)
    assert size == pytest.approx(size_kb)


def test_an_early_deletion_is_billed_until_the_minimum() -> None:
    costs = archive.object_costs(512, "DEEP_ARCHIVE", VIRGINIA)
    assert costs.minimum_months == pytest.approx(180 / (365 / 12))
    assert costs.moves(1) == costs.moves(5)
    assert costs.moves(12) == pytest.approx(costs.transition_usd + 12 * costs.moved_usd_month)
    assert costs.stays(1) == pytest.approx(512 / 1_048_576 * 0.023)


@pytest.mark.parametrize(
    ("size_kb", "larger_than", "moved"),
    [(127, None, False), (128, None, True), (127, 64, True), (64, 64, False)],
)
def test_lifecycle_rules_skip_small_objects_by_default(
    size_kb: float, larger_than: float | None, moved: bool
) -> None:
    assert archive.moved_by_lifecycle(size_kb, larger_than) is moved


def test_an_unknown_class_is_named() -> None:
    with pytest.raises(LabkitError, match="no storage class 'FREEZER'; there are STANDARD_IA"):
        archive.payback_months(128, VIRGINIA, "FREEZER")


@pytest.mark.parametrize(
    ("writes", "reads", "needed"),
    [(0, 0, 1), (3_500, 5_500, 1), (3_501, 0, 2), (0, 55_000, 10), (10_000, 11_000, 3)],
)
def test_prefixes_needed(writes: float, reads: float, needed: int) -> None:
    assert prefixes.prefixes_needed(writes, reads) == needed


def test_a_date_first_makes_one_hot_prefix() -> None:
    keys = [f"2026-11-23/{number:04x}" for number in range(256)]
    (hot,) = prefixes.prefix_load(keys, 10, 7_000, 0).itertuples()
    assert (hot.prefix, hot.writes_per_s, hot.used, hot.slowed_per_s) == (
        "2026-11-23",
        7_000,
        2.0,
        3_500,
    )


def test_a_hash_first_spreads_the_same_load() -> None:
    keys = [f"{number % 16:x}/2026-11-23/{number:04x}" for number in range(256)]
    load = prefixes.prefix_load(keys, 1, 7_000, 11_000)
    assert len(load) == 16
    assert load["slowed_per_s"].sum() == 0
    assert load["used"].max() == pytest.approx(0.125)


def test_no_keys_are_refused() -> None:
    with pytest.raises(LabkitError, match="no keys"):
        prefixes.prefix_load([], 1, 1, 1)

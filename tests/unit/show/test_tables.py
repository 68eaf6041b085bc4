"""Small tables: how values are written, and that both forms say the same."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest

from labkit.show.tables import table

FRAME = pd.DataFrame(
    {
        "order_id": ["ord-1", "<b>&"],
        "at": pd.to_datetime([datetime(2026, 3, 6, 9, 5, 7, 250_000, tzinfo=UTC), None]),
        "wait_ms": [1234.56, float("nan")],
        "status": pd.array([202, None], dtype="Int64"),
        "failing": pd.array([True, None], dtype="boolean"),
        "answer": [{"id": "ord-1"}, None],
    }
)


def test_values_are_written_for_people() -> None:
    assert table(FRAME, "Orders").rows == [
        ["ord-1", "09:05:07.250", "1,234.6", "202", "yes", "{'id': 'ord-1'}"],
        ["<b>&", "–", "–", "–", "–", "–"],
    ]


def test_html_has_a_caption_and_headings_that_a_screen_reader_finds() -> None:
    html = table(FRAME, "Orders & more")._repr_html_()
    assert "Orders &amp; more</caption>" in html
    assert html.count('<th scope="col"') == 6
    assert "&lt;b&gt;&amp;" in html
    assert '<td style="text-align: right;">1,234.6</td>' in html
    assert '<td style="text-align: left;">yes</td>' in html


def test_plain_text_says_the_same() -> None:
    text = repr(table(FRAME, "Orders"))
    assert text.splitlines()[0] == "Orders"
    for cell in ("ord-1", "09:05:07.250", "1,234.6", "yes"):
        assert cell in text


@pytest.mark.parametrize("flag", [True, False])
def test_plain_flags_are_flags(flag: bool) -> None:
    assert table(pd.DataFrame({"x": [flag]}), "").rows == [["yes" if flag else "no"]]


def test_rows_left_out_are_counted() -> None:
    long = table(pd.DataFrame({"n": range(1500)}), "Numbers", most_rows=3)
    assert long.rows == [["0"], ["1"], ["2"]]
    assert "Numbers (and 1,497 more rows)" in long._repr_html_()


def test_a_frame_without_rows_keeps_its_headings() -> None:
    assert '<th scope="col"' in table(FRAME.iloc[:0], "None")._repr_html_()

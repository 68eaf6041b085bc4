"""What is printed for people: no line too wide, columns kept, colours only where there are any."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from labkit.course.banner import banner
from labkit.show.terminal import GREEN, WIDEST, say


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def printed(text: str, to: io.StringIO) -> str:
    say(text, to)
    return to.getvalue()


def test_a_long_line_goes_on_under_its_last_column() -> None:
    row = f"! warning  private: journals    {'others can look into it, ' * 6}"
    first, *rest = printed(row, io.StringIO()).splitlines()
    column = row.index("others")
    assert rest
    assert all(len(line) <= WIDEST for line in [first, *rest])
    assert all(line.startswith(" " * column + "o") or line[column] != " " for line in rest)
    assert all(line[:column].strip() == "" for line in rest)


@pytest.mark.parametrize(("columns", "width"), [(80, 80), (200, WIDEST)])
def test_lines_fit_the_terminal(columns: int, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("NO_COLOR", "1")
    lines = printed("a b c " * 60, Terminal()).splitlines()
    assert width - 6 <= max(map(len, lines)) <= width


def test_prose_is_wrapped_at_the_margin_and_an_address_stays_whole() -> None:
    address = "https://example.org/" + "a" * 120
    lines = printed(f"{'word ' * 30}{address}", io.StringIO()).splitlines()
    assert address in lines
    assert not any(line.startswith(" ") for line in lines)


def test_colours_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert GREEN in printed("✓ fine  Python", Terminal())
    assert GREEN not in printed("✓ fine  Python", io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert GREEN not in printed("✓ fine  Python", Terminal())


def test_the_banner_says_where_to_click_and_how_to_stop(tmp_path: Path) -> None:
    text = banner(tmp_path, opens=False)
    assert "Click the last address below" in text
    assert "Ctrl-C here, then y" in text
    assert "opens in your browser" in banner(tmp_path, opens=True)

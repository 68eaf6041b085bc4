"""Prints for people: no line wider than a terminal, and colour where there is one."""

from __future__ import annotations

import os
import re
import shutil
import sys
import textwrap
from typing import TextIO

WIDEST = 100
"""Columns of a line, also in a wider terminal; a redirected line is as wide."""

NARROWEST = 40
"""Columns of a line, also in a narrower terminal."""

LEFT = 0.6
"""Of a line's width. A column that begins further to the right is not lined up with."""

GREEN, YELLOW, RED, BOLD, PLAIN = (f"\x1b[{code}m" for code in (32, 33, 31, 1, 0))
COLOURS = (
    (re.compile(r"✓ \w+|✔ \w+|\bpassed\b"), GREEN),
    (re.compile(r"! warning|… \w+|\binterrupted\b|\bnot run\b|⏳ \w+"), YELLOW),
    (re.compile(r"✗ \w+|⚠ \w+|\bfailed\b"), RED),
    (re.compile(r"^(?:Day \d+.*|lesson  .*)$"), BOLD),
)
"""Signs and outcomes, and the colour of each; it is never the only sign."""


def say(text: str, to: TextIO | None = None) -> None:
    """Print a text, its long lines wrapped under their last column."""
    stream = to or sys.stdout
    width = _width(stream)
    lines = "\n".join(part for line in text.splitlines() for part in _wrapped(line, width))
    print(_coloured(lines) if _has_colour(stream) else lines, file=stream)


def _width(stream: TextIO) -> int:
    if not stream.isatty():
        return WIDEST
    return max(NARROWEST, min(WIDEST, shutil.get_terminal_size().columns))


def _wrapped(line: str, width: int) -> list[str]:
    if len(line) <= width:
        return [line]
    columns = [found.end() for found in re.finditer(r"(?<=\S) {2,}(?:→ )?|^ +(?:→ )?", line)]
    indent = max((place for place in columns if place <= LEFT * width), default=0)
    return textwrap.wrap(
        line,
        width,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
        replace_whitespace=False,
    )


def _has_colour(stream: TextIO) -> bool:
    """Whether colours are wanted: see no-color.org, and `FORCE_COLOR` of many programs."""
    if os.environ.get("NO_COLOR"):
        return False
    dumb = os.environ.get("TERM") == "dumb"
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and not dumb)


def _coloured(text: str) -> str:
    return "\n".join(map(_painted, text.splitlines()))


def _painted(line: str) -> str:
    for pattern, colour in COLOURS:
        line = pattern.sub(rf"{colour}\g<0>{PLAIN}", line)
    return line

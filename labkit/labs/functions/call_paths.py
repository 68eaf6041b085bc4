"""The two ways of a call to a function: with an execution environment, and without."""

from __future__ import annotations

from labkit.show.box_drawing import GOOD, QUIET, Drawing, arrow, box, drawing, text

STEPS = ("allocate", "download code", "start", "INIT")
"""What happens before the handler when no environment is free (Lambda Developer Guide)."""

WIDTHS = (86, 128, 64, 64)
CALL, HANDLER, HIGH, GAP = 92, 92, 44, 24
LEFT, TOP, BELOW = 14, 40, 112
"""Sizes in SVG units: boxes, the room between them, and where the two ways run."""


def call_paths() -> Drawing:
    """Draw what a call passes before its handler runs, cold and warm."""
    begin = LEFT + CALL
    middle = (TOP + BELOW) / 2
    parts = [box(LEFT, middle - HIGH / 2, (CALL, HIGH), "a call")]
    x = float(begin + 96)
    parts.append(arrow(f"M{begin} {middle} H{begin + 26} V{TOP} H{x - 2}"))
    for name, width in zip(STEPS, WIDTHS, strict=True):
        parts.append(box(x, TOP - HIGH / 2, (width, HIGH), name, marked=name == "INIT"))
        parts.append(arrow(f"M{x + width} {TOP} H{x + width + GAP - 2}"))
        x += width + GAP
    parts.append(box(x, TOP - HIGH / 2, (HANDLER, BELOW - TOP + HIGH), "handler"))
    parts.append(arrow(f"M{begin} {middle} H{begin + 26} V{BELOW} H{x - 2}"))
    return drawing(
        "".join([*parts, *_words(begin)]),
        round(x) + HANDLER + LEFT,
        BELOW + 34,
        "A call for which no execution environment is free is cold: one is allocated, the code is "
        "downloaded, the runtime started, INIT run, and then the handler. A call for which one is "
        "free is warm: the handler runs at once.",
    )


def _words(begin: int) -> list[str]:
    """Say at the fork which way is which, and which part of the cold one is your own code."""
    return [
        text(begin + 32, TOP - 8, "no: cold", QUIET, 13),
        text(begin + 32, BELOW - 8, "yes: warm", QUIET, 13),
        text(LEFT, BELOW + 24, "Is an environment free?", QUIET, 13),
        text(begin + 296, BELOW + 24, "INIT and handler are your code", GOOD, 13),
    ]

"""The one drawing of the delivery service, which grows from lesson to lesson."""

from __future__ import annotations

from dataclasses import dataclass

from labkit.show.box_drawing import GOOD, LINK, PAPER, Drawing, arrow, box, drawing, text

BOX_W, BOX_H, GAP_X, GAP_Y, EDGE, LABEL = 122, 58, 34, 34, 14, 20
"""Sizes in SVG units: a box, the room between boxes, the room around all, and for a title."""


@dataclass(frozen=True)
class Box:
    """A part of the service in the drawing.

    Attributes
    ----------
    name, service
        What the lessons call it, and the AWS service that it is.
    column, row
        Where it stands, from 0.
    since
        Number of the lesson that adds it.
    until
        Number of the lesson that takes it out again, if one does.
    """

    name: str
    service: str
    column: int
    row: int
    since: str
    until: str = "99"


@dataclass(frozen=True)
class Link:
    """What goes from one box to another, from a lesson on and, if so, until another."""

    source: str
    target: str
    what: str
    since: str
    until: str = "99"


BOXES = (
    Box("customers", "app or curl", 0, 0, "08"),
    Box("API", "API Gateway", 1, 0, "08"),
    Box("queue", "SQS", 2, 0, "09"),
    Box("dead letters", "SQS", 2, 1, "10"),
    Box("function", "Lambda", 3, 0, "08"),
    Box("log", "CloudWatch Logs", 3, 1, "08"),
    Box("orders table", "DynamoDB", 4, 0, "11"),
    Box("topic", "SNS", 4, 1, "12"),
    Box("event bus", "EventBridge", 4, 2, "12"),
    Box("saga", "Step Functions", 4, 3, "13"),
    Box("traces", "X-Ray, alarms", 3, 2, "15"),
    Box("pipeline", "tests, canary", 1, 2, "16"),
)
LINKS = (
    Link("customers", "API", "POST /order", "08"),
    Link("API", "function", "invokes", "08", "09"),
    Link("API", "queue", "sends", "09"),
    Link("queue", "function", "is polled for", "09"),
    Link("queue", "dead letters", "moves what failed", "10"),
    Link("function", "log", "writes", "08"),
    Link("function", "orders table", "keeps the order in", "11"),
    Link("function", "topic", "announces on", "12"),
    Link("function", "event bus", "puts events on", "12"),
    Link("function", "saga", "starts", "13"),
    Link("log", "traces", "stands beside", "15"),
    Link("pipeline", "function", "deploys", "16"),
)
FRAMES = (("one template", "14"),)
"""A frame around everything, and the lesson that adds it."""
DAY_1 = "10"
"""The lesson at whose end the service of the first day is whole."""


def service_drawing(lesson: str, focus: str = "") -> Drawing:
    """Draw the delivery service as it is at the end of a lesson.

    What the lesson adds is marked *new*, in words and with a thick line. In a lesson put it behind
    the first paragraph, and again before the recap where that helps::

        from labkit.labs.delivery import service_drawing

        service_drawing("09")

    A lesson that builds nothing of the service, but is about a part of it, names that part; it
    stands out then: ``service_drawing("10", focus="function")``. A part that a lesson brings is one
    line of `BOXES`, and its arrows are lines of `LINKS`.

    Parameters
    ----------
    lesson
        The lesson's number, such as ``"09"``; ``"00"`` shows the whole service of the first day.
    focus
        Name of the box to point out, instead of what is new.

    Raises
    ------
    ValueError
        No box of that lesson is called `focus`.
    """
    now = DAY_1 if lesson == "00" else lesson
    boxes = [box for box in BOXES if box.since <= now < box.until]
    names = [box.name for box in boxes]
    if focus and focus not in names:
        raise ValueError(f"no part {focus!r} in lesson {lesson}; there are: {', '.join(names)}")
    links = [link for link in LINKS if link.since <= now < link.until]
    marked = _marked(boxes, lesson, focus)
    frame = next((text for text, since in FRAMES if since <= now), "")
    alt = _words(boxes, links, marked, frame, focus)
    return _drawn(boxes, links, marked, frame, focus, alt)


def _marked(boxes: list[Box], lesson: str, focus: str) -> set[str]:
    """Return the boxes that stand out: the named one, else those that this lesson adds."""
    return {focus} if focus else {box.name for box in boxes if box.since == lesson}


def _words(boxes: list[Box], links: list[Link], marked: set[str], frame: str, focus: str) -> str:
    """Say what the drawing shows."""
    parts = [f"{box.name} ({box.service})" if box.service else box.name for box in boxes]
    ways = [f"{link.source} to {link.target} ({link.what})" for link in links]
    said = f"The delivery service: {', '.join(parts)}. Arrows: {'; '.join(ways)}."
    if frame:
        said += f" All of it stands in {frame}."
    if marked:
        said += f" {'This lesson is about' if focus else 'New'}: {', '.join(sorted(marked))}."
    return said


def _drawn(
    boxes: list[Box], links: list[Link], marked: set[str], frame: str, focus: str, alt: str
) -> Drawing:
    """Draw boxes, arrows and frame."""
    at = {box.name: box for box in boxes}
    width = 2 * EDGE + (max(box.column for box in boxes) + 1) * (BOX_W + GAP_X) - GAP_X
    height = 2 * EDGE + LABEL + (max(box.row for box in boxes) + 1) * (BOX_H + GAP_Y) - GAP_Y
    around = _frame(frame, width, height) if frame else ""
    lines = "".join(arrow(_path(at[link.source], at[link.target])) for link in links)
    drawn = "".join(_box(box, box.name in marked, focus) for box in boxes)
    return drawing(f"{around}{lines}{drawn}", width, height, alt)


def _x(box: Box) -> int:
    return EDGE + box.column * (BOX_W + GAP_X)


def _y(box: Box) -> int:
    return EDGE + LABEL + box.row * (BOX_H + GAP_Y)


def _box(one: Box, marked: bool, focus: str) -> str:
    x, y = _x(one), _y(one)
    drawn = box(x, y, (BOX_W, BOX_H), one.name, one.service, marked)
    if marked and not focus:
        drawn += text(x + BOX_W - 32, y - 5, "new", GOOD, 12, 'font-weight="600"')
    return drawn


def _frame(words: str, width: int, height: int) -> str:
    """Draw a frame around all but the customers, who are in nobody's template."""
    x = EDGE + BOX_W + GAP_X / 2
    return (
        f'<rect x="{x}" y="8" width="{width - x - 3}" height="{height - 11}" rx="8" fill="none" '
        f'stroke="{LINK}" stroke-width="1.5" stroke-dasharray="6 4"/>'
        f'<rect x="{x + 17}" y="0" width="96" height="16" fill="{PAPER}"/>'
        + text(x + 21, 13, words, LINK, 12)
    )


def _path(source: Box, target: Box) -> str:
    """Return an arrow's path: straight where it can be, else by the room between two columns."""
    middle = _y(source) + BOX_H / 2
    if source.column == target.column:
        return f"M{_x(source) + BOX_W / 2} {_y(source) + BOX_H} V{_y(target) - 2}"
    if source.row == target.row:
        return f"M{_x(source) + BOX_W} {middle} H{_x(target) - 2}"
    gap = _x(target) - GAP_X / 2
    return f"M{_x(source) + BOX_W} {middle} H{gap} V{_y(target) + BOX_H / 2} H{_x(target) - 2}"

"""The cells of a lesson, and the sections that they make: which are core, which are extra."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from labkit.errors import LabkitError

DEFINITION = "exercise-definition"
NOTES = "instructor-notes"
EXTRA = "extra"
"""Tag of a heading's cell: its section is for the quick and for self-study."""

_HEADING = re.compile(r"^(#{2,4}) ", re.MULTILINE)
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
"""A block of code within prose."""


class LessonError(LabkitError):
    """A lesson's source is not as the course needs it; the message names file and line."""


@dataclass(frozen=True)
class Cell:
    """One cell of a lesson.

    Attributes
    ----------
    kind
        ``"code"`` or ``"markdown"``.
    source
        The cell's text, without its ``# %%`` line, solutions included.
    line
        Line of the cell's first line of text in the lesson's file, from 1.
    tags
        Jupyter's cell tags.
    exercise
        Id of the exercise whose cell this is, for a learner to fill in.
    function_file
        Name of the file that ``%%function_file`` writes the cell to. One that is no Python stands
        behind ``# `` in the lesson.
    key
        What names the cell where its text may change: the title that the build writes.
    wrong, expect
        Id of the exercise that this cell answers wrongly, and what the check must say then.
    wait
        Seconds that the cell takes in a full run on an idle machine, where learners wait for it.
    extra
        Whether the cell is in a section that is marked so.
    """

    kind: str
    source: str
    line: int
    tags: tuple[str, ...] = ()
    exercise: str | None = None
    function_file: str | None = None
    key: str | None = None
    wrong: str | None = None
    expect: str | None = None
    wait: str = "0"
    extra: bool = False

    @property
    def is_definition(self) -> bool:
        """Whether the cell defines exercises."""
        return DEFINITION in self.tags

    @property
    def is_note(self) -> bool:
        """Whether the cell is for the instructor."""
        return NOTES in self.tags

    @property
    def is_shown(self) -> bool:
        """Whether the cell is in the editions: no definition, wrong answer or note is."""
        return not self.is_definition and not self.is_note and self.wrong is None

    @property
    def level(self) -> int:
        """The level of the heading that the cell begins with; 0 where there is none."""
        heading = _HEADING.match(self.source) if self.kind == "markdown" else None
        return len(heading[1]) if heading else 0

    @property
    def begins_extra(self) -> bool:
        """Whether the cell is the heading of an extra section."""
        return EXTRA in self.tags


def check_headings(name: str, cells: Sequence[Cell]) -> None:
    """Check that each heading begins a cell: sections and sidebars are made of cells.

    Parameters
    ----------
    name
        The lesson's file, for messages.

    Raises
    ------
    LessonError
        A heading stands in the middle of a cell.
    """
    for cell in cells:
        if cell.kind == "markdown" and cell.is_shown:
            text = FENCED.sub("", cell.source)
            if later := _HEADING.search(text, pos=1):
                heading = text[later.start() :].partition("\n")[0]
                raise LessonError(
                    f"{name}:{cell.line}: the heading {heading!r} stands in the middle of this "
                    "cell: begin a cell of its own with it."
                )


def with_extra(name: str, cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """Mark the cells of extra sections: from a tagged heading to the next of its level or above.

    Parameters
    ----------
    name
        The lesson's file, for messages.

    Raises
    ------
    LessonError
        The tag is on a cell without a heading.
    """
    marked = []
    section = 0  # the level of the extra section that the cell is in; 0 is none
    for cell in cells:
        if section and cell.is_shown and 0 < cell.level <= section:
            section = 0
        if cell.begins_extra:
            section = _opened(name, cell)
        marked.append(replace(cell, extra=section > 0))
    return tuple(marked)


def _opened(name: str, cell: Cell) -> int:
    if not cell.level:
        raise LessonError(
            f"{name}:{cell.line}: the tag {EXTRA!r} marks a section, so it belongs on a cell that "
            "begins with its heading."
        )
    return cell.level

"""The infrastructure lesson: templates looked at, change sets read, stacks beside scripts."""

from __future__ import annotations

from labkit.labs.stacks.boundary_parameter import boundary
from labkit.labs.stacks.change_sets import changes
from labkit.labs.stacks.drifts import differences
from labkit.labs.stacks.linting import lint
from labkit.labs.stacks.sam_cli import sam
from labkit.labs.stacks.scripts import Under, code_lines
from labkit.labs.stacks.templates import join, resources_in

__all__ = [
    "Under",
    "boundary",
    "changes",
    "code_lines",
    "differences",
    "join",
    "lint",
    "resources_in",
    "sam",
]

"""Bytecode of everything that learners import, compiled before they come.

Set-up leaves packages uncompiled, since one learner's first imports write what is needed. In a
class learners may not write there, so each of their kernels would compile pandas and matplotlib
anew: seconds of processor time at each start, for thirty at once.
"""

from __future__ import annotations

import compileall
import sysconfig
from collections.abc import Iterable
from pathlib import Path

import labkit

QUIET = (
    2  # compileall's level that prints nothing, not even of files that are templates and no Python
)


def folders() -> tuple[Path, ...]:
    """Return the environment's packages, and labkit where it does not lie among them."""
    packages = Path(sysconfig.get_path("purelib"))
    course = Path(labkit.__file__).parent
    return (packages,) if course.is_relative_to(packages) else (packages, course)


def compile_bytecode(where: Iterable[Path]) -> None:
    """Write the bytecode that is missing or older than its source; on all processors.

    What cannot be written or compiled is left as it is: it works, and is slower.
    """
    for folder in where:
        compileall.compile_dir(folder, quiet=QUIET, workers=0)

"""Files that are built from the kinds of resource, and how to see whether they are up to date."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType

import labkit
from labkit.resources.policy_files import NAMES, policy_text

PACKAGE = Path(labkit.__file__).parent

FILES: Mapping[str, Callable[[], str]] = MappingProxyType(
    {f"aws/policies/{name}.json": partial(policy_text, name) for name in NAMES}
)
"""What gives the text of each file in the package."""


def write() -> list[Path]:
    """Write the files that differ, and return them."""
    stale = [path for path, text in _rendered().items() if _read(path) != text]
    for path in stale:
        path.write_text(_rendered()[path], encoding="utf-8")
    return stale


def differences() -> list[str]:
    """Return a line for each file that is missing, or differs from what the kinds say."""
    return [
        f"labkit/{path.relative_to(PACKAGE)} differs from the kinds of resource: run labkit build."
        for path, text in _rendered().items()
        if _read(path) != text
    ]


def _rendered() -> dict[Path, str]:
    return {PACKAGE / name: text() for name, text in FILES.items()}


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""

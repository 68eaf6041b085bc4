"""No file of ours has more than 400 lines: one subject each, read in one sitting."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]

MOST = 400

OURS = {".py", ".ts", ".tsx", ".js", ".mjs", ".css", ".sh"}
"""Code. Prices, locks, models and the like are data, and documents have their own measure."""

EXCEPT = {
    ROOT / "lessons": "each is a text with a measure of its own: the minutes of its day",
    ROOT / "labkit" / "course" / "jupyter": "`make extension` builds it from extension/",
    ROOT / "extension" / "node_modules": "others wrote it",
    ROOT / "extension" / "lib": "the compiler wrote it",
    ROOT / "my-lessons": "the learner wrote it",
    ROOT / "out": "make put it there, and others wrote most of it",
}


def files(root: Path) -> Iterator[Path]:
    """Yield the files of code that somebody of this project wrote."""
    for path in sorted(root.iterdir()):
        if path.name.startswith(".") and path.name != ".ci":
            continue
        if path.is_dir() and path not in EXCEPT:
            yield from files(path)
        elif path.suffix in OURS and path.is_file():
            yield path


def too_long(root: Path) -> dict[str, int]:
    """Return the files that are too long, with their lines."""
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files(root)}
    return {str(path.relative_to(root)): n for path, n in lines.items() if n > MOST}


def test_no_file_is_too_long() -> None:
    assert too_long(ROOT) == {}


def test_the_whole_tree_is_looked_at() -> None:
    found = {path.relative_to(ROOT).parts[0] for path in files(ROOT)}
    assert {"labkit", "tests", "benchmarks", "deploy", "docs", "extension"} <= found


def test_a_file_that_is_too_long_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("\n" * MOST)
    (tmp_path / "b.tsx").write_text("\n" * (MOST + 1))
    assert too_long(tmp_path) == {"b.tsx": MOST + 1}

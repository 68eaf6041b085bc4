"""Prints a digest of what the extension is built from; a test holds what is shipped to it."""

from __future__ import annotations

import hashlib
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "extension"
SOURCES = ("src/*", "style/*", "schema/*", "package*.json", "tsconfig.json", "webpack.config.js")


def digest() -> str:
    """Return the SHA-256 of names and contents of all sources."""
    found = hashlib.sha256()
    for path in sorted(path for pattern in SOURCES for path in FOLDER.glob(pattern)):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        found.update(f"{content}  {path.relative_to(FOLDER).as_posix()}\n".encode())
    return found.hexdigest()


if __name__ == "__main__":
    print(digest())

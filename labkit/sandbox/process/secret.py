"""The server's secret: whoever signs with it is root of any account, and runs code as its owner.

It is made for each server from the system's randomness and kept in a file that only the owner can
read. The server reads it once, so that it holds whatever becomes of the file.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

FILE = "secret"
"""Its file's name, in the sandbox's private folder."""

RANDOM_BYTES = 30
"""40 characters in base64, as long as a secret access key of AWS."""

GIVEN_UP = (
    "labkit.sandbox: with --secret, everybody on this computer who knows the value, or reads it in "
    "the list of processes, can run code as you. Leave it out to get one that nobody knows."
)


def make() -> str:
    """Return a new secret."""
    return secrets.token_urlsafe(RANDOM_BYTES)


def write(directory: Path, secret: str) -> Path:
    """Keep `secret` in `directory`, for its owner's eyes alone (mode 0600); return the file."""
    file = directory / FILE
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(secret)
    return file


def read(directory: Path) -> str:
    """Return the secret that `directory` keeps.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    return (directory / FILE).read_text(encoding="utf-8")

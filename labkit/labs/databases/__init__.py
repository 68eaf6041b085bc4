"""Connection storms against a small database, and what helps against them."""

from __future__ import annotations

from labkit.labs.databases.server import DatabaseMissing, small_database
from labkit.labs.databases.storm import recorded, remedies, storm

__all__ = ["DatabaseMissing", "recorded", "remedies", "small_database", "storm"]

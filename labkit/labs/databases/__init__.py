"""Connection storms against a small database, and what helps against them."""

from __future__ import annotations

from labkit.labs.databases.programs import DatabaseMissing
from labkit.labs.databases.remedies import Remedies, recorded, remedies
from labkit.labs.databases.server import small_databases
from labkit.labs.databases.storm import storm

__all__ = ["DatabaseMissing", "Remedies", "recorded", "remedies", "small_databases", "storm"]

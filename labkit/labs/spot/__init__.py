"""A Spot instance's last two minutes, on a machine that is none."""

from __future__ import annotations

from labkit.labs.spot.interruption import InterruptionOutcome, interrupted
from labkit.labs.spot.metadata import MetadataService

__all__ = ["InterruptionOutcome", "MetadataService", "interrupted"]

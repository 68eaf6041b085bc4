"""EventBridge: rules, targets, deliveries and scheduled rules."""

from __future__ import annotations


def install() -> None:
    """Put every part of this room into MiniStack."""
    from labkit.sandbox.services.events import (
        buses,
        delivery,
        entries,
        patterns,
        rules,
        schedules,
        targets,
    )

    for part in (buses, rules, targets, entries, patterns, delivery, schedules):
        part.install()

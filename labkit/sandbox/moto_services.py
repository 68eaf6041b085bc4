"""EC2, Auto Scaling, RDS and Elastic Load Balancing by moto, behind MiniStack's endpoint.

moto refuses most of what EC2 refuses where MiniStack says yes, so these four services are its own.
Its import takes a second, so it waits for the first request to one of them.
"""

from __future__ import annotations


def install() -> None:
    """Hand the four services to moto."""

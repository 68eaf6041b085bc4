"""Clients of a sandbox that know nothing of labkit."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import boto3


def plain_clients(sandbox: dict[str, Any]) -> Callable[[str], Any]:
    """Return a function that gives boto3 clients of a sandbox."""
    session = boto3.Session(
        sandbox["access_key_id"], sandbox["secret_access_key"], region_name=sandbox["region"]
    )
    return cache(lambda service: session.client(service, endpoint_url=sandbox["endpoint"]))

"""Elastic Load Balancing, the classic API: moto answers everything."""

from __future__ import annotations

from labkit.sandbox.services.moto_provider import MotoProvider


class Elb(MotoProvider):
    """Elastic Load Balancing, the classic API."""


PROVIDER = Elb()

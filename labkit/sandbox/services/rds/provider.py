"""RDS: moto answers everything."""

from __future__ import annotations

from labkit.sandbox.services.moto_provider import MotoProvider


class Rds(MotoProvider):
    """RDS."""


PROVIDER = Rds()

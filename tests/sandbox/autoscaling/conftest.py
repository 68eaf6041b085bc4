"""A group for each test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.sandbox.autoscaling.fleet import Fleet
from tests.sandbox.conftest import Aws


@pytest.fixture
def fleet(aws: Aws) -> Iterator[Fleet]:
    """A group with one instance, in an account of these tests' own."""
    fleet = Fleet(replace(aws, account="262626262626"))
    yield fleet
    fleet.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=fleet.name, ForceDelete=True)

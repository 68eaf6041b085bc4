"""How many instances a request and an account get.

Expected values: EC2 API Reference, RunInstances (MinCount, MaxCount).
"""

from __future__ import annotations

import uuid
from typing import Any

from labkit.sandbox.services.ec2.quotas import MOST_INSTANCES
from tests.sandbox.delivery import error

RUN = {"ImageId": "ami-12c6146b", "InstanceType": "t3.micro"}


def launched(ec2: Any, least: int, most: int) -> int:
    """How many instances a request gets."""
    return len(ec2.run_instances(**RUN, MinCount=least, MaxCount=most)["Instances"])


def test_a_request_gets_as_many_as_it_takes(ec2: Any) -> None:
    assert launched(ec2, 1, 3) == 3


def test_a_request_gets_what_there_is_room_for_or_nothing(ec2: Any) -> None:
    assert launched(ec2, MOST_INSTANCES - 2, MOST_INSTANCES - 2) == MOST_INSTANCES - 2
    assert launched(ec2, 1, 2**31 - 1) == 2
    code, text = error(ec2.run_instances, **RUN, MinCount=1, MaxCount=1)
    assert code == "InstanceLimitExceeded"
    assert f"(1) than your current instance limit of {MOST_INSTANCES} allows" in text
    (first, *_), *_ = (one["Instances"] for one in ec2.describe_instances()["Reservations"])
    ec2.terminate_instances(InstanceIds=[first["InstanceId"]])
    assert launched(ec2, 1, 5) == 1


MANY = 10**9


def test_spot_requests_and_fleets_have_the_same_bound(ec2: Any) -> None:
    assert len(ec2.request_spot_instances(InstanceCount=2, LaunchSpecification=RUN)) > 0
    launch = {"LaunchTemplateName": f"t-{uuid.uuid4().hex[:8]}", "LaunchTemplateData": RUN}
    template = ec2.create_launch_template(**launch)["LaunchTemplate"]["LaunchTemplateId"]
    configs = [{"LaunchTemplateSpecification": {"LaunchTemplateId": template, "Version": "1"}}]
    target = {"TotalTargetCapacity": MANY, "DefaultTargetCapacityType": "spot"}
    fleet = {"TargetCapacity": MANY, "IamFleetRole": "arn:aws:iam::111122223333:role/fleet"}
    for operation, given in (
        (ec2.request_spot_instances, {"InstanceCount": MANY, "LaunchSpecification": RUN}),
        (
            ec2.create_fleet,
            {"LaunchTemplateConfigs": configs, "TargetCapacitySpecification": target},
        ),
        (
            ec2.request_spot_fleet,
            {"SpotFleetRequestConfig": fleet | {"LaunchSpecifications": [RUN]}},
        ),
    ):
        assert error(operation, **given) == (
            "MaxSpotInstanceCountExceeded",
            "Max spot instance count exceeded",
        )

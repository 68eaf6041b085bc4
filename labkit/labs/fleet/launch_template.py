"""What an Auto Scaling group starts: a launch template of the newest Amazon Linux."""

from __future__ import annotations

from labkit.labs.lab_run import LabRun

IMAGE = [
    {"Name": "name", "Values": ["al2023-ami-2023*-x86_64"]},
    {"Name": "architecture", "Values": ["x86_64"]},
]
INSTANCE_TYPE = "t3.micro"


def launch_template(lab: LabRun, name: str) -> str:
    """Create a launch template of a small instance, and return its id.

    Parameters
    ----------
    name
        The template's name, without the run's prefix.
    """
    ec2 = lab.client("ec2")
    images = ec2.describe_images(Owners=["amazon"], Filters=IMAGE)["Images"]
    images = images or ec2.describe_images(Owners=["amazon"])["Images"]
    newest = max(images, key=lambda image: image["CreationDate"])
    made = ec2.create_launch_template(
        LaunchTemplateName=lab.name(name),
        LaunchTemplateData={"ImageId": newest["ImageId"], "InstanceType": INSTANCE_TYPE},
    )
    return str(made["LaunchTemplate"]["LaunchTemplateId"])

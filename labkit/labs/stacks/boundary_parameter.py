"""The permissions boundary that an account may demand on roles, as a template's parameter."""

from __future__ import annotations

from labkit.aws.policies import BOUNDARY_POLICY
from labkit.labs.lab_run import LabRun


def boundary(lab: LabRun) -> str:
    """Return the ARN of the account's boundary for learners' roles; "" where it has none.

    On roles that a lesson makes with boto3, labkit puts it by itself. The roles of a stack are made
    by CloudFormation, so there the template has to say it.
    """
    iam = lab.client("iam")
    arn = f"arn:aws:iam::{lab.account}:policy/{BOUNDARY_POLICY}"
    try:
        iam.get_policy(PolicyArn=arn)
    except iam.exceptions.NoSuchEntityException:
        return ""
    return arn

"""The published policies in use: a learner works under them, and roles get the boundary."""

from __future__ import annotations

import json

from labkit import Lab
from labkit.aws import policies
from tests.support import samples


def test_a_learner_can_list_every_kind_and_so_prove_that_nothing_is_left() -> None:
    with Lab("policies", run="new") as lab:
        assert ":user/" in lab.client("sts").get_caller_identity()["Arn"]
        samples.table(lab)
        samples.schedule_group(lab)
        samples.composite_alarm(lab)
        assert lab.teardown(progress=False).left == []


def test_roles_get_the_boundary_where_the_account_has_one() -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        },
    }
    with Lab("policies", run="new") as lab:
        role = lab.client("iam").create_role(
            RoleName=lab.name("role"), AssumeRolePolicyDocument=json.dumps(trust)
        )["Role"]
        arn = role["PermissionsBoundary"]["PermissionsBoundaryArn"]
        assert arn == f"arn:aws:iam::{lab.account}:policy/{policies.BOUNDARY_POLICY}"

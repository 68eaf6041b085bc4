"""Puts the account's permissions boundary on every role that a lesson makes.

The student policy lets learners make roles only with the boundary, so that no role can do more than
a lesson needs, whatever policy is put on it. An account without that policy has no such rule, and
its roles stay as they are written.
Source: IAM User Guide, "Permissions boundaries for IAM entities", "Delegating responsibility to
others using permissions boundaries".
"""

from __future__ import annotations

import os
from functools import cached_property
from typing import Any

from labkit.aws.policies import BOUNDARY_POLICY

PARAMETER = "PermissionsBoundary"
OWN = "LABKIT_BOUNDARY"
"""Environment variable: the boundary's name, where each learner of an account has another."""


def put_on_roles(client: Any, account: str) -> None:
    """Have an IAM client put the account's boundary on the roles that it creates.

    Parameters
    ----------
    client
        A boto3 client of IAM.
    account
        The account's number, 12 digits.
    """
    hook = _Boundary(
        client, f"arn:aws:iam::{account}:policy/{os.environ.get(OWN, BOUNDARY_POLICY)}"
    )
    client.meta.events.register("before-parameter-build.iam.CreateRole", hook)


class _Boundary:
    def __init__(self, client: Any, arn: str) -> None:
        self._client = client
        self._arn = arn

    def __call__(self, params: dict[str, Any], **_: Any) -> None:
        if PARAMETER not in params and self._exists:
            params[PARAMETER] = self._arn

    @cached_property
    def _exists(self) -> bool:
        from botocore.exceptions import ClientError

        try:
            self._client.get_policy(PolicyArn=self._arn)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchEntity", "AccessDenied"):
                return False
            raise
        return True

"""What IAM refuses that MiniStack takes: trust policies that are none, policies that are not there.

Source: IAM API Reference, CreateRole and AttachRolePolicy; the texts are AWS's answers as others
have recorded them.
"""

from __future__ import annotations

import json
import re

from labkit.sandbox.gateway.errors import AwsError, ValidationError
from labkit.sandbox.upstream.iam import iam

MALFORMED = "MalformedPolicyDocument"

ARN = re.compile(r"arn:[\w-]+:iam::(?P<owner>\d{12}|aws):policy/\S+")


def check_trust(text: str) -> None:
    """Check a role's trust policy.

    Raises
    ------
    AwsError
        `MalformedPolicyDocument` if it is no JSON, or has no statement.
    """
    try:
        policy = json.loads(text)
    except ValueError as error:
        raise AwsError("This policy contains invalid Json", MALFORMED) from error
    if not isinstance(policy, dict) or not policy.get("Statement"):
        raise AwsError("Syntax errors in policy.", MALFORMED)


def check_attached(arn: str) -> None:
    """Check that a policy that is to be attached is there; AWS's own ones are taken as named.

    Raises
    ------
    AwsError
        `ValidationError` if the ARN is none, `NoSuchEntity` if it names nothing.
    """
    found = ARN.fullmatch(arn)
    if found is None:
        raise ValidationError("Invalid ARN:  Could not be parsed!")
    if found["owner"] != "aws" and arn not in iam._policies:
        text = f"Policy {arn} does not exist or is not attachable."
        raise AwsError(text, "NoSuchEntity", status=404)

"""Enters a listed account: the instructor's keys assume its role, and the guard looks at it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from labkit.aws import guard
from labkit.aws.client_config import config
from labkit.aws.targets import AccountTarget, EmbeddedTarget, Target
from labkit.classroom.account_list import ListedAccount

SESSION = "labkit-instructor"
"""The session's name, by which CloudTrail shows who it was."""


def assuming(target: Target) -> Any:
    """Return a client of STS that assumes roles from a target, which changes nothing there."""
    client = target.session.client("sts", endpoint_url=target.endpoint_url, config=config("sts"))
    guard.let_enter(client.meta.events, target)
    return client


def enter(target: Target, listed: ListedAccount) -> Target:
    """Return a listed account as its role sees it, for an hour at most.

    Raises
    ------
    botocore.exceptions.ClientError
        AWS does not let these keys assume the role.
    """
    keys = assuming(target).assume_role(RoleArn=listed.role_arn, RoleSessionName=SESSION)
    given = keys["Credentials"]
    if isinstance(target, EmbeddedTarget):
        sandbox = replace(
            target.sandbox,
            account=listed.account,
            access_key_id=given["AccessKeyId"],
            secret_access_key=given["SecretAccessKey"],
        )
        return replace(target, sandbox=sandbox, session_token=given["SessionToken"])
    return _account(given, keys["AssumedRoleUser"]["Arn"], listed.account, target.region)


def _account(keys: dict[str, Any], identity: str, account: str, region: str) -> AccountTarget:
    import boto3

    session = boto3.Session(
        keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], region_name=region
    )
    target = AccountTarget(session, account, identity, region)
    guard.stand_before(session.events, target, token=None)
    return target

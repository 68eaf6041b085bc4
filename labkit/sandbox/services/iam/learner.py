"""The learner: an IAM user with published policies, so that the sandbox refuses what AWS would.

The keys that MiniStack takes for an account's root may do everything, and a lesson run with them
proves nothing about a policy. So the supervisor can ask for a user, who is made through IAM's own
API before the server says that it is healthy.
Source: IAM User Guide, "Security best practices in IAM".
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.iam import iam

USER = "labkit-learner"

PREFIX = "labkit-"
"""Begins the name of each policy; its file's name follows."""

POLICIES = "LABKIT_SANDBOX_LEARNER_POLICIES"
"""Variable with the files whose policies the learner gets, separated as in PATH."""

BOUNDARY = "LABKIT_SANDBOX_ROLE_BOUNDARY"
"""Variable with the file of the boundary that the learner's policies may ask for on roles."""

LONGEST_POLICY = 6144
"""Characters of a managed policy, white space not counted (IAM quotas)."""


class PolicyError(ValueError):
    """A policy's file cannot be used; the message says which one and why."""


@dataclass(frozen=True)
class AccessKey:
    """A user's access key."""

    id: str
    secret: str


def learner_from_environment() -> AccessKey | None:
    """Make the learner whom the environment asks for, in the sandbox's own account.

    Returns
    -------
    AccessKey or None
        The learner's key; None if no policies are named.

    Raises
    ------
    PolicyError
        If a file is missing, too long or not a policy.
    """
    files = [Path(name) for name in os.environ.get(POLICIES, "").split(os.pathsep) if name]
    if not files:
        return None
    boundary = os.environ.get(BOUNDARY)
    with responses.request_scope(
        os.environ["MINISTACK_ACCOUNT_ID"], os.environ["MINISTACK_REGION"]
    ):
        return asyncio.run(_make_learner(files, [Path(boundary)] if boundary else []))


async def _make_learner(policies: list[Path], more: list[Path]) -> AccessKey:
    await _iam("CreateUser", UserName=USER)
    for file in more:
        await _create_policy(file)
    for file in policies:
        await _iam("AttachUserPolicy", UserName=USER, PolicyArn=await _create_policy(file))
    key = await _iam("CreateAccessKey", UserName=USER)
    return AccessKey(key["AccessKeyId"], key["SecretAccessKey"])


async def _create_policy(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8")
        json.loads(text)
    except (OSError, ValueError) as error:
        raise PolicyError(f"the policy {file} cannot be read ({error})") from error
    if len(re.sub(r"\s", "", text)) > LONGEST_POLICY:
        raise PolicyError(f"the policy {file} has more than {LONGEST_POLICY} characters")
    made = await _iam("CreatePolicy", PolicyName=PREFIX + file.stem, PolicyDocument=text)
    return made["Arn"]


async def _iam(action: str, **parameters: str) -> dict[str, str]:
    """Call IAM as its Query API is called; return the texts of the answer's elements."""
    body = urlencode({"Action": action, "Version": "2010-05-08", **parameters}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    status, _, answer = await iam.handle_request("POST", "/", headers, body, {})
    texts = _texts(answer)
    if status != 200:
        raise PolicyError(f"{action} was refused: {texts.get('Message', answer)}")
    return texts


def _texts(answer: Any) -> dict[str, str]:
    root = ElementTree.fromstring(answer)
    return {element.tag.rpartition("}")[2]: element.text or "" for element in root.iter()}

"""A role for each learner of a class, whose policies name what that learner alone may change.

The published policies let a learner change whatever labkit named (``lk-*``) or tagged. Every name
and tag of labkit carries its owner, six hexadecimal digits. So for a class the class chooses the
digits, and each learner's role gets the same policies with the owner in them. Who asks for somebody
else's name, tag or boundary is refused by IAM, not by labkit.

What takes neither name nor tag stays open to all who share an account: parts of an API once its id
is known, and what is listed. An account each has no such gap, and the same roles.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from labkit.aws.policies import BOUNDARY, BOUNDARY_POLICY, STUDENT, load
from labkit.classroom.folder import ClassFolder, Learner

DAY_S = 8 * 3600
LONGEST_S = 12 * 3600
"""The longest that a role allows. Source: IAM API Reference, CreateRole, MaxSessionDuration."""
LEARNER_TAG, OWNER_TAG, RUN_TAG = "labkit:learner", "labkit:owner", "labkit:run"
REVOKED = "AWSRevokeOlderSessions"
"""The name that IAM's console gives it. Source: IAM User Guide, "Revoke IAM role temporary
security credentials"."""
OWN_SERVICES = "lk-*"

Document = dict[str, Any]


@dataclass(frozen=True)
class LearnersRole:
    """The names of what one learner has in the account.

    Attributes
    ----------
    who
        The pseudonym.
    owner
        The six digits.
    account
        Where the role is.
    instructor
        The account whose users may assume it, beside those of its own; empty for none.
    """

    who: str
    owner: str
    account: str
    instructor: str = ""

    @classmethod
    def of(
        cls, folder: ClassFolder, learner: Learner, account: str, instructor: str = ""
    ) -> LearnersRole:
        """Return a learner's; the digits follow from the class and the pseudonym."""
        said = f"labkit class owner|{folder.settings.id}|{learner.who}".encode()
        owner = hmac.digest(folder.secret, said, hashlib.sha256).hex()[:6]
        return cls(learner.who, owner, account, instructor)

    @property
    def name(self) -> str:
        """The role's name."""
        return f"labkit-class-{self.owner}"

    @property
    def arn(self) -> str:
        """The role's ARN."""
        return f"arn:aws:iam::{self.account}:role/{self.name}"

    @property
    def boundary(self) -> str:
        """The name of the boundary of every role that this learner makes."""
        return f"{BOUNDARY_POLICY}-{self.owner}"

    def policy_arn(self, name: str) -> str:
        """Return the ARN of one of the learner's policies."""
        return f"arn:aws:iam::{self.account}:policy/{name}"

    def policies(self) -> dict[str, Document]:
        """Return the learner's managed policies by name; the boundary is the last."""
        return {
            f"labkit-{name}-{self.owner}": narrowed(load(name), self.owner)
            for name in (*STUDENT, BOUNDARY)
        }

    def environment(self) -> dict[str, str]:
        """Return the variables with which labkit works as this learner."""
        return {"LABKIT_OWNER": self.owner, "LABKIT_BOUNDARY": self.boundary}


def narrowed(policy: Document, owner: str) -> Document:
    """Return a policy that allows for one owner what it allowed for all."""
    text = json.dumps(policy)
    text = text.replace(OWN_SERVICES, f"lk-*-{owner}-*").replace(
        f"policy/{BOUNDARY_POLICY}", f"policy/{BOUNDARY_POLICY}-{owner}"
    )
    found: Document = json.loads(text)
    for statement in found["Statement"]:
        _own_tags(statement, owner)
    return found


def prepare(iam: Any, role: LearnersRole) -> None:
    """Make a learner's role and policies, or bring those that are there up to date."""
    for name, document in role.policies().items():
        _put_policy(iam, role, name, document)
    _put_role(iam, role)
    for name in role.policies():
        if name != role.boundary:
            iam.attach_role_policy(RoleName=role.name, PolicyArn=role.policy_arn(name))
    with suppress(iam.exceptions.NoSuchEntityException):
        iam.delete_role_policy(RoleName=role.name, PolicyName=REVOKED)


def hand_out(sts: Any, role: LearnersRole, seconds: int | None = DAY_S) -> dict[str, Any]:
    """Return credentials for one learner's session.

    Parameters
    ----------
    sts
        Of an IAM user: with a role's own keys AWS gives an hour at most.
    seconds
        900 to 43,200; None for AWS's default, an hour. The console takes no keys for which a role
        has asked for a time (see `labkit.classroom.console`).
    """
    lasting = {} if seconds is None else {"DurationSeconds": seconds}
    answer: dict[str, Any] = sts.assume_role(
        RoleArn=role.arn,
        RoleSessionName=role.who,
        **lasting,
        Tags=[{"Key": LEARNER_TAG, "Value": role.who}],
    )
    found: dict[str, Any] = answer["Credentials"]
    return found


def revoke(iam: Any, role: LearnersRole) -> None:
    """End every session of a learner that was begun until now."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    older = {"DateLessThan": {"aws:TokenIssueTime": now}}
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": older}
    iam.put_role_policy(RoleName=role.name, PolicyName=REVOKED, PolicyDocument=_text([deny]))


def remove(iam: Any, role: LearnersRole) -> None:
    """Take a learner's role and policies away; the boundary stays while roles of theirs have it."""
    gone = iam.exceptions.NoSuchEntityException
    for name in role.policies():
        with suppress(gone):
            iam.detach_role_policy(RoleName=role.name, PolicyArn=role.policy_arn(name))
    with suppress(gone):
        iam.delete_role_policy(RoleName=role.name, PolicyName=REVOKED)
    with suppress(gone):
        iam.delete_role(RoleName=role.name)
    for name in role.policies():
        with suppress(gone, iam.exceptions.DeleteConflictException):
            _delete_policy(iam, role.policy_arn(name))


def _own_tags(statement: Document, owner: str) -> None:
    """Ask for the owner's tag wherever a statement asks for any run's."""
    condition: dict[str, dict[str, Any]] = deepcopy(statement.get("Condition", {}))
    for key, wanted in condition.pop("Null", {}).items():
        place = key.removesuffix(RUN_TAG)
        if place == key:
            condition.setdefault("Null", {})[key] = wanted
        else:  # missing counts as another's: StringNotEquals holds for it, too
            asks = "StringEquals" if statement["Effect"] == "Allow" else "StringNotEquals"
            condition.setdefault(asks, {})[f"{place}{OWNER_TAG}"] = owner
    if condition:
        statement["Condition"] = condition


def _put_role(iam: Any, role: LearnersRole) -> None:
    session = {"StringEquals": {f"aws:RequestTag/{LEARNER_TAG}": role.who}}
    accounts = sorted({role.account, role.instructor or role.account})
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": [f"arn:aws:iam::{one}:root" for one in accounts]},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Condition": session,
    }
    try:
        iam.create_role(
            RoleName=role.name,
            AssumeRolePolicyDocument=_text([trust]),
            MaxSessionDuration=LONGEST_S,
            Tags=[{"Key": LEARNER_TAG, "Value": role.who}],
        )
    except iam.exceptions.EntityAlreadyExistsException:
        iam.update_assume_role_policy(RoleName=role.name, PolicyDocument=_text([trust]))


def _put_policy(iam: Any, role: LearnersRole, name: str, document: Mapping[str, Any]) -> None:
    """Make a policy, or make its newest version the one that holds."""
    text = json.dumps(document, separators=(",", ":"))
    arn = role.policy_arn(name)
    try:
        iam.create_policy(PolicyName=name, PolicyDocument=text)
    except iam.exceptions.EntityAlreadyExistsException:
        _delete_old_versions(iam, arn)
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=text, SetAsDefault=True)


def _delete_old_versions(iam: Any, arn: str) -> None:
    """Delete the versions that do not hold: a policy has five at most."""
    for one in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not one["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=one["VersionId"])


def _delete_policy(iam: Any, arn: str) -> None:
    _delete_old_versions(iam, arn)
    iam.delete_policy(PolicyArn=arn)


def _text(statements: list[Document]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})

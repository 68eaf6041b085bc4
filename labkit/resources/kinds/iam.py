"""IAM: roles and managed policies."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from labkit.resources.billing import FREE
from labkit.resources.kind import Create, Found, GetClient, Kind, Send, each, pages, tag_map
from labkit.resources.rights import Right
from labkit.resources.run import RUN_TAG

MISSING = frozenset(["NoSuchEntity"])
CONFLICT = frozenset(["ConcurrentModification", "DeleteConflict"])

VISIBLE_WITHIN_S = 5.0
"""IAM is eventually consistent: a read may miss for some seconds what was just made (IAM guide)."""


class Role(Kind):
    """A role with its inline policies; attached policies are detached, not deleted."""

    name = "IAM role"
    service = "iam"
    creates = (Create("CreateRole", "RoleName", "Role.RoleName", "Tags"),)
    parts = each("RoleName", "AttachRolePolicy", "PutRolePermissionsBoundary", "PutRolePolicy")
    deletes = each("RoleName", "DeleteRole")
    restores = ("AssumeRolePolicyDocument",)
    after = ("CloudFormation stack", "Lambda function", "REST API", "DB proxy")
    needed_by = ("CloudFormation stack",)
    """A stack is deleted with the role that changed it last (CloudFormation guide)."""
    missing = MISSING
    busy = CONFLICT
    visible_within_s = VISIBLE_WITHIN_S
    billing = FREE

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        role = get_client("iam").get_role(RoleName=resource_id)["Role"]
        return Found(resource_id, role["RoleName"], tag_map(role.get("Tags", [])))

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        names = pages(get_client("iam"), "list_roles", "Roles[].RoleName")
        return (name for name in names if marker in name)

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        iam, role = get_client("iam"), {"RoleName": resource_id}
        for policy in list(pages(iam, "list_role_policies", "PolicyNames[]", **role)):
            iam.delete_role_policy(PolicyName=policy, **role)
        attached = "AttachedPolicies[].PolicyArn"
        for arn in list(pages(iam, "list_attached_role_policies", attached, **role)):
            iam.detach_role_policy(PolicyArn=arn, **role)
        iam.delete_role(**role)

    def restore(self, send: Send, params: Mapping[str, Any], answer: Any) -> None:
        role = {"RoleName": params["RoleName"]}
        for policy in send("ListRolePolicies", dict(role))["PolicyNames"]:
            send("DeleteRolePolicy", role | {"PolicyName": policy})
        for policy in send("ListAttachedRolePolicies", dict(role))["AttachedPolicies"]:
            send("DetachRolePolicy", role | {"PolicyArn": policy["PolicyArn"]})
        trust, now = params["AssumeRolePolicyDocument"], send("GetRole", dict(role))["Role"]
        if json.loads(trust) != now["AssumeRolePolicyDocument"]:
            send("UpdateAssumeRolePolicy", role | {"PolicyDocument": trust})


class ManagedPolicy(Kind):
    """A customer managed policy with its versions."""

    name = "IAM policy"
    service = "iam"
    creates = (Create("CreatePolicy", "PolicyName", "Policy.Arn", "Tags", longest=128),)
    parts = each("PolicyArn", "CreatePolicyVersion")
    deletes = each("PolicyArn", "DeletePolicy")
    after = ("IAM role",)
    needed_by = ("IAM role",)
    """A role that stays is needed by a stack, which is deleted with the rights of its policies."""
    missing = MISSING
    busy = CONFLICT
    visible_within_s = VISIBLE_WITHIN_S
    billing = FREE

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        policy = get_client("iam").get_policy(PolicyArn=resource_id)["Policy"]
        return Found(resource_id, policy["PolicyName"], tag_map(policy.get("Tags", [])))

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        listed: Iterable[dict[str, Any]] = pages(
            get_client("iam"), "list_policies", "Policies[]", Scope="Local"
        )
        return (policy["Arn"] for policy in listed if marker in policy["PolicyName"])

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        iam = get_client("iam")
        versions = pages(iam, "list_policy_versions", "Versions[]", PolicyArn=resource_id)
        for version in list(versions):
            if not version["IsDefaultVersion"]:
                iam.delete_policy_version(PolicyArn=resource_id, VersionId=version["VersionId"])
        iam.delete_policy(PolicyArn=resource_id)


class OpenIDConnectProvider(Kind):
    """An OpenID Connect provider, of which an account has one for each issuer."""

    name = "OIDC provider"
    service = "iam"
    creates = (Create("CreateOpenIDConnectProvider", None, "OpenIDConnectProviderArn", "Tags"),)
    parts = each("OpenIDConnectProviderArn", "AddClientIDToOpenIDConnectProvider")
    deletes = each("OpenIDConnectProviderArn", "DeleteOpenIDConnectProvider")
    missing = MISSING
    visible_within_s = VISIBLE_WITHIN_S
    billing = FREE

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        provider = get_client("iam").get_open_id_connect_provider(
            OpenIDConnectProviderArn=resource_id
        )
        return Found(resource_id, "", tag_map(provider.get("Tags", [])))

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        listed = get_client("iam").list_open_id_connect_providers()
        arns = [one["Arn"] for one in listed["OpenIDConnectProviderList"]]
        return (arn for arn in arns if self._is_of(get_client, arn, marker))

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        get_client("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=resource_id)

    def _is_of(self, get_client: GetClient, arn: str, marker: str) -> bool:
        found = self.look(get_client, arn)
        run = (found.tags or {}).get(RUN_TAG, "") if found is not None else ""
        return run.startswith(marker.rpartition("-")[2])


RIGHTS = (
    Right("student-pipelines", "Look", ("iam:ListOpenIDConnectProviders",)),
    Right(
        "student-pipelines",
        "MakeProvidersWithTheRunsTag",
        ("iam:CreateOpenIDConnectProvider", "iam:TagOpenIDConnectProvider"),
        ("arn:aws:iam::*:oidc-provider/*",),
    ),
    Right(
        "student-pipelines",
        "ChangeOnlyProvidersThatARunMade",
        (
            "iam:AddClientIDToOpenIDConnectProvider",
            "iam:DeleteOpenIDConnectProvider",
            "iam:RemoveClientIDFromOpenIDConnectProvider",
        ),
        ("arn:aws:iam::*:oidc-provider/*",),
    ),
    Right(
        "student-pipelines",
        "LookAtProviders",
        ("iam:GetOpenIDConnectProvider",),
        ("arn:aws:iam::*:oidc-provider/*",),
    ),
    Right("sweep", "FindWhatLearnersLeft", ("iam:GetOpenIDConnectProvider",)),
    Right("sweep", "DeleteWhatHasNoNameByItsTag", ("iam:DeleteOpenIDConnectProvider",)),
    Right(
        "student",
        "Look",
        (
            "iam:GetPolicy",
            "iam:GetPolicyVersion",
            "iam:ListAccountAliases",
            "iam:ListPolicies",
            "iam:ListRoles",
        ),
    ),
    Right("student", "WriteNothingWithoutTheRunsTag", ("iam:CreatePolicy", "iam:CreateRole")),
    Right(
        "student",
        "GiveRolesNoMoreThanTheBoundary",
        (
            "iam:AttachRolePolicy",
            "iam:CreateRole",
            "iam:DeleteRolePolicy",
            "iam:DetachRolePolicy",
            "iam:PutRolePermissionsBoundary",
            "iam:PutRolePolicy",
        ),
        ("arn:aws:iam::*:role/lk-*",),
    ),
    Right(
        "student",
        "WorkOnRolesAndPolicies",
        (
            "iam:CreatePolicy",
            "iam:CreatePolicyVersion",
            "iam:DeletePolicy",
            "iam:DeletePolicyVersion",
            "iam:DeleteRole",
            "iam:GetRole",
            "iam:GetRolePolicy",
            "iam:ListAttachedRolePolicies",
            "iam:ListInstanceProfilesForRole",
            "iam:ListPolicyVersions",
            "iam:ListRolePolicies",
            "iam:ListRoleTags",
            "iam:SimulatePrincipalPolicy",
            "iam:TagPolicy",
            "iam:TagRole",
            "iam:UpdateAssumeRolePolicy",
        ),
        ("arn:aws:iam::*:policy/lk-*", "arn:aws:iam::*:role/lk-*"),
    ),
    Right("sweep", "FindWhatLearnersLeft", ("iam:GetPolicy", "iam:GetRole", "iam:List*")),
    Right(
        "sweep",
        "DeleteWhatBearsANameOfLabkits",
        (
            "iam:DeletePolicy",
            "iam:DeletePolicyVersion",
            "iam:DeleteRole",
            "iam:DeleteRolePolicy",
            "iam:DetachRolePolicy",
        ),
        ("arn:aws:iam::*:policy/lk-*", "arn:aws:iam::*:role/lk-*"),
    ),
)

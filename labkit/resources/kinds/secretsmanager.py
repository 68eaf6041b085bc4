"""Secrets Manager: secrets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from labkit.resources.billing import Billing
from labkit.resources.kind import Create, Found, GetClient, Kind, Send, each, pages, tag_map
from labkit.resources.rights import Right
from labkit.resources.settings import differing, given

RANDOM_TAIL = 7
"""Characters that AWS puts after the name in an ARN: a hyphen and six (Secrets Manager guide)."""


class Secret(Kind):
    """A secret with its versions; it goes at once, without AWS's 7 to 30 days of recovery."""

    name = "secret"
    service = "secretsmanager"
    creates = (Create("CreateSecret", "Name", "ARN", "Tags", longest=512),)
    parts = each("SecretId", "PutSecretValue", "RotateSecret")
    harmless = each("it brings back what is there", "RestoreSecret")
    deletes = each("SecretId", "DeleteSecret")
    after = ("DB proxy",)
    missing = frozenset(["ResourceNotFoundException"])
    restores = ("SecretBinary", "SecretString")
    billing = Billing(hourly_unpriced=True)

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        secret = get_client("secretsmanager").describe_secret(SecretId=resource_id)
        return Found(secret["ARN"], secret["Name"], tag_map(secret.get("Tags", [])))

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        listed: Iterable[dict[str, Any]] = pages(
            get_client("secretsmanager"),
            "list_secrets",
            "SecretList[]",
            IncludePlannedDeletion=True,
        )
        return (secret["ARN"] for secret in listed if marker in secret["Name"])

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        get_client("secretsmanager").delete_secret(
            SecretId=resource_id, ForceDeleteWithoutRecovery=True
        )

    def identify(self, given: str) -> str:
        name = given.rpartition(":secret:")[2]
        return name[:-RANDOM_TAIL] if name != given else given

    def restore(self, send: Send, params: Mapping[str, Any], answer: Any) -> None:
        wanted = given(params, ("SecretString", "SecretBinary"))
        if not wanted:
            return
        now = send("GetSecretValue", {"SecretId": answer["ARN"]})
        if differing(now, wanted):
            send("PutSecretValue", {"SecretId": answer["ARN"]} | wanted)


RIGHTS = (
    Right("student", "Look", ("secretsmanager:ListSecrets",)),
    Right(
        "student",
        "WorkOnWhatIsNamedAsLabkitNames",
        ("secretsmanager:*",),
        ("arn:aws:secretsmanager:*:*:secret:lk-*",),
    ),
    Right("student", "WriteNothingWithoutTheRunsTag", ("secretsmanager:CreateSecret",)),
    Right(
        "student-boundary",
        "WorkWithTheLessonsOwn",
        ("secretsmanager:GetSecretValue",),
        ("arn:aws:secretsmanager:*:*:secret:lk-*",),
    ),
    Right(
        "sweep",
        "FindWhatLearnersLeft",
        ("secretsmanager:DescribeSecret", "secretsmanager:ListSecrets"),
    ),
    Right(
        "sweep",
        "DeleteWhatBearsANameOfLabkits",
        ("secretsmanager:DeleteSecret",),
        ("arn:aws:secretsmanager:*:*:secret:lk-*",),
    ),
)

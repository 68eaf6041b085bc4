"""X-Ray: sampling rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from labkit.resources.billing import Billing
from labkit.resources.kind import (
    Create,
    Found,
    GetClient,
    Kind,
    Send,
    each,
    no_such,
    pages,
    tag_map,
    value_at,
)
from labkit.resources.rights import Right

RULES = ("arn:aws:xray:*:*:sampling-rule/lk-*",)
CHANGEABLE = (
    *("ResourceARN", "Priority", "FixedRate", "ReservoirSize", "Host", "ServiceName"),
    *("ServiceType", "HTTPMethod", "URLPath", "Attributes"),
)
"""What UpdateSamplingRule takes (X-Ray API Reference, SamplingRuleUpdate)."""


class SamplingRule(Kind):
    """A rule that says which requests are traced."""

    name = "sampling rule"
    service = "xray"
    creates = (
        Create("CreateSamplingRule", "SamplingRule.RuleName", id=None, tags="Tags", longest=32),
    )
    deletes = each("RuleName", "DeleteSamplingRule")
    missing = frozenset(["labkit.NotFound"])
    restores = ("SamplingRule",)
    billing = Billing(free="AWS asks nothing for it; what it lets record is billed as traces")

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        client = get_client("xray")
        for rule in _rules(client):
            if rule["RuleName"] == resource_id:
                tags = pages(
                    client, "list_tags_for_resource", "Tags[]", ResourceARN=rule["RuleARN"]
                )
                return Found(resource_id, resource_id, tag_map(tags))
        raise no_such(resource_id)

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        names = (rule["RuleName"] for rule in _rules(get_client("xray")))
        return (name for name in names if marker in name)

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        get_client("xray").delete_sampling_rule(RuleName=resource_id)

    def identify(self, given: str) -> str:
        return given.rpartition(":sampling-rule/")[2]

    def restore(self, send: Send, params: Mapping[str, Any], answer: Any) -> None:
        name, wanted = value_at(params, "SamplingRule.RuleName"), params["SamplingRule"]
        records = send("GetSamplingRules", {})["SamplingRuleRecords"]
        now = next(
            one["SamplingRule"] for one in records if one["SamplingRule"]["RuleName"] == name
        )
        differs = {
            key: wanted[key] for key in CHANGEABLE if key in wanted and wanted[key] != now[key]
        }
        if differs:
            send("UpdateSamplingRule", {"SamplingRuleUpdate": {"RuleName": name} | differs})


def _rules(client: Any) -> Iterable[dict[str, Any]]:
    return pages(client, "get_sampling_rules", "SamplingRuleRecords[].SamplingRule")


RIGHTS = (
    Right("student", "WorkOnWhatIsNamedAsLabkitNames", ("xray:*",), RULES),
    Right("student", "WriteNothingWithoutTheRunsTag", ("xray:CreateSamplingRule",)),
    Right("sweep", "FindWhatLearnersLeft", ("xray:GetSamplingRules",)),
    Right(
        "sweep",
        "DeleteWhatBearsANameOfLabkits",
        ("xray:DeleteSamplingRule", "xray:ListTagsForResource"),
        RULES,
    ),
)

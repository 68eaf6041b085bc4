"""Systems Manager: parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from labkit.resources.billing import Billing
from labkit.resources.kind import Create, Found, GetClient, Kind, Send, each, pages, tag_map
from labkit.resources.rights import Right
from labkit.resources.settings import given


class Parameter(Kind):
    """A parameter with its versions."""

    name = "SSM parameter"
    service = "ssm"
    creates = (
        Create("PutParameter", "Name", id=None, tags="Tags", longest=1011, changes="Overwrite"),
    )
    parts = each("Name", "LabelParameterVersion")
    deletes = each("Name", "DeleteParameter")
    missing = frozenset(["InvalidResourceId", "ParameterNotFound"])
    busy = frozenset(["TooManyUpdates"])
    restores = ("Value",)
    billing = Billing(free="AWS asks nothing for a standard one")

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        client = get_client("ssm")
        client.get_parameter(Name=resource_id)
        tags = client.list_tags_for_resource(ResourceType="Parameter", ResourceId=resource_id)
        return Found(resource_id, resource_id, tag_map(tags["TagList"]))

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        named = {"Key": "Name", "Option": "Contains", "Values": [marker]}
        names = pages(
            get_client("ssm"), "describe_parameters", "Parameters[].Name", ParameterFilters=[named]
        )
        return (name for name in names if marker in name)

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        get_client("ssm").delete_parameter(Name=resource_id)

    def restore(self, send: Send, params: Mapping[str, Any], answer: Any) -> None:
        now = send("GetParameter", {"Name": params["Name"], "WithDecryption": True})["Parameter"]
        if now["Value"] != params["Value"]:
            written = given(params, ("Name", "Value", "Type"))
            send("PutParameter", written | {"Overwrite": True})


RIGHTS = (
    Right("student", "Look", ("ssm:DescribeParameters",)),
    Right(
        "student",
        "WorkOnWhatIsNamedAsLabkitNames",
        ("ssm:*",),
        ("arn:aws:ssm:*:*:parameter/*/lk-*", "arn:aws:ssm:*:*:parameter/lk-*"),
    ),
    Right(
        "student-boundary",
        "WorkWithTheLessonsOwn",
        ("ssm:GetParameter",),
        ("arn:aws:ssm:*:*:parameter/lk-*",),
    ),
    Right("sweep", "FindWhatLearnersLeft", ("ssm:DescribeParameters", "ssm:ListTagsForResource")),
    Right(
        "sweep",
        "DeleteWhatBearsANameOfLabkits",
        ("ssm:DeleteParameter",),
        ("arn:aws:ssm:*:*:parameter/*lk-*",),
    ),
)

"""CodeBuild: projects with their builds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from labkit.resources.billing import Billing
from labkit.resources.kind import Create, Found, GetClient, Kind, each, no_such, pages, tag_map
from labkit.resources.rights import Right

LOGS = "/aws/codebuild/"
"""Begins the name of the log group that the builds of a project make (CodeBuild guide)."""


class Project(Kind):
    """A project with its builds; their log group is one of its own."""

    name = "CodeBuild project"
    service = "codebuild"
    creates = (Create("CreateProject", "name", id=None, tags="tags", longest=150),)
    parts = each("projectName", "StartBuild")
    deletes = each("name", "DeleteProject")
    missing = frozenset(["labkit.NotFound"])
    billing = Billing(unmetered="minutes of builds")

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        found = get_client("codebuild").batch_get_projects(names=[resource_id])
        for project in found["projects"]:
            return Found(resource_id, resource_id, tag_map(project.get("tags", [])))
        raise no_such(resource_id)

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        names = pages(get_client("codebuild"), "list_projects", "projects[]")
        return (name for name in names if marker in name)

    def wholes(self, get_client: GetClient, part: str) -> Iterable[str]:
        if part.count(":") == 1:
            yield part.partition(":")[0]

    def implied(self, params: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
        return (("log group", LOGS + params["name"]),)

    def alongside(self, get_client: GetClient, resource_id: str) -> Iterable[tuple[str, str]]:
        return (("log group", LOGS + resource_id),)

    def quiesce(self, get_client: GetClient, resource_id: str) -> None:
        """Stop builds that are under way."""
        client = get_client("codebuild")
        ids = client.list_builds_for_project(projectName=resource_id)["ids"]
        for build in client.batch_get_builds(ids=ids)["builds"] if ids else []:
            if not build["buildComplete"]:
                client.stop_build(id=build["id"])

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        get_client("codebuild").delete_project(name=resource_id)


RIGHTS = (
    Right(
        "student-pipelines", "HandRolesToTheLessonsServices", passed_to=("codebuild.amazonaws.com",)
    ),
    Right("student-pipelines", "Look", ("codebuild:ListProjects",)),
    Right(
        "student-pipelines",
        "WorkOnWhatIsNamedAsLabkitNames",
        ("codebuild:*",),
        ("arn:aws:codebuild:*:*:project/lk-*",),
    ),
    Right("student-pipelines", "WriteNothingWithoutTheRunsTag", ("codebuild:CreateProject",)),
    Right(
        "student-boundary",
        "WorkWithTheLessonsOwn",
        ("codebuild:BatchGetBuilds", "codebuild:StartBuild"),
        ("arn:aws:codebuild:*:*:project/lk-*",),
    ),
    Right("sweep", "FindWhatLearnersLeft", ("codebuild:ListProjects",)),
    Right(
        "sweep",
        "DeleteWhatBearsANameOfLabkits",
        (
            "codebuild:BatchGetBuilds",
            "codebuild:BatchGetProjects",
            "codebuild:DeleteProject",
            "codebuild:ListBuildsForProject",
            "codebuild:StopBuild",
        ),
        ("arn:aws:codebuild:*:*:project/lk-*",),
    ),
)

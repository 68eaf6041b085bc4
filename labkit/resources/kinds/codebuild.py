"""CodeBuild: projects with their builds, and report groups with the reports of tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from labkit.resources.billing import Billing
from labkit.resources.kind import Create, Found, GetClient, Kind, each, no_such, pages, tag_map
from labkit.resources.rights import Right

LOGS = "/aws/codebuild/"
"""Begins the name of the log group that the builds of a project make (CodeBuild guide)."""

REPORT = ":report/"
"""Stands in the ARN of a report, before the name of its group (CodeBuild guide)."""

NAMED = ("arn:aws:codebuild:*:*:project/lk-*", "arn:aws:codebuild:*:*:report-group/lk-*")


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


class ReportGroup(Kind):
    """A report group with its reports, which builds put into it."""

    name = "CodeBuild report group"
    service = "codebuild"
    creates = (Create("CreateReportGroup", "name", "reportGroup.arn", tags="tags", longest=128),)
    deletes = each("arn", "DeleteReportGroup")
    after = ("CodeBuild project",)
    missing = frozenset(["labkit.NotFound"])
    billing = Billing(unmetered="test reports")

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        found = get_client("codebuild").batch_get_report_groups(reportGroupArns=[resource_id])
        for group in found["reportGroups"]:
            return Found(resource_id, group["name"], tag_map(group.get("tags", [])))
        raise no_such(resource_id)

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        arns = pages(get_client("codebuild"), "list_report_groups", "reportGroups[]")
        return (arn for arn in arns if marker in arn)

    def wholes(self, get_client: GetClient, part: str) -> Iterable[str]:
        if REPORT in part:
            yield part.replace(REPORT, ":report-group/").rpartition(":")[0]

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        get_client("codebuild").delete_report_group(arn=resource_id, deleteReports=True)


RIGHTS = (
    Right(
        "student-pipelines", "HandRolesToTheLessonsServices", passed_to=("codebuild.amazonaws.com",)
    ),
    Right(
        "student-pipelines",
        "Look",
        ("codebuild:ListProjects", "codebuild:ListReportGroups", "codebuild:ListReports"),
    ),
    Right(
        "student-pipelines",
        "WorkOnWhatIsNamedAsLabkitNames",
        ("codebuild:*",),
        NAMED,
    ),
    Right(
        "student-pipelines",
        "WriteNothingWithoutTheRunsTag",
        ("codebuild:CreateProject", "codebuild:CreateReportGroup"),
    ),
    Right(
        "student-boundary",
        "WorkWithTheLessonsOwn",
        (
            "codebuild:BatchGetBuilds",
            "codebuild:BatchPutTestCases",
            "codebuild:CreateReport",
            "codebuild:StartBuild",
            "codebuild:UpdateReport",
        ),
        NAMED,
    ),
    Right(
        "sweep",
        "FindWhatLearnersLeft",
        ("codebuild:ListProjects", "codebuild:ListReportGroups"),
    ),
    Right(
        "sweep",
        "DeleteWhatBearsANameOfLabkits",
        (
            "codebuild:BatchGetBuilds",
            "codebuild:BatchGetProjects",
            "codebuild:BatchGetReportGroups",
            "codebuild:DeleteProject",
            "codebuild:DeleteReportGroup",
            "codebuild:ListBuildsForProject",
            "codebuild:StopBuild",
        ),
        NAMED,
    ),
)

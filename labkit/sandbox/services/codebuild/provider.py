"""CodeBuild: a project's commands as real processes of this machine, with the project's role.

| where | what |
|---|---|
| `projects.py` | what is built |
| `buildspec.py` | the specification, read |
| `builds.py` | a build's way through its phases |
| `commands.py`, `packages.py`, `logs.py` | what the phases do |
| `reports.py`, `junit.py` | test results, read into reports |
| `as_role.py` | what is asked of other services |

MiniStack keeps projects and runs their builds in Docker; nothing of it is used. A build has no
image of its own: it finds the programs of the machine that the sandbox runs on, its Python first.
"""

from __future__ import annotations

from labkit.sandbox.gateway.errors import Unsupported
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.codebuild import builds, projects, records, reports
from labkit.sandbox.services.codebuild.records import Info
from labkit.sandbox.services.provider import Output, Provider, operation


class CodeBuild(Provider):
    """CodeBuild."""

    def resource(self, request: Request) -> str | None:
        """Return the ARN of what a request is about."""
        given = request.parameters
        if group := self._report_group(request):
            place = f"arn:aws:codebuild:{request.region}:{request.account}"
            return f"{place}:report-group/{reports.group_name(group)}"
        name = given.get("projectName") or given.get("name")
        listed = given.get("names") or given.get("ids") or []
        name = name or given.get("id") or (listed[0] if listed else "")
        if not name or str(name).startswith("arn:"):
            return name or None
        project = str(name).partition(":")[0]
        return f"arn:aws:codebuild:{request.region}:{request.account}:project/{project}"

    @staticmethod
    def _report_group(request: Request) -> str:
        """Return the name or an ARN of the report group that a request is about, or ""."""
        given = request.parameters
        if request.operation == "CreateReportGroup":
            return str(given.get("name") or "")
        arns = given.get("reportGroupArns") or given.get("reportArns") or [""]
        one = given.get("reportGroupArn") or given.get("reportArn") or given.get("arn") or arns[0]
        return str(one) if ":report" in str(one) else ""

    @operation("CreateProject")
    def create_project(self, request: Request) -> Info:
        """Make a project."""
        return projects.create(request.parameters)

    @operation("UpdateProject")
    def update_project(self, request: Request) -> Info:
        """Change a project."""
        return projects.update(request.parameters)

    @operation("DeleteProject")
    def delete_project(self, request: Request) -> None:
        """Delete a project."""
        projects.delete(request.parameters["name"])

    @operation("BatchGetProjects")
    def batch_get_projects(self, request: Request) -> Info:
        """Describe projects."""
        return projects.get(request.parameters["names"])

    @operation("ListProjects")
    def list_projects(self, request: Request) -> Info:
        """List the names of all projects."""
        return {"projects": sorted(records.projects())}

    @operation("StartBuild")
    def start_build(self, request: Request) -> Info:
        """Begin a build."""
        initiator = request.caller.arn.rpartition(":")[2] if request.caller else "root"
        return {"build": builds.public(builds.start(request.parameters, initiator))}

    @operation("StopBuild")
    def stop_build(self, request: Request) -> Info:
        """Stop a build."""
        return builds.stop(request.parameters["id"])

    @operation("BatchGetBuilds")
    def batch_get_builds(self, request: Request) -> Info:
        """Describe builds."""
        return builds.get(request.parameters["ids"])

    @operation("ListBuilds")
    def list_builds(self, request: Request) -> Info:
        """List the ids of all builds."""
        return builds.listed()

    @operation("ListBuildsForProject")
    def list_builds_for_project(self, request: Request) -> Info:
        """List the ids of a project's builds."""
        return builds.listed(records.project(request.parameters["projectName"])["name"])

    @operation("CreateReportGroup")
    def create_report_group(self, request: Request) -> Info:
        """Make a report group."""
        return reports.create_group(request.parameters)

    @operation("DeleteReportGroup")
    def delete_report_group(self, request: Request) -> None:
        """Delete a report group."""
        given = request.parameters
        reports.delete_group(given["arn"], with_reports=bool(given.get("deleteReports")))

    @operation("BatchGetReportGroups")
    def batch_get_report_groups(self, request: Request) -> Info:
        """Describe report groups."""
        return reports.groups(request.parameters["reportGroupArns"])

    @operation("ListReportGroups")
    def list_report_groups(self, request: Request) -> Info:
        """List the ARNs of report groups."""
        return reports.list_groups(request.parameters)

    @operation("BatchGetReports")
    def batch_get_reports(self, request: Request) -> Info:
        """Describe reports."""
        return reports.described(request.parameters["reportArns"])

    @operation("ListReports")
    def list_reports(self, request: Request) -> Info:
        """List the ARNs of all reports."""
        return reports.listed(request.parameters)

    @operation("ListReportsForReportGroup")
    def list_reports_for_report_group(self, request: Request) -> Info:
        """List the ARNs of a report group's reports."""
        return reports.listed(request.parameters, request.parameters["reportGroupArn"])

    @operation("DescribeTestCases")
    def describe_test_cases(self, request: Request) -> Info:
        """List the test cases of a report."""
        return reports.test_cases(request.parameters)

    @operation("DeleteReport")
    def delete_report(self, request: Request) -> None:
        """Delete a report."""
        reports.delete(request.parameters["arn"])

    async def fallback(self, request: Request) -> Output | Response:
        """Refuse what is not here: MiniStack keeps projects of its own.

        Raises
        ------
        labkit.sandbox.gateway.errors.Unsupported
            Always.
        """
        raise Unsupported(
            f"The embedded sandbox has no {request.operation} of CodeBuild. Nothing was done."
        )


PROVIDER = CodeBuild()

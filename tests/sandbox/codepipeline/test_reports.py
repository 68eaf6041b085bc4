"""Test results of a build as a report; and files of this computer, which no build is given.

Source: CodeBuild User Guide, "Test reports" and "Test report statuses"; API Reference.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.codepipeline.conftest import Line
from tests.sandbox.conftest import Aws, wait_for, zipped

BUILDSPEC = """
version: 0.2
env:
  variables: {GROUP: results, PYTEST_DISABLE_PLUGIN_AUTOLOAD: "1"}
phases:
  build:
    commands: [python -m pytest -q -p no:cacheprovider --junit-xml=out/report.xml test_orders.py]
reports:
  $GROUP:
    files: ["*.xml"]
    base-directory: out
"""
TESTS = """
import pytest

def test_taken():
    pass

def test_priced():
    assert 9500 == 9000, "the price"

@pytest.mark.skip(reason="later")
def test_sent():
    pass

@pytest.fixture
def table():
    raise RuntimeError("no table")

def test_kept(table):
    pass
"""


def built(line: Line, buildspec: str = BUILDSPEC, tests: str = TESTS, file: str = "") -> Any:
    """A build that is over, of a source with tests; its buildspec may be another file."""
    source = {"buildspec": file} if file else {}
    files = {"buildspec.yml": buildspec, "test_orders.py": tests}
    line.put(zipped(files))
    codebuild = line.aws.client("codebuild")
    codebuild.update_project(
        name=line.project,
        source={"type": "S3", "location": f"{line.bucket}/source.zip"} | source,
        artifacts={"type": "NO_ARTIFACTS"},
    )
    identifier = codebuild.start_build(projectName=line.project)["build"]["id"]

    def over() -> Any:
        [build] = codebuild.batch_get_builds(ids=[identifier])["builds"]
        return build if build["buildComplete"] else None

    return wait_for(over, 60)


def upload(build: dict[str, Any]) -> dict[str, Any]:
    """What came of the phase that makes reports."""
    return next(one for one in build["phases"] if one["phaseType"] == "UPLOAD_ARTIFACTS")


def may(line: Line, *actions: str) -> None:
    """Give the build's role these rights, and no others."""
    statement = {"Effect": "Allow", "Action": ["logs:*", "s3:*", *actions], "Resource": "*"}
    line.aws.client("iam").put_role_policy(
        RoleName=line.roles["codebuild"].rpartition("/")[2],
        PolicyName="inline",
        PolicyDocument=json.dumps({"Statement": [statement]}),
    )


@pytest.fixture
def reporting(line: Line) -> Line:
    """A line whose builds may make reports."""
    may(line, "codebuild:*")
    return line


class TestAReport:
    def test_says_of_each_test_what_came_of_it(self, aws: Aws, reporting: Line) -> None:
        build = built(reporting)
        assert (
            build["buildStatus"] == "FAILED"
        )  # as pytest says so; the report is made all the same
        assert upload(build)["phaseStatus"] == "SUCCEEDED"
        codebuild = aws.client("codebuild")
        [report] = codebuild.batch_get_reports(reportArns=build["reportArns"])["reports"]
        assert (report["status"], report["executionId"]) == ("FAILED", build["arn"])
        assert (report["expired"] - report["created"]).days == 30
        assert report["testSummary"]["total"] == 4
        assert report["testSummary"]["statusCounts"] == {
            "SUCCEEDED": 1, "FAILED": 1, "ERROR": 1, "SKIPPED": 1, "UNKNOWN": 0,
        }  # fmt: skip
        cases = codebuild.describe_test_cases(reportArn=report["arn"])["testCases"]
        assert {case["name"]: case["status"] for case in cases} == {
            "test_taken": "SUCCEEDED",
            "test_priced": "FAILED",
            "test_sent": "SKIPPED",
            "test_kept": "ERROR",
        }
        [failed] = codebuild.describe_test_cases(
            reportArn=report["arn"], filter={"status": "FAILED"}
        )["testCases"]
        assert "the price" in failed["message"]
        assert (failed["prefix"], failed["testRawDataPath"]) == ("test_orders", "report.xml")
        [found] = codebuild.describe_test_cases(
            reportArn=report["arn"], filter={"keyword": "kept"}
        )["testCases"]
        assert found["name"] == "test_kept"

    def test_is_put_into_the_group_of_project_and_name(self, aws: Aws, reporting: Line) -> None:
        tests = "def test_taken():\n    pass\n"
        first, second = built(reporting, tests=tests), built(reporting, tests=tests)
        assert (first["buildStatus"], second["buildStatus"]) == ("SUCCEEDED", "SUCCEEDED")
        codebuild = aws.client("codebuild")
        [report] = codebuild.batch_get_reports(reportArns=second["reportArns"])["reports"]
        assert report["status"] == "SUCCEEDED"
        group = report["reportGroupArn"]
        assert group.endswith(f":report-group/{reporting.project}-results")
        newest = codebuild.list_reports_for_report_group(reportGroupArn=group)["reports"]
        assert newest == [*second["reportArns"], *first["reportArns"]]
        listed = codebuild.get_paginator("list_reports_for_report_group").paginate(
            reportGroupArn=group,
            sortOrder="ASCENDING",
            PaginationConfig={"PageSize": 1},
        )
        assert [arn for page in listed for arn in page["reports"]] == newest[::-1]
        with pytest.raises(codebuild.exceptions.InvalidInputException):
            codebuild.delete_report_group(arn=group)
        codebuild.delete_report(arn=newest[0])
        assert codebuild.batch_get_reports(reportArns=newest)["reportsNotFound"] == newest[:1]
        codebuild.delete_report_group(arn=group, deleteReports=True)
        found = codebuild.batch_get_report_groups(reportGroupArns=[group])
        assert (found["reportGroups"], found["reportGroupsNotFound"]) == ([], [group])
        assert newest[1] not in codebuild.list_reports()["reports"]

    def test_goes_to_a_group_that_is_there_without_the_right_to_make_one(
        self, aws: Aws, line: Line
    ) -> None:
        codebuild = aws.client("codebuild")
        made = codebuild.create_report_group(
            name=f"{line.project}-results",
            type="TEST",
            exportConfig={"exportConfigType": "NO_EXPORT"},
            tags=[{"key": "team", "value": "delivery"}],
        )["reportGroup"]
        assert made["tags"] == [{"key": "team", "value": "delivery"}]
        assert made["arn"] in codebuild.list_report_groups()["reportGroups"]
        rights = ("CreateReport", "UpdateReport", "BatchPutTestCases")
        may(line, *(f"codebuild:{one}" for one in rights))
        by_name = built(line, tests="def test_taken():\n    pass\n")
        by_arn = built(line, BUILDSPEC.replace("$GROUP", made["arn"]))
        for build in (by_name, by_arn):
            [report] = codebuild.batch_get_reports(reportArns=build["reportArns"])["reports"]
            assert report["reportGroupArn"] == made["arn"]

    @pytest.mark.parametrize(
        "missing",
        ["CreateReportGroup", "CreateReport", "UpdateReport", "BatchPutTestCases"],
    )
    def test_needs_each_right(self, line: Line, missing: str) -> None:
        rights = {"CreateReportGroup", "CreateReport", "UpdateReport", "BatchPutTestCases"}
        may(line, *(f"codebuild:{one}" for one in rights - {missing}))
        build = built(line, tests="def test_taken():\n    pass\n")
        assert build["buildStatus"] == "FAILED"
        assert f"not authorized to perform: codebuild:{missing}" in str(upload(build)["contexts"])

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            (("out/report.xml", "elsewhere.xml"), "no matching report paths found"),
            (("base-directory: out", "base-directory: ../.."), "outside of the source"),
            (('["*.xml"]', "[test_orders.py]"), "no matching report paths found"),
            (('["*.xml"]\n    base-directory: out', "[test_orders.py]"), "is no JUnit XML"),
            (('["*.xml"]', "[/etc/passwd]"), "invalid file path"),
        ],
    )
    def test_without_results_is_incomplete(
        self, aws: Aws, reporting: Line, change: tuple[str, str], says: str
    ) -> None:
        build = built(reporting, BUILDSPEC.replace(*change))
        assert says in str(upload(build)["contexts"])
        [report] = aws.client("codebuild").batch_get_reports(reportArns=build["reportArns"])[
            "reports"
        ]
        assert report["status"] == "INCOMPLETE"


class TestABuildspec:
    @pytest.mark.parametrize("name", ["../../../../../../etc/hostname", "/etc/hostname"])
    def test_is_not_read_from_outside_of_the_source(self, line: Line, name: str) -> None:
        build = built(line, file=name)
        self._fails(build, f"{name} is outside of the source")

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("version: 0.2\nphases: [build]\n", "phases is expected to hold keys"),
            ("version: 0.2\nphases:\n  build:\n    commands: ls\n", "commands is expected to be a"),
            ("version: 0.2\nartifacts:\n  files: a.txt\n", "files is expected to be a list"),
            ("version: 0.2\nreports:\n  a: {file-format: NUNITXML, files: [a]}\n", "NUNITXML"),
            ("version: 0.2\nreports:\n  a: {base-directory: out}\n", "files of a is missing"),
            (
                "version: 0.2\nreports: {"
                + ", ".join(f"g{number}: {{files: [a]}}" for number in range(6))
                + "}\n",
                "6 report groups, and 5 may be",
            ),
        ],
    )
    def test_that_is_none_ends_the_build(self, line: Line, text: str, says: str) -> None:
        self._fails(built(line, text), says)

    @staticmethod
    def _fails(build: dict[str, Any], says: str) -> None:
        assert build["buildStatus"] == "FAILED"
        [failed] = [one for one in build["phases"] if one.get("phaseStatus") == "FAILED"]
        assert failed["phaseType"] == "DOWNLOAD_SOURCE"
        assert says in str(failed["contexts"])

    def test_keeps_no_files_from_outside_of_the_source(self, aws: Aws, line: Line) -> None:
        spec = (
            "version: 0.2\nphases:\n  build:\n    commands: [echo built]\n"
            "artifacts:\n  base-directory: /etc\n  files: [hostname]\n"
        )
        aws.client("codebuild").update_project(
            name=line.project,
            source={"type": "NO_SOURCE", "buildspec": spec},
            artifacts={"type": "S3", "location": line.bucket, "packaging": "ZIP"},
        )
        begun = aws.client("codebuild").start_build(projectName=line.project)["build"]["id"]

        def over() -> Any:
            [build] = aws.client("codebuild").batch_get_builds(ids=[begun])["builds"]
            return build if build["buildComplete"] else None

        assert "outside of the source" in str(upload(wait_for(over, 60))["contexts"])


class TestAGroup:
    @pytest.mark.parametrize(
        ("sort", "export"),
        [("CODE_COVERAGE", "NO_EXPORT"), ("TEST", "S3")],
    )
    def test_that_is_not_here_is_refused(self, aws: Aws, sort: str, export: str) -> None:
        with pytest.raises(ClientError, match="embedded sandbox"):
            aws.client("codebuild").create_report_group(
                name=aws.name("group"), type=sort, exportConfig={"exportConfigType": export}
            )

    def test_of_a_name_is_made_once(self, aws: Aws) -> None:
        codebuild = aws.client("codebuild")
        given = {"name": aws.name("group"), "type": "TEST"}
        export = {"exportConfigType": "NO_EXPORT"}
        codebuild.create_report_group(**given, exportConfig=export)
        with pytest.raises(codebuild.exceptions.ResourceAlreadyExistsException):
            codebuild.create_report_group(**given, exportConfig=export)

    def test_that_is_none_has_no_reports(self, aws: Aws) -> None:
        codebuild = aws.client("codebuild")
        place = f"arn:aws:codebuild:{aws.region}:{aws.account}"
        with pytest.raises(codebuild.exceptions.ResourceNotFoundException):
            codebuild.list_reports_for_report_group(reportGroupArn=f"{place}:report-group/none")
        with pytest.raises(codebuild.exceptions.ResourceNotFoundException):
            codebuild.describe_test_cases(reportArn=f"{place}:report/none:1")

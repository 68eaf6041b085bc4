"""Report groups, and the reports of test results that builds put into them.

Source: CodeBuild User Guide, "Test reports" (report groups, statuses, permissions); API Reference,
ReportGroup, Report, TestReportSummary, DeleteReportGroup.
"""

from __future__ import annotations

import string
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from labkit.sandbox.gateway import permissions
from labkit.sandbox.gateway.as_role import FailedError
from labkit.sandbox.gateway.errors import Unsupported, refuse
from labkit.sandbox.services.codebuild import junit, records
from labkit.sandbox.services.codebuild.buildspec import Buildspec, Results
from labkit.sandbox.services.codebuild.packages import chosen
from labkit.sandbox.services.codebuild.records import Build, Info, Report

KEPT_S = 30 * 86_400
"""A report expires 30 days after it was made."""

MOST_CASES = 500
"""Test cases that a report keeps; failed ones first."""

RIGHTS = ("CreateReport", "UpdateReport", "BatchPutTestCases")
"""What a build's role needs to put a report into a group that is there."""

NOT_EXPORTED = {"exportConfigType": "NO_EXPORT"}


def create_group(given: dict[str, Any]) -> Info:
    """Make a report group.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it is of a sort that is not here, or there is one of the name.
    """
    if given["type"] != "TEST" or given["exportConfig"].get("exportConfigType") == "S3":
        raise Unsupported(
            "The embedded sandbox has report groups for tests, whose files are not exported. "
            "Nothing was done."
        )
    if given["name"] in records.report_groups():
        refuse("ResourceAlreadyExistsException", f"Report group already exists: {_arn(given)}")
    return {"reportGroup": _new_group(given)}


def delete_group(arn: str, *, with_reports: bool) -> None:
    """Delete a report group; one that is not there is no error.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it has reports, which are to stay.
    """
    name = group_name(arn)
    if any(_current(name)) and not with_reports:
        refuse("InvalidInputException", f"Cannot delete report group {arn}: it contains reports")
    records.reports().pop(name, None)
    records.report_groups().pop(name, None)


def groups(arns: list[str]) -> Info:
    """Describe report groups, and say which of them there are not."""
    known = {group["arn"]: group for group in records.report_groups().values()}
    return {
        "reportGroups": [known[arn] for arn in arns if arn in known],
        "reportGroupsNotFound": [arn for arn in arns if arn not in known],
    }


def list_groups(given: dict[str, Any]) -> Info:
    """List the ARNs of report groups, a page at a time."""
    key = {"NAME": "name", "LAST_MODIFIED_TIME": "lastModified"}.get(given.get("sortBy", ""))
    known = sorted(records.report_groups().values(), key=lambda group: group[key or "created"])
    arns = [group["arn"] for group in known]
    return _page("reportGroups", _ordered(arns, given), given)


def described(arns: list[str]) -> Info:
    """Describe reports, and say which of them there are not."""
    known = {report.info["arn"]: report.info for report in _all()}
    return {
        "reports": [known[arn] for arn in arns if arn in known],
        "reportsNotFound": [arn for arn in arns if arn not in known],
    }


def listed(given: dict[str, Any], group: str | None = None) -> Info:
    """List the ARNs of reports, of one group or of all, a page at a time.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If there is no such group.
    """
    found = _all() if group is None else _current(_known_group(group))
    wanted = (given.get("filter") or {}).get("status")
    of_status = (one.info for one in found if not wanted or one.info["status"] == wanted)
    arns = [info["arn"] for info in sorted(of_status, key=lambda info: info["created"])]
    return _page("reports", _ordered(arns, given), given)


def test_cases(given: dict[str, Any]) -> Info:
    """List the test cases of a report, a page at a time.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If there is no such report.
    """
    arn, wanted = given["reportArn"], given.get("filter") or {}
    report = next((one for one in _all() if one.info["arn"] == arn), None)
    if report is None:
        refuse("ResourceNotFoundException", f"Report does not exist: {arn}")
    word = wanted.get("keyword") or ""
    found = [
        case
        for case in report.cases
        if wanted.get("status") in (None, case["status"])
        and (word in case["name"] or word in case["prefix"])
    ]
    return _page("testCases", found, given)


def delete(arn: str) -> None:
    """Delete a report; one that is not there is no error."""
    name = group_name(arn)
    kept = [report for report in records.reports().get(name, []) if report.info["arn"] != arn]
    records.reports()[name] = kept


def group_name(arn: str) -> str:
    """Return the name of a report group, from its ARN or from that of one of its reports."""
    return arn.rpartition("/")[2].partition(":")[0]


def make(build: Build, spec: Buildspec, variables: dict[str, str]) -> None:
    """Put the results that a buildspec names into reports.

    Raises
    ------
    labkit.sandbox.gateway.as_role.FailedError
        If the role may not, or there are no results; the others are made all the same.
    """
    problems = []
    for results in spec.reports:
        named = string.Template(results.group).safe_substitute(variables)
        name = group_name(named) if named.startswith("arn:") else _name(build, named)
        build.say(f"[Container] Preparing to copy TEST report artifacts of {name}")
        try:
            _make(build, results, name, must_exist=named.startswith("arn:"))
        except FailedError as error:
            problems.append(f"[{name}: {error}]")
    if problems:
        text = f"Error in UPLOAD_ARTIFACTS phase: {' '.join(problems)}"
        raise FailedError("CLIENT_ERROR", text)


def _make(build: Build, results: Results, name: str, *, must_exist: bool) -> None:
    """Make a report of a group, which is made, too, where a buildspec gives its name alone."""
    arn = records.arn(f"report-group/{name}")
    if name not in records.report_groups():
        if must_exist:
            raise FailedError("CLIENT_ERROR", f"report group {arn} does not exist")
        _demand(build, arn, "CreateReportGroup")
        _new_group({"name": name, "type": "TEST", "exportConfig": NOT_EXPORTED})
    _demand(build, arn, *RIGHTS)
    report = _begin(build, name, arn)
    files = chosen(build, results.files, results.base, discard_paths=results.discard_paths)
    if not files:
        raise FailedError("CLIENT_ERROR", "no matching report paths found")
    for path, file in files.items():
        _add(report, path, file)
    report.end(MOST_CASES)


def _begin(build: Build, name: str, group: str) -> Report:
    """Return a new report, which stays incomplete unless all its files can be read."""
    now = time.time()
    info = {
        "arn": records.arn(f"report/{name}:{uuid.uuid4()}"),
        "type": "TEST",
        "reportGroupArn": group,
        "executionId": build.info["arn"],
        "status": "INCOMPLETE",
        "created": now,
        "expired": now + KEPT_S,
        "exportConfig": NOT_EXPORTED,
        "truncated": False,
    }
    report = Report(info)
    records.reports().setdefault(name, []).append(report)
    build.info.setdefault("reportArns", []).append(info["arn"])
    return report


def _add(report: Report, path: str, file: Path) -> None:
    try:
        found = junit.cases(file.read_bytes())
    except ValueError as error:
        raise FailedError("CLIENT_ERROR", f"{path} is no JUnit XML: {error}") from None
    of_it = {"reportArn": report.info["arn"], "expired": report.info["expired"]}
    report.cases += [case | of_it | {"testRawDataPath": path} for case in found]


def _demand(build: Build, arn: str, *operations: str) -> None:
    session = f"AWSCodeBuild-{build.info['id'].rpartition(':')[2]}"
    for operation in operations:
        action = f"codebuild:{operation}"
        if not permissions.role_allows(build.role, action, arn, session):
            text = f"{build.role} is not authorized to perform: {action} on resource: {arn}"
            raise FailedError("CLIENT_ERROR", text)


def _name(build: Build, named: str) -> str:
    """Return the name of the group that a build makes of the name in its buildspec."""
    return f"{build.info['projectName']}-{named}"


def _new_group(given: dict[str, Any]) -> Info:
    now = time.time()
    info = {
        "arn": _arn(given),
        "name": given["name"],
        "type": given["type"],
        "exportConfig": given["exportConfig"],
        "created": now,
        "lastModified": now,
        "tags": given.get("tags") or [],
        "status": "ACTIVE",
    }
    records.report_groups()[given["name"]] = info
    return info


def _arn(given: dict[str, Any]) -> str:
    return records.arn(f"report-group/{given['name']}")


def _known_group(arn: str) -> str:
    name = group_name(arn)
    if name not in records.report_groups():
        refuse("ResourceNotFoundException", f"Report group does not exist: {arn}")
    return name


def _all() -> Iterator[Report]:
    return (report for name in records.report_groups() for report in _current(name))


def _current(name: str) -> Iterator[Report]:
    """Yield the reports of a group that have not expired."""
    now = time.time()
    return (one for one in records.reports().get(name, []) if one.info["expired"] > now)


def _ordered(arns: list[str], given: dict[str, Any]) -> list[str]:
    """Return ARNs in the order that is asked for: the newest first unless it says otherwise."""
    return arns if given.get("sortOrder") == "ASCENDING" else arns[::-1]


def _page(key: str, found: list[Any], given: dict[str, Any]) -> Info:
    token = given.get("nextToken") or "0"
    if not token.isdecimal():
        refuse("InvalidInputException", f"Invalid next token: {token}")
    start = int(token)
    end = start + int(given.get("maxResults") or 100)
    more = {"nextToken": str(end)} if end < len(found) else {}
    return {key: found[start:end], **more}

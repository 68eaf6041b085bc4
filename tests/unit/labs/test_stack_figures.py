"""The infrastructure lesson's helpers: events, change sets, lint, and the figure of a rollback."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from labkit.labs.stacks import changes, code_lines, differences, lint, resources_in
from labkit.labs.stacks.stack_events import STACK_TYPE, operations
from labkit.labs.stacks.stack_gantt import stack_gantt

NOON = pd.Timestamp("2026-11-23T12:00:00Z")


def events(*rows: tuple[float, str, str]) -> pd.DataFrame:
    """Events of seconds after noon, a logical id and a status each."""
    return pd.DataFrame(
        [
            {
                "at": NOON + pd.Timedelta(seconds=seconds),
                "logical_id": resource,
                "type": STACK_TYPE if resource == "stack" else "AWS::SQS::Queue",
                "status": status,
                "reason": "",
            }
            for seconds, resource, status in rows
        ]
    )


ROLLED_BACK = events(
    (0, "stack", "CREATE_IN_PROGRESS"),
    (0, "Dead", "CREATE_IN_PROGRESS"),
    (0.5, "Dead", "CREATE_IN_PROGRESS"),
    (2, "Dead", "CREATE_COMPLETE"),
    (2, "Orders", "CREATE_IN_PROGRESS"),
    (3, "Orders", "CREATE_FAILED"),
    (3, "stack", "ROLLBACK_IN_PROGRESS"),
    (4, "Dead", "DELETE_IN_PROGRESS"),
    (4, "Orders", "DELETE_COMPLETE"),
)


def test_operations_pair_begin_and_end_and_leave_what_still_runs_open() -> None:
    frame = operations(ROLLED_BACK)
    assert frame[["logical_id", "operation"]].to_numpy().tolist() == [
        ["Dead", "create"],
        ["Orders", "create"],
        ["Dead", "delete"],
    ]
    seconds = (frame["end"] - frame["begin"]).dt.total_seconds()
    assert seconds.fillna(-1).tolist() == [2.0, 1.0, -1.0]
    assert frame["outcome"].fillna("runs").tolist() == ["complete", "failed", "runs"]


def test_the_gantt_says_what_was_created_what_failed_and_what_was_taken_back() -> None:
    assert stack_gantt(operations(ROLLED_BACK)).alt == (
        "2 resources in 4.00 s, in the order in which each began. create: Dead (2.00 s), Orders "
        "(failed after 1.00 s); delete: Dead (under 1 ms)."
    )


def test_a_gantt_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="was the operation executed"):
        stack_gantt(operations(ROLLED_BACK.head(1)))


def test_a_change_set_is_read_with_its_reasons() -> None:
    detail = {"Target": {"Attribute": "Properties", "Name": "QueueName"}}
    tags = {"Target": {"Attribute": "Tags"}}
    change = {
        "LogicalResourceId": "Orders",
        "ResourceType": "AWS::SQS::Queue",
        "Action": "Modify",
        "Replacement": "True",
        "Details": [detail, detail, tags],
    }
    added = {key: change[key] for key in ("LogicalResourceId", "ResourceType")} | {"Action": "Add"}
    frame = changes({"Changes": [{"ResourceChange": one} for one in (change, added)]})
    assert frame["because"].tolist() == ["QueueName, Tags", ""]
    assert frame["replacement"].fillna("none").tolist() == ["True", "none"]


def test_drift_is_read_of_changed_and_of_deleted_resources() -> None:
    difference = {"PropertyPath": "/DelaySeconds", "ExpectedValue": "0", "ActualValue": "9"}
    drifts = [
        {
            "LogicalResourceId": "Orders",
            "StackResourceDriftStatus": "MODIFIED",
            "PropertyDifferences": [difference],
        },
        {"LogicalResourceId": "Dead", "StackResourceDriftStatus": "DELETED"},
        {"LogicalResourceId": "Other", "StackResourceDriftStatus": "IN_SYNC"},
    ]
    frame = differences({"StackResourceDrifts": drifts})
    assert frame["resource"].tolist() == ["Orders", "Dead"]
    assert frame["in_world"].fillna("gone").tolist() == ["9", "gone"]


def test_lint_finds_what_the_text_says_wrong() -> None:
    template = (
        "Resources:\n  Orders:\n    Type: AWS::SQS::Queue\n    Properties: {VisibilityTimout: 5}\n"
    )
    [finding] = lint(template, "ap-northeast-2").itertuples()
    assert (finding.line, finding.rule) == (4, "E3002")
    assert lint(template.replace("Timout", "Timeout"), "ap-northeast-2").empty


def test_without_cfn_lint_the_table_says_that_nobody_looked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("labkit.labs.stacks.linting.find_spec", lambda name: None)
    [finding] = lint("Resources: {}", "ap-northeast-2").itertuples()
    assert finding.level == "not looked at"
    assert "make extras" in finding.message


def test_short_forms_are_read_as_their_long_ones() -> None:
    found = resources_in(
        "Resources:\n  A: {Type: x, Properties: {Url: !Ref B, Arn: !GetAtt B.Arn}}"
    )
    assert found["A"]["Properties"] == {"Url": {"Ref": "B"}, "Arn": {"Fn::GetAtt": ["B", "Arn"]}}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("!Sub '${A}-x'", {"Fn::Sub": "${A}-x"}),
        ("!Join ['', [!Ref A, b]]", {"Fn::Join": ["", [{"Ref": "A"}, "b"]]}),
        ("!GetAtt A.B.C", {"Fn::GetAtt": ["A", "B.C"]}),
        ("!GetAtt [A, B]", {"Fn::GetAtt": ["A", "B"]}),
        ("!If [X, !Ref A, 3]", {"Fn::If": ["X", {"Ref": "A"}, 3]}),
        ("!Transform {Name: N, Parameters: {L: !Ref A}}",
         {"Fn::Transform": {"Name": "N", "Parameters": {"L": {"Ref": "A"}}}}),
        ("{Condition: X}", {"Condition": "X"}),
        ("2012-10-17", "2012-10-17"),
    ],
)  # fmt: skip
def test_a_value_is_read_as_cloudformation_reads_it(written: str, meant: Any) -> None:
    assert resources_in(f"Resources: {{A: {written}}}") == {"A": meant}


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("Resources:\n\tA: 1\n", "line 2"),
        ("Resources:\n  A: 1\n  A: 2\n", "line 3: the key 'A' is there twice"),
        ("- A\n", "no sections"),
    ],
)
def test_what_is_no_template_is_refused(template: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        resources_in(template)


def test_lines_of_code_are_counted_with_those_of_what_is_called() -> None:
    assert code_lines(changes) == 15 + 3  # and those of _because

"""The CI/CD lesson's helpers: a deployment and a pipeline as pictures with words, tokens, files."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from labkit.labs.deployments import deployment_timeline, lets_in, pipeline_graph
from labkit.labs.deployments.deployment_timeline import _states
from labkit.labs.deployments.order_counts import _rows
from labkit.labs.deployments.pipeline_roles import ROLES, role_table
from labkit.labs.deployments.tokens import GitHubRuns
from labkit.labs.deployments.working_copy import template
from labkit.labs.stacks import resources_in

START = pd.Timestamp("2026-11-30T03:00:00Z")


def at(seconds: float) -> pd.Timestamp:
    return START + pd.Timedelta(seconds=seconds)


def seen(*, rolled_back: bool) -> pd.DataFrame:
    """An alias whose second version sets an alarm off after 5 s, or which is moved after 12 s."""
    rows = []
    for step in range(80):
        now = step / 4
        shifting = 2 <= now < (6 if rolled_back else 12)
        done = not rolled_back and now >= 12
        rows.append(
            {
                "at": at(now),
                "main": "2" if done else "1",
                "other": "2" if shifting else None,
                "weight": 0.1 if shifting else 0.0,
                "alarm": "ALARM" if rolled_back and now >= 5 else "OK",
            }
        )
    return pd.DataFrame(rows)


def events(*, rolled_back: bool) -> pd.DataFrame:
    end, status = (6, "Failed") if rolled_back else (12, "Succeeded")
    rows: list[dict[str, Any]] = [
        {"deployment": "d-A", "event": "AllowTraffic", "status": status, "begin": at(2),
         "end": at(end), "why": "Activated alarms: errors" if rolled_back else None},
    ]  # fmt: skip
    if rolled_back:
        rows.append({"deployment": "d-B", "event": "AllowTraffic", "status": "Succeeded",
                     "begin": at(6.1), "end": at(6.4), "why": None})  # fmt: skip
    return pd.DataFrame(rows)


def met(*, bad: int) -> pd.DataFrame:
    rows = [{"at": at(n / 4), "version": "1", "outcome": "kept", "order_id": f"o-{n}"}
            for n in range(72)]  # fmt: skip
    rows += [{"at": at(3 + n), "version": "2", "outcome": "failed", "order_id": None}
             for n in range(bad)]  # fmt: skip
    return pd.DataFrame(rows).sort_values("at").reset_index(drop=True)


class TestTheTimeline:
    def test_tells_of_a_rollback(self) -> None:
        shown = deployment_timeline(seen(rolled_back=True), met(bad=3), events(rolled_back=True))
        assert "stopped and rolled back" in shown.alt
        assert "at the end version 1 gets all calls" in shown.alt
        assert "version 2 met 3 orders, 3 failed" in shown.alt
        assert "the alarm went off after 5 s" in shown.alt
        assert "up to 10%" in shown.alt

    def test_tells_of_a_good_version(self) -> None:
        shown = deployment_timeline(seen(rolled_back=False), met(bad=0), events(rolled_back=False))
        assert "A deployment, completed: at the end version 2 gets all calls" in shown.alt
        assert "the alarm stayed quiet" in shown.alt

    def test_needs_something_that_was_seen(self) -> None:
        with pytest.raises(ValueError, match="Nothing was seen"):
            deployment_timeline(
                seen(rolled_back=True).iloc[:0], met(bad=0), events(rolled_back=True)
            )


def test_a_pipeline_tells_where_it_ended_and_why() -> None:
    rows = [
        ("source", "fetch", "Succeeded", None),
        ("test", "pytest", "Failed", "exit status 1"),
        ("deploy", "canary", "not reached", None),
    ]
    shown = pipeline_graph(pd.DataFrame(rows, columns=["stage", "action", "status", "error"]))
    assert "test: pytest failed; deploy: canary not reached. It failed: exit status 1" in shown.alt


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("Succeeded", "canary succeeded, full succeeded."),
        ("InProgress", "canary under way, full not reached."),
        ("Failed", "canary failed, full not reached. It failed: the alarm"),
    ],
)
def test_a_shift_that_began_is_drawn_as_canary_and_full(status: str, told: str) -> None:
    why = "the alarm" if status == "Failed" else None
    rows = [
        ("deploy", "change-set", "Succeeded", None),
        ("deploy", "canary-then-full", status, why),
    ]
    actions = pd.DataFrame(rows, columns=["stage", "action", "status", "error"])
    shown = pipeline_graph(actions, seen(rolled_back=status == "Failed"))
    assert f"deploy: change-set succeeded, {told}" in shown.alt


def test_a_shift_that_never_began_is_one_action() -> None:
    rows = [("deploy", "canary-then-full", "Failed", "the alarm")]
    actions = pd.DataFrame(rows, columns=["stage", "action", "status", "error"])
    nothing = seen(rolled_back=True).assign(other=None)
    assert "deploy: canary-then-full failed." in pipeline_graph(actions, nothing).alt


def test_a_line_of_the_log_tells_version_and_outcome() -> None:
    lines = [
        ("2026/11/30/[2]0a", '{"event": "order.processed", "orderId": "o-1"}\n'),
        ("2026/11/30/[3]0b", "[ERROR] KeyError: 'coupon'\nTraceback"),
        ("2026/11/30/[3]0b", "START RequestId: 1 Version: 3\n"),
    ]
    logged = [{"logStreamName": stream, "message": text, "timestamp": 0} for stream, text in lines]
    told = [(row["version"], row["outcome"], row["order_id"]) for row in _rows(logged)]
    assert told == [("2", "kept", "o-1"), ("3", "failed", None)]


def test_the_template_holds_what_the_learner_wrote() -> None:
    deployment = "      AutoPublishAlias: live\n"
    alarm = "  WorkerErrors:\n    Type: AWS::CloudWatch::Alarm\n"
    resources = resources_in(template(deployment, alarm))
    assert resources["Worker"]["Properties"]["AutoPublishAlias"] == "live"
    assert resources["WorkerErrors"]["Type"] == "AWS::CloudWatch::Alarm"
    assert {"ShiftRole", "Check", "Orders", "DeadLetters", "Kept", "Api"} <= resources.keys()


def test_the_table_of_roles_leaves_reading_out() -> None:
    shown = role_table()
    assert set(shown["role"]) == set(ROLES)
    assert not shown["may"].str.contains(":Get|:Describe|:List").any()


def runs_in(folder: Path) -> GitHubRuns:
    return GitHubRuns(SimpleNamespace(folder=folder))  # type: ignore[arg-type]


def test_a_token_says_whose_run_it_is(tmp_path: Path) -> None:
    text = runs_in(tmp_path).token("repo:a@1/b@2:ref:refs/heads/main")
    header, claims, signature = text.split(".")
    decoded = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    assert decoded["sub"] == "repo:a@1/b@2:ref:refs/heads/main"
    assert decoded["aud"] == "sts.amazonaws.com"
    assert decoded["exp"] > decoded["iat"]
    assert len(signature) == 86
    assert json.loads(base64.urlsafe_b64decode(header + "=="))["alg"] == "ES256"


def test_a_new_kernel_signs_with_the_same_key(tmp_path: Path) -> None:
    first, second = runs_in(tmp_path), runs_in(tmp_path)
    assert first._key.private_numbers() == second._key.private_numbers()
    assert (tmp_path / "issuer-key.pem").stat().st_mode & 0o077 == 0


SUB, AUD = "token.actions.githubusercontent.com:sub", "token.actions.githubusercontent.com:aud"
MAIN = "repo:delivery@41/orders@77:ref:refs/heads/main"


def trusting(*conditions: dict[str, Any], effect: str = "Allow") -> dict[str, Any]:
    return {
        "Statement": [
            {"Effect": effect, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": one}
            for one in conditions
        ]
    }


class TestATrustPolicy:
    @pytest.mark.parametrize(
        ("condition", "sub", "let_in"),
        [
            ({"StringEquals": {SUB: MAIN}}, MAIN, True),
            ({"StringEquals": {SUB: [MAIN, "x"]}}, "x", True),
            ({"StringEquals": {SUB: MAIN}}, f"{MAIN}-2", False),
            ({"StringEquals": {SUB: "repo:delivery@41/*"}}, MAIN, False),
            ({"StringLike": {SUB: "repo:delivery@41/*"}}, MAIN, True),
            ({"StringLike": {SUB: "repo:delivery*"}}, "repo:delivery-fans@9/x@1:a", True),
            ({"StringLike": {SUB: "repo:delivery@4?/*"}}, MAIN, True),
            ({"StringLike": {SUB: "repo.delivery*"}}, MAIN, False),
            ({"StringEquals": {SUB: MAIN, AUD: "somebody"}}, MAIN, False),
            ({"StringEquals": {SUB: MAIN}, "StringNotLike": {SUB: "*main"}}, MAIN, False),
            ({"StringEquals": {"another:claim": "x"}}, MAIN, False),
        ],
    )
    def test_lets_in_who_meets_each_condition(
        self, condition: dict[str, Any], sub: str, let_in: bool
    ) -> None:
        assert lets_in(trusting(condition), {SUB: sub, AUD: "sts.amazonaws.com"}) is let_in

    def test_lets_in_who_meets_one_of_its_statements(self) -> None:
        policy = trusting({"StringEquals": {SUB: "x"}}, {"StringEquals": {SUB: MAIN}})
        assert lets_in(policy, {SUB: MAIN})

    def test_refuses_whom_a_statement_denies(self) -> None:
        allowed = trusting({"StringLike": {SUB: "*"}})
        denied = trusting({"StringEquals": {SUB: MAIN}}, effect="Deny")
        assert not lets_in({"Statement": allowed["Statement"] + denied["Statement"]}, {SUB: MAIN})

    def test_is_not_read_where_it_has_something_else(self) -> None:
        with pytest.raises(ValueError, match="ForAllValues:StringLike"):
            lets_in(trusting({"ForAllValues:StringLike": {SUB: "*"}}), {SUB: MAIN})


def test_a_weight_lasts_until_the_next_look_that_finds_another() -> None:
    states = list(_states(seen(rolled_back=True), START))
    spans = [(begin, end, row.main, row.weight) for begin, end, row in states]
    assert spans == [(0.0, 2.0, "1", 0.0), (2.0, 6.0, "1", 0.1), (6.0, 19.75, "1", 0.0)]

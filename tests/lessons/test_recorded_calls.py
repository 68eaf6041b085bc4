"""What the check of recorded calls finds."""

from __future__ import annotations

from tests.lessons.recorded_calls import Call, problems
from tests.support import rights


def test_calls_that_aws_takes_and_learners_may_make_are_fine() -> None:
    queue = Call("sqs", "CreateQueue", {"QueueName": "lk-x", "Attributes": {"DelaySeconds": "1"}})
    invoke = Call("lambda", "Invoke", {"FunctionName": "lk-x", "Payload": "2 bytes"})
    assert problems([queue, invoke]) == []


def test_what_only_aws_would_refuse_is_found() -> None:
    configuration = {"FunctionName": "lk-x", "Runtime": "python9", "Timeout": 0}
    found = "\n".join(problems([Call("lambda", "UpdateFunctionConfiguration", configuration)]))
    assert ".Runtime: 'python9' is none of" in found
    assert ".Timeout 0 is not from 1" in found
    (name,) = problems([Call("iam", "GetRole", {"RoleName": "a b"})])
    assert ".RoleName: 'a b' does not match" in name


def test_what_the_student_policy_leaves_out_is_found() -> None:
    (line,) = problems([Call("iam", "CreateUser", {"UserName": "x"})])
    user = f"arn:aws:iam::{rights.ACCOUNT}:user/{rights.OURS.name}"
    assert line == f"iam CreateUser: the student policy does not allow iam:CreateUser on {user}"

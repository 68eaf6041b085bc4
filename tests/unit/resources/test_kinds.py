"""Each kind against botocore's models."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from labkit.aws.operations import CHANGING, only_reads, only_removes, verb
from labkit.resources import kinds
from labkit.resources.classification import (
    ACCOUNT_WIDE,
    HARMLESS,
    Changes,
    Creates,
    Passes,
    Refuses,
    classify,
)
from labkit.resources.kind import Kind
from labkit.resources.kinds import KINDS
from tests.support.samples import SAMPLES

SESSION = botocore.session.get_session()
ALL = sorted(KINDS)
SERVICES = sorted({kind.service for kind in KINDS.values()})


def model(service: str, operation: str) -> Any:
    return SESSION.get_service_model(service).operation_model(operation)


def mentioned(kind: Kind) -> Iterator[tuple[str, str | None]]:
    """Yield every operation that a kind names, with the parameter it names for it."""
    yield from kind.parts.items()
    yield from kind.deletes.items()
    yield from ((operation, None) for operation in kind.harmless)


@pytest.mark.parametrize("name", ALL)
def test_what_a_kind_says_of_its_operations_is_in_the_models(name: str) -> None:
    kind = KINDS[name]
    for operation, parameter in mentioned(kind):
        members = model(kind.service, operation).input_shape.members
        assert parameter is None or parameter in members, (operation, parameter)
    for create in kind.creates:
        shape = model(kind.service, create.operation)
        for path in (create.name, create.tags, create.within and create.within[0]):
            inside = shape.input_shape
            for step in path.split(".") if path else ():
                assert step in inside.members, path
                inside = inside.members[step]
        answer = shape.output_shape
        for member in re.findall(r"\w+|\[0\]", create.id or ""):
            answer = answer.member if member == "[0]" else answer.members[member]


@pytest.mark.parametrize("name", ALL)
def test_kinds_name_kinds_that_exist(name: str) -> None:
    kind = KINDS[name]
    assert set(kind.after) <= set(KINDS)
    assert all(create.within is None or create.within[1] in KINDS for create in kind.creates)


UNDER_WAY = {
    ("apigateway", "CreateDeployment"),
    ("apigateway", "ImportDocumentationParts"),
    ("apigateway", "PutGatewayResponse"),
    ("apigateway", "PutIntegration"),
    ("apigateway", "PutIntegrationResponse"),
    ("apigateway", "PutRestApi"),
    ("apigatewayv2", "CreateDeployment"),
    ("apigatewayv2", "CreateIntegration"),
    ("apigatewayv2", "CreateIntegrationResponse"),
    ("apigatewayv2", "ReimportApi"),
    ("codepipeline", "StartPipelineExecution"),
    ("lambda", "PublishVersion"),
    ("lambda", "PutFunctionConcurrency"),
    ("lambda", "PutFunctionEventInvokeConfig"),
    ("lambda", "PutFunctionRecursionConfig"),
    ("lambda", "PutProvisionedConcurrencyConfig"),
    ("lambda", "PutRuntimeManagementConfig"),
}
"""Calls whose conflict says that another change is under way, not that the part is there: they
replace what is there, or make one more (API references)."""

OTHER_NAMES = {
    ("apigateway", "CreateAuthorizer"),
    ("apigateway", "CreateRequestValidator"),
    ("apigatewayv2", "CreateAuthorizer"),
}
"""Calls of which no source says how AWS answers a name that is taken: what it says is passed on."""


@pytest.mark.parametrize("name", ALL)
def test_how_aws_says_that_a_part_is_there_is_in_the_models(name: str) -> None:
    """EC2's errors are in no model, nor are those by which SQS and SNS refuse a parameter."""
    kind = KINDS[name]
    assert set(kind.exists) <= set(kind.parts)
    for operation, exists in kind.exists.items():
        known = [
            error.metadata.get("error", {}).get("code", error.name)
            for error in model(kind.service, operation).error_shapes
        ]
        assert kind.service in ("ec2", "sqs", "sns") or exists.code in known, operation


@pytest.mark.parametrize("name", ALL)
def test_no_conflict_of_a_part_is_overlooked(name: str) -> None:
    kind = KINDS[name]
    for operation in kind.parts:
        errors = [error.name for error in model(kind.service, operation).error_shapes if operation]
        told = [
            error for error in errors if re.search(r"^(Resource)?Conflict|AlreadyE|Dupl", error)
        ]
        call = kind.service, operation
        if told and kind.service not in ("autoscaling", "cloudformation", "stepfunctions"):
            assert operation in kind.exists or call in UNDER_WAY | OTHER_NAMES, (operation, told)


def test_a_code_that_means_other_things_too_is_told_by_its_words() -> None:
    put_method = KINDS["REST API"].exists["PutMethod"]
    there = "Method already exists for this resource"
    assert put_method.is_meant_by("ConflictException", there)
    assert not put_method.is_meant_by("BadRequestException", there)
    assert not put_method.is_meant_by(
        "ConflictException", "Unable to complete operation due to concurrent modification."
    )


def test_a_kind_is_found_in_its_file_and_listed_nowhere() -> None:
    folder = Path(kinds.__file__).parent
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert {type(kind).__module__.rpartition(".")[2] for kind in KINDS.values()} == files
    listing = (folder / "__init__.py").read_text(encoding="utf-8")
    assert not [name for name in files if re.search(rf"\b{name}\b", listing)]


def test_no_kind_waits_for_itself() -> None:
    def before(name: str, path: tuple[str, ...] = ()) -> None:
        assert name not in path, path
        for earlier in KINDS[name].after:
            before(earlier, (*path, name))

    for name in ALL:
        before(name)


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_is_covered_harmless_for_a_reason_or_refused(service: str) -> None:
    """Whatever is new in botocore's models is refused until somebody lists it."""
    reasons = {
        operation: why
        for kind in KINDS.values()
        if kind.service == service
        for operation, why in kind.harmless.items()
    }
    for operation in SESSION.get_service_model(service).operation_names:
        verdict = classify(service, operation)
        if isinstance(verdict, Passes):
            assert only_reads(operation) or reasons.get(operation), operation
        if isinstance(verdict, Changes):
            assert only_removes(operation) or verb(operation) in CHANGING, operation


def test_account_wide_and_harmless_operations_exist() -> None:
    for service, operation in (*ACCOUNT_WIDE, *HARMLESS):
        assert operation in SESSION.get_service_model(service).operation_names


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("iam", "CreateUser"),
        ("iam", "CreateServiceLinkedRole"),
        ("apigateway", "UpdateAccount"),
        ("apigateway", "ImportRestApi"),
        ("lambda", "CreateCapacityProvider"),
        ("logs", "PutAccountPolicy"),
        ("dynamodb", "CreateGlobalTable"),
        ("events", "CreateArchive"),
        ("lambda", "PutResourcePolicy"),
        ("ssm", "CreateDocument"),
        ("ec2", "RunInstances"),
        ("s3", "CreateBucketMetadataConfiguration"),
    ],
)
def test_what_cannot_be_torn_down_is_refused(service: str, operation: str) -> None:
    assert isinstance(classify(service, operation), Refuses)


def test_every_kind_has_a_sample() -> None:
    assert set(SAMPLES) == set(KINDS)


def test_creating_verdicts_carry_their_kind() -> None:
    verdict = classify("sqs", "CreateQueue")
    assert isinstance(verdict, Creates)
    assert verdict.kind is KINDS["SQS queue"]

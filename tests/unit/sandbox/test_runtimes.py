"""Which runtimes are refused, beside the dates of AWS's guide as cfn-lint has them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import cfnlint
import pytest
from botocore.session import Session

from labkit.sandbox.services.lambda_.environments.runtimes import AVAILABLE, ELSEWHERE, RETIRED

AS_OF = date(2026, 11, 30)
"""When the table was last compared; AWS moves its dates, and cfn-lint follows."""

DATES = Path(cfnlint.__file__).parent / "data" / "AdditionalSpecs" / "LmbdRuntimeLifecycle.json"


def taken(name: str) -> bool:
    """Whether AWS takes new functions of a runtime."""
    until = json.loads(DATES.read_text(encoding="utf-8")).get(name, {}).get("create-block")
    return until is None or date.fromisoformat(until) > AS_OF


@pytest.mark.parametrize("name", Session().get_service_model("lambda").shape_for("Runtime").enum)
def test_a_runtime_is_refused_as_retired_once_aws_takes_no_new_functions(name: str) -> None:
    assert (RETIRED.fullmatch(name) is None) == taken(name)


@pytest.mark.parametrize("name", Session().get_service_model("lambda").shape_for("Runtime").enum)
def test_a_runtime_is_run_or_refused_for_one_reason(name: str) -> None:
    assert sum(bool(one.fullmatch(name)) for one in (AVAILABLE, ELSEWHERE, RETIRED)) == 1

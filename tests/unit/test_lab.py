"""Lab without a run: short names, and a light import."""

from __future__ import annotations

import subprocess
import sys

import pytest

from labkit.resources.run import shorten


@pytest.mark.parametrize(
    ("lesson", "short"),
    [("delivery-order-api", "doa"), ("observability", "observab"), ("ci-cd", "cc")],
)
def test_a_lesson_is_short_in_names(lesson: str, short: str) -> None:
    assert shorten(lesson) == short


def test_importing_labkit_imports_nothing_heavy() -> None:
    program = (
        "import sys; from labkit import Lab; "
        "print([name for name in ('boto3', 'botocore', 'pandas', 'tqdm') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"

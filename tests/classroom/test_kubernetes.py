"""Zero to JupyterHub's own chart with our values: they are its schema's, and the pod is as meant.

Put a checkout of the chart, jupyterhub/zero-to-jupyterhub-k8s, into `out/chart` to have it run; no
cluster is asked.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
CHART = PROJECT / "out" / "chart"
PYTHON = PROJECT / "out" / "hub-5" / "bin" / "python"
VALUES = [
    PROJECT / "deploy" / "kubernetes" / name for name in ("values.yaml", "my-values.example.yaml")
]


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    """Return the merged values, and the pod that the chart's hub would make of them."""
    if not (CHART / "jupyterhub").is_dir():
        pytest.skip("out/chart holds no checkout of jupyterhub/zero-to-jupyterhub-k8s")
    assert PYTHON.exists(), "make test-class makes out/hub-5"
    ran = subprocess.run(
        [
            str(PYTHON),
            str(Path(__file__).with_name("pod_manifest.py")),
            str(CHART),
            *map(str, VALUES),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
    )
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


def errors(values: dict[str, Any]) -> list[str]:
    schema = yaml.safe_load((CHART / "jupyterhub" / "values.schema.yaml").read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    return [f"{list(one.path)}: {one.message}" for one in validator.iter_errors(values)]


def test_the_values_are_what_the_charts_schema_takes(made: dict[str, Any]) -> None:
    assert errors(made["values"]) == []
    wrong = made["values"] | {"singleuser": made["values"]["singleuser"] | {"memmory": {}}}
    assert errors(wrong), "the schema takes anything"


def test_a_learners_pod_runs_the_course_of_the_image(made: dict[str, Any]) -> None:
    [container] = made["pod"]["spec"]["containers"]
    ours = yaml.safe_load(VALUES[0].read_text())["singleuser"]
    mine = yaml.safe_load(VALUES[1].read_text())["singleuser"]["image"]
    assert container["image"] == f"{mine['name']}:{mine['tag']}"
    assert container["args"][: len(ours["cmd"])] == ours["cmd"]
    variables = {one["name"]: one.get("value") for one in container["env"]}
    assert variables["LABKIT_CLASS_ROOM"] == "1"
    assert variables["JUPYTERHUB_DEFAULT_URL"] == ours["defaultUrl"]


def test_a_learners_pod_is_held_and_has_a_home_of_its_own(made: dict[str, Any]) -> None:
    [container] = made["pod"]["spec"]["containers"]
    assert container["resources"] == {
        "requests": {"memory": 1024**3, "cpu": 0.5},
        "limits": {"memory": 2 * 1024**3, "cpu": 2},
    }
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    [mounted] = container["volumeMounts"]
    assert mounted["mountPath"] == "/home/learner"
    [volume] = made["pod"]["spec"]["volumes"]
    assert "persistentVolumeClaim" in volume
    assert made["pod"]["spec"]["automountServiceAccountToken"] is False


def test_a_learners_pod_cannot_ask_for_the_nodes_role(made: dict[str, Any]) -> None:
    [block] = made["pod"]["spec"]["initContainers"]
    assert block["command"][-2:] == ["--jump", "DROP"]
    assert "169.254.169.254" in block["command"]

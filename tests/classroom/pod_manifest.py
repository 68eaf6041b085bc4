"""`python pod_manifest.py CHART VALUES…`: print the pod that Zero to JupyterHub would start.

It runs in an environment with KubeSpawner, and imports nothing of labkit. The chart's own
`jupyterhub_config.py` turns values into KubeSpawner's settings; what a cluster would mount beside
it (names, secrets) is made up here, and nobody is asked.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock, patch

import yaml
from kubernetes_asyncio.client import ApiClient
from kubespawner import KubeSpawner
from tornado.httpclient import AsyncHTTPClient
from traitlets.config import Config


def merged(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Return values as helm merges them."""
    found = dict(first)
    for key, value in second.items():
        both = isinstance(value, dict) and isinstance(found.get(key), dict)
        found[key] = merged(found[key], value) if both else value
    return found


def configured(chart: Path, values: dict[str, Any]) -> Config:
    """Return what the chart's hub would be configured with."""
    files = chart / "jupyterhub" / "files" / "hub"
    z2jh = ModuleType("z2jh")
    exec((files / "z2jh.py").read_text(), z2jh.__dict__)
    z2jh.__dict__["_load_config"] = lambda: values
    z2jh.__dict__["_get_config_value"] = lambda key: key
    z2jh.__dict__["get_name_env"] = lambda name, suffix="": "8001"
    z2jh.__dict__["get_secret_value"] = lambda key, default="": "0" * 64
    c = Config()
    source = (files / "jupyterhub_config.py").read_text()
    names = {"get_config": lambda: c, "__file__": str(files / "jupyterhub_config.py")}
    with (
        patch.dict(sys.modules, {"z2jh": z2jh}),
        patch.object(AsyncHTTPClient, "configure"),  # pycurl, which only a hub needs
    ):
        exec(compile(source, "jupyterhub_config.py", "exec"), names)
    return c


async def manifest(config: Config) -> dict[str, Any]:
    """Return the pod of one user, as it would be sent to Kubernetes."""
    with (
        patch("kubespawner.spawner.load_config"),
        patch("kubespawner.spawner.shared_client", return_value=MagicMock()),
    ):
        spawner = KubeSpawner(config=config, _mock=True)
        pod = await spawner.get_pod_manifest()
    async with ApiClient() as client:
        found: dict[str, Any] = client.sanitize_for_serialization(pod)
    return found


def main() -> None:
    """Print the pod and the values."""
    chart, *given = map(Path, sys.argv[1:])
    values = yaml.safe_load((chart / "jupyterhub" / "values.yaml").read_text())
    for file in given:
        values = merged(values, yaml.safe_load(file.read_text()))
    config = configured(chart, json.loads(json.dumps(values)))
    pod = asyncio.run(manifest(config))
    print(json.dumps({"values": values, "pod": pod, "cmd": config.Spawner.cmd}))


if __name__ == "__main__":
    main()

"""What environments get from the server that they run in: folders, endpoint, upstream parts."""

from __future__ import annotations

import os
from pathlib import Path

from labkit.sandbox.services.lambda_ import concurrency
from labkit.sandbox.services.lambda_.environments import runtimes
from labkit.sandbox.services.lambda_.environments.environment import Environment
from labkit.sandbox.services.lambda_.environments.packages import Packages
from labkit.sandbox.services.lambda_.environments.pool import Pool
from labkit.sandbox.services.lambda_.environments.starts import Starts
from labkit.sandbox.services.lambda_.environments.surroundings import Surroundings
from labkit.sandbox.services.lambda_.versions import FunctionVersion
from labkit.sandbox.upstream.lambda_ import lambda_svc, runtime

IDLE_SECONDS = 300.0
"""How long an environment may stay unused; `LABKIT_SANDBOX_IDLE_SECONDS` sets another time.
AWS documents none; observed lives are minutes."""

TRANSITION_SECONDS = 0.25
"""How long a function stays `Pending`, or its update `InProgress`; AWS needs a second or more."""


def new_pool() -> Pool:
    """Return a pool whose environments are processes of this server."""
    sandbox = Path(os.environ["LABKIT_SANDBOX_DIRECTORY"])
    packages = Packages(sandbox / "packages")
    endpoint = f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"
    libraries = runtimes.libraries(sandbox / "libraries")
    bootstraps = runtimes.bootstraps(sandbox / "runtime")
    starts = Starts()
    lifeline, _held_until_the_server_ends = os.pipe()

    def create(version: FunctionVersion, initialization_type: str) -> Environment:
        surroundings = Surroundings(
            code=packages.folder(version.code),
            layers=_layers(version, packages),
            libraries=libraries,
            bootstraps=bootstraps,
            credentials=runtime.execution_credentials(version.config),
            endpoint=endpoint,
            sandbox=sandbox,
            lifeline=lifeline,
            path=os.environ.get("PATH", os.defpath),
            starts=starts,
        )
        return Environment(version, surroundings, initialization_type)

    idle = float(os.environ.get("LABKIT_SANDBOX_IDLE_SECONDS") or IDLE_SECONDS)
    return Pool(create, idle, concurrency.ScalingRate(concurrency.scaling()))


def _layers(version: FunctionVersion, packages: Packages) -> list[Path]:
    archives = [
        lambda_svc._resolve_layer_zip(layer) for layer in version.config.get("Layers") or []
    ]
    return [packages.folder(archive) for archive in archives if archive]

"""What environments get from the server that they run in: folders, endpoint, upstream parts."""

from __future__ import annotations

import os
from pathlib import Path

from labkit.sandbox.services.lambda_ import concurrency, updates
from labkit.sandbox.services.lambda_.environments import runtimes
from labkit.sandbox.services.lambda_.environments.environment import Environment
from labkit.sandbox.services.lambda_.environments.packages import Packages
from labkit.sandbox.services.lambda_.environments.pool import Pool
from labkit.sandbox.services.lambda_.environments.surroundings import Surroundings
from labkit.sandbox.services.lambda_.versions import FunctionVersion
from labkit.sandbox.upstream import seams

SERVICE = "ministack.services.lambda_svc"

IDLE_SECONDS = 300.0
"""How long an environment may stay unused; `LABKIT_SANDBOX_IDLE_SECONDS` sets another time.
AWS documents none; observed lives are minutes."""

TRANSITION_SECONDS = 0.25
"""How long a function stays `Pending`, or its update `InProgress`; AWS needs a second or more."""

_layer_archive = seams.use(SERVICE, "_resolve_layer_zip", like="(attachment)")
_credentials = seams.use("ministack.core.lambda_runtime", "execution_credentials", like="(config)")


def new_pool() -> Pool:
    """Return a pool whose environments are processes of this server."""
    sandbox = Path(os.environ["LABKIT_SANDBOX_DIRECTORY"])
    packages = Packages(sandbox / "packages")
    endpoint = f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"
    libraries = runtimes.libraries(sandbox / "libraries")
    bootstraps = runtimes.bootstraps(sandbox / "runtime")
    lifeline, _held_until_the_server_ends = os.pipe()

    def create(version: FunctionVersion, initialization_type: str) -> Environment:
        surroundings = Surroundings(
            code=packages.folder(version.code),
            layers=_layers(version, packages),
            libraries=libraries,
            bootstraps=bootstraps,
            credentials=_credentials(version.config),
            endpoint=endpoint,
            sandbox=sandbox,
            lifeline=lifeline,
            path=os.environ.get("PATH", os.defpath),
        )
        return Environment(version, surroundings, initialization_type)

    idle = float(os.environ.get("LABKIT_SANDBOX_IDLE_SECONDS") or IDLE_SECONDS)
    return Pool(create, idle, concurrency.ScalingRate(concurrency.scaling()))


def install(pool: Pool) -> None:
    """Let `pool` hear of deleted functions, and the API tell our account limit."""
    from ministack.core.responses import get_account_id, get_region

    def invalidate(
        name: str,
        qualifier: str | None = None,
        account: str | None = None,
        region: str | None = None,
    ) -> None:
        """End a deleted function's environments; an update's are replaced when it is done."""
        if qualifier != "$LATEST":
            place = account or get_account_id(), region or get_region(), name
            updates.forget(*place)
            pool.discard(*place, qualifier)

    seams.replace(
        SERVICE,
        "invalidate_worker",
        invalidate,
        like="(func_name, qualifier=None, account=None, region=None)",
    )
    seams.replace(SERVICE, "_LAMBDA_STATE_TRANSITION_DELAY", TRANSITION_SECONDS, like="float")
    seams.replace(SERVICE, "_ACCOUNT_CONCURRENCY_CAP", concurrency.account_limit(), like="int")


def _layers(version: FunctionVersion, packages: Packages) -> list[Path]:
    archives = [_layer_archive(layer) for layer in version.config.get("Layers") or []]
    return [packages.folder(archive) for archive in archives if archive]

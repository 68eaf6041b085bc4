"""What an environment's process finds around it: code, layers, variables, a folder of its own."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from labkit.sandbox.services.lambda_.environments import runtimes
from labkit.sandbox.services.lambda_.environments.process import RuntimeProcess
from labkit.sandbox.services.lambda_.environments.starts import Starts
from labkit.sandbox.services.lambda_.versions import FunctionVersion


@dataclass(frozen=True)
class Surroundings:
    """What every environment of a function version gets from the sandbox.

    Attributes
    ----------
    code, layers
        The unzipped package, and each unzipped layer in the function's order.
    libraries
        Where the runtime's own packages are.
    bootstraps
        The folder of the programs that load handlers.
    credentials
        The role's `AWS_ACCESS_KEY_ID` and so on.
    endpoint
        The sandbox's endpoint.
    sandbox
        The sandbox's private folder.
    lifeline
        The descriptor of the pipe that ends with the server.
    path
        The value of `PATH`.
    starts
        Whose turn it is to start a process.
    """

    code: Path
    layers: list[Path]
    libraries: list[str]
    bootstraps: str
    credentials: dict[str, str]
    endpoint: str
    sandbox: Path
    lifeline: int
    path: str
    starts: Starts


def start_process(
    version: FunctionVersion,
    around: Surroundings,
    folder: Path,
    log_stream: str,
    initialization_type: str,
) -> RuntimeProcess:
    """Start the process of an environment, which has `folder` for itself."""
    tmp = folder / "tmp"
    tmp.mkdir(parents=True, exist_ok=True)

    def command(control: int) -> list[str]:
        settings = runtimes.BootstrapOptions(
            control=control,
            lifeline=around.lifeline,
            tmp=str(tmp),
            code=str(around.code),
            layers=[str(layer) for layer in reversed(around.layers)],
            sandbox=str(around.sandbox),
            search_path=runtimes.search_path(around.code, around.layers),
            libraries=around.libraries,
            bootstraps=around.bootstraps,
        )
        return runtimes.command(version.runtime, settings)

    names = names_on_aws(around, tmp)
    variables = defaults(around, tmp) | version.variables
    variables |= reserved(version, around, log_stream, initialization_type) | around.credentials
    return RuntimeProcess(command, variables, around.code, around.lifeline, version.memory, names)


def names_on_aws(around: Surroundings, tmp: Path) -> list[tuple[str, str]]:
    """Return how folders of this computer are called on AWS, as a function's log names them."""
    libraries = f"lib/python{sys.version_info.major}"
    return [
        (str(tmp), "/tmp"),
        (str(around.code), "/var/task"),
        *((str(layer), "/opt") for layer in around.layers),
        *((folder, "/var/runtime") for folder in around.libraries),
        *((folder, "/var/runtime") for folder in (around.bootstraps, str(runtimes.BOOTSTRAPS))),
        (f"{sys.base_prefix}/{libraries}", f"/var/lang/{libraries}"),
    ]


def defaults(around: Surroundings, tmp: Path) -> dict[str, str]:
    """Return the variables that a function may set otherwise."""
    return {
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "AWS_ENDPOINT_URL": around.endpoint,
        "HOME": str(tmp),
        "LANG": "en_US.UTF-8",
        "NODE_PATH": runtimes.node_path(around.layers),
        "PATH": around.path,
        "PYTHONUTF8": "1",
        "TMPDIR": str(tmp),
        "TZ": ":UTC",
    }


def reserved(
    version: FunctionVersion, around: Surroundings, log_stream: str, initialization_type: str
) -> dict[str, str]:
    """Return the variables that Lambda sets, whatever a function says.

    Source: Lambda Developer Guide, "Defined runtime environment variables".
    """
    custom = runtimes.is_custom(version.runtime)
    identity = {} if custom else {"AWS_EXECUTION_ENV": f"AWS_Lambda_{version.runtime}"}
    return identity | {
        "AWS_DEFAULT_REGION": version.region,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(version.memory),
        "AWS_LAMBDA_FUNCTION_NAME": version.name,
        "AWS_LAMBDA_FUNCTION_VERSION": version.version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": initialization_type,
        "AWS_LAMBDA_LOG_FORMAT": version.log_format,
        "AWS_LAMBDA_LOG_GROUP_NAME": version.log_group,
        "AWS_LAMBDA_LOG_LEVEL": version.log_level,
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_REGION": version.region,
        "LAMBDA_RUNTIME_DIR": around.bootstraps,
        "LAMBDA_TASK_ROOT": str(around.code),
        "_HANDLER": str(version.config.get("Handler") or ""),
    }

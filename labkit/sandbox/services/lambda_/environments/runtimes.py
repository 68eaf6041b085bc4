"""The runtimes that this computer can run, and how each is started."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import json
import os
import platform
import py_compile
import re
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

AVAILABLE = re.compile(r"python3\.([89]|1[0-5])|nodejs(16|18|20|22|24|26)\.x|provided\.al2(023)?")
"""The identifiers of Python, Node.js and custom runtimes in Lambda's model that AWS still takes.

Of those that it has deprecated it takes no new functions from 1 February 2027 (`python3.8` to
`python3.10`, `nodejs16.x` to `nodejs20.x`, `provided.al2`): Lambda Developer Guide, "Lambda
runtimes", as of June 2026. AWS has put such dates off before, so no clock decides here.
"""

ELSEWHERE = re.compile(
    r"java(8\.al2|11|17|21|25)(\.al2023)?|java8\.al2023|dotnet(6|8|10)|ruby(3\.[2-4]|4\.0)"
)
"""Identifiers that AWS takes and this computer cannot run."""

RETIRED = re.compile(
    r"nodejs(4\.3(-edge)?|6\.10|8\.10|1[024]\.x)?|python(2\.7|3\.[67])|ruby2\.[57]|java8|go1\.x"
    r"|dotnetcore(1\.0|2\.[01]|3\.1)|provided"
)
"""Identifiers of which AWS takes no new functions ("Block function create" there is over)."""

NO_LONGER = (
    "The runtime parameter of {} is no longer supported for creating or updating AWS Lambda "
    "functions. We recommend you use a supported runtime while creating or updating functions."
)

TOLD = (
    *("nodejs20.x", "python3.14", "provided.al2023", "python3.12", "python3.13", "nodejs24.x"),
    *("nodejs22.x", "java25", "python3.10", "python3.11", "java21", "ruby3.3", "ruby3.4"),
    *("ruby3.2", "python3.8", "python3.9", "java17", "nodejs16.x", "dotnet10", "dotnet8"),
    *("java11", "dotnet6", "nodejs18.x", "provided.al2", "java8.al2"),
)
"""What AWS's refusal of an unknown runtime lists, in its order (early 2026): some that it refuses
itself are among them."""

LIBRARIES = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")
"""The packages that AWS's Python runtime brings along; a function gets no others."""

NODE_MODULES = "LABKIT_SANDBOX_NODE_MODULES"
"""Names a folder of packages that every Node.js function finds, as on AWS those of
`/var/runtime/node_modules`: the AWS SDK for JavaScript."""

BOOTSTRAPS = Path(__file__).with_name("runtime")


@dataclass(frozen=True)
class BootstrapOptions:
    """What a bootstrap is told on its command line.

    Attributes
    ----------
    control, lifeline
        Inherited descriptors: the socket of requests, and the pipe that ends with the server.
    tmp, code, layers
        What a function knows as `/tmp`, as `/var/task` and, the last layer first, as `/opt`.
    sandbox
        The sandbox's folder, which may itself be below `/tmp`.
    search_path
        Where to import from, before the standard library: the code, then its layers.
    libraries
        Where to import from after it: the packages of `LIBRARIES`.
    bootstraps
        Where the bootstrap is.
    """

    control: int
    lifeline: int
    tmp: str
    code: str
    layers: list[str]
    sandbox: str
    search_path: list[str]
    libraries: list[str]
    bootstraps: str


def refusal(runtime: str) -> str | None:
    """Say why a function of this `runtime` cannot be made here; None if it can."""
    if RETIRED.fullmatch(runtime):
        return NO_LONGER.format(runtime)
    if ELSEWHERE.fullmatch(runtime):
        return (
            "The embedded sandbox runs Python and Node.js functions with this computer's own "
            f"interpreters, and custom runtimes; {runtime} exists on AWS but not here. Nothing was "
            "created."
        )
    if not AVAILABLE.fullmatch(runtime):
        return (
            f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum "
            f"value set: [{', '.join(TOLD)}] or be a valid ARN"
        )
    if is_node(runtime) and shutil.which("node") is None:
        return (
            f"The embedded sandbox runs {runtime} functions with this computer's Node.js, and no "
            "program `node` was found. Nothing was created. Install Node.js, or choose python3.13."
        )
    return None


def is_node(runtime: str) -> bool:
    """Tell a Node.js runtime from a Python one."""
    return runtime.startswith("nodejs")


def is_custom(runtime: str) -> bool:
    """Tell a custom runtime, whose program the package brings along, from the others."""
    return runtime.startswith("provided")


def command(runtime: str, settings: BootstrapOptions) -> list[str]:
    """Return the command that starts an environment's process."""
    text = json.dumps(asdict(settings))
    if is_node(runtime):
        node = [shutil.which("node") or "node", *_as_on_aws()]
        return [*node, f"{settings.bootstraps}/bootstrap.mjs", text]
    program = "custom_runtime.pyc" if is_custom(runtime) else "bootstrap.pyc"
    return [sys.executable, "-S", "-P", "-B", "-u", f"{settings.bootstraps}/{program}", text]


@functools.cache
def _node_version() -> str:
    """Return the version of this computer's Node.js, for example `v22.12.0`."""
    found = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    return found.stdout.strip()


def _as_on_aws() -> list[str]:
    """Return the options by which Node.js takes a `.js` file for what its package says, as on AWS.

    Source: Lambda Developer Guide, "Building Lambda functions with Node.js" (experimental features
    that are disabled). Node.js has both options since 20.17 and 22.7.
    """
    version = tuple(int(part) for part in _node_version().lstrip("v").split(".")[:2])
    if version < (20, 17) or (21,) <= version < (22, 7):
        return []
    return ["--no-experimental-detect-module", "--no-experimental-require-module"]


def search_path(code: Path, layers: list[Path]) -> list[str]:
    """Return where Python looks first: the code, then each layer's `python` folder, last first."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    folders = [code]
    for layer in reversed(layers):
        folders += [layer / "python" / "lib" / version / "site-packages", layer / "python"]
    return [str(folder) for folder in folders if folder.is_dir()]


def node_path(layers: list[Path]) -> str:
    """Return `NODE_PATH`: the layers, last first, then what stands for AWS's own packages."""
    folders = [str(layer / "nodejs" / "node_modules") for layer in reversed(layers)]
    return ":".join(filter(None, [*folders, os.environ.get(NODE_MODULES)]))


def libraries(directory: Path) -> list[str]:
    """Make a folder that holds `LIBRARIES` and nothing else; return it as a search path."""
    directory.mkdir(parents=True, exist_ok=True)
    for name in LIBRARIES:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            continue
        origin = Path(spec.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        (directory / source.name).symlink_to(source)
    return [str(directory)]


def bootstraps(folder: Path) -> str:
    """Make a folder of the runtimes' own programs, so that functions see no path of labkit's.

    Those in Python are compiled once: Python keeps no bytecode of the program that it is started
    with, and to compile it anew is a good part of a cold start.
    """
    folder.mkdir()
    for source in BOOTSTRAPS.glob("[!_]*.py"):
        name = f"/var/runtime/{source.name}"
        py_compile.compile(str(source), str(folder / f"{source.name}c"), dfile=name, doraise=True)
    for source in BOOTSTRAPS.glob("*.mjs"):
        (folder / source.name).symlink_to(source)
    return str(folder)


@functools.cache
def version_text(runtime: str, region: str) -> str:
    """Return the version of the runtime that really runs, a tab, and an ARN."""
    if is_node(runtime):
        major, _, rest = _node_version().lstrip("v").partition(".")
        version = f"nodejs:{major}.v{rest}"
    elif is_custom(runtime):
        version = f"{runtime.replace('.', ':')}.{platform.system()}-{platform.release()}"
    else:
        major, minor, patch = platform.python_version_tuple()
        version = f"python:{major}.{minor}.v{patch}"
    digest = hashlib.sha256(version.encode()).hexdigest()
    arn = f"arn:aws:lambda:{region}::runtime:{digest}"
    return f"{version}\t{arn}"

"""What computers have set, or lack, for reasons that have nothing to do with labkit."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

NOBODY_LISTENS = "http://127.0.0.1:9"

SPEAKS = "import sys\nsys.stderr.write('a module of somebody else\\n')\n"

HIDES = f"{SPEAKS}raise ImportError('this module is somebody else’s')\n"
"""A module that stops whoever takes it for the one of the same name."""

OTHERS = ("requests.py", "orders.py", "handler.py", "prices.py", "pandas.py")
"""Modules that lie in somebody's PYTHONPATH under names that lessons import, too."""

CONFIG = """\
[default]
region = mars-north-1
output = text
sso_start_url = https://example.awsapps.com/start
endpoint_url = {nobody}
s3 =
    addressing_style = virtual
    signature_version = s3
[profile old]
aws_security_token = gone
"""

SSO = """\
[profile work]
sso_session = company
sso_account_id = 111122223333
sso_role_name = developer
[sso-session company]
sso_start_url = https://example.awsapps.com/start
sso_region = eu-west-1
[default]
credential_process = /nowhere/credentials
source_profile = gone
role_arn = arn:aws:iam::111122223333:role/gone
retry_mode = never
max_attempts = many
"""
"""What companies' tools write, and values that botocore does not know."""

KERNEL = """\
{"argv": ["/nowhere/python", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
 "display_name": "Python 3", "language": "python"}
"""
"""Jupyter's description of another Python, one that is gone."""

IPYTHON = """\
c.InteractiveShellApp.extensions = ["nowhere"]
c.InteractiveShellApp.exec_lines = ["import nowhere", "1 / 0"]
c.InteractiveShellApp.matplotlib = "tk"
c.InteractiveShell.ast_node_interactivity = "all"
c.InteractiveShell.pdb = True
c.InteractiveShell.xmode = "Minimal"
"""

MATPLOTLIB = "backend: QtAgg\nfont.family: Nowhere\nnonsense: 1\n"

JUPYTER = {
    "jupyter_notebook_config.json": "{",
    "jupyter_server_config.py": "raise RuntimeError('somebody else’s')\n",
}

Prefix = Sequence[str]


@dataclass(frozen=True, eq=False)
class Condition:
    """A computer as some learners have it.

    Attributes
    ----------
    name
        Short, for ``-k``.
    variables
        Environment variables; the folder's name stands for ``{folder}``.
    files
        Files in the folder, which is the user's home, and what is in them.
    prefix
        Command line that the command is appended to; the folder's name stands for ``{folder}``.
    needs
        Programs without which it cannot be had, and whether root.
    """

    name: str
    variables: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    prefix: Prefix = ()
    needs: Sequence[str] = ()
    root: bool = False

    @property
    def missing(self) -> str:
        """What this computer lacks to stand for the other; empty if nothing."""
        if self.root and os.geteuid() != 0:
            return "needs root"
        lacking = [program for program in self.needs if shutil.which(program) is None]
        return f"needs {', '.join(lacking)}" if lacking else ""

    def command(self, folder: Path, command: Sequence[str]) -> list[str]:
        """Return the command line that runs a command under this condition."""
        return [*(word.replace("{folder}", str(folder)) for word in self.prefix), *command]

    def environment(self, folder: Path) -> dict[str, str]:
        """Write the files, and return the variables that a command has to be run with."""
        for name, text in self.files.items():
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
        own = {
            name: value.replace("{folder}", str(folder)) for name, value in self.variables.items()
        }
        (folder / "tmp").mkdir(exist_ok=True)
        return {**os.environ, "HOME": str(folder), "TMPDIR": str(folder / "tmp"), **own}


def _inside(script: str) -> Prefix:
    """Return a prefix: a shell in mounts and networks of its own, which prepares, then runs."""
    return ("unshare", "--mount", "--net", "bash", "-ec", f'{script}; exec "$@"', "bash")


UP = "ip link set lo up"

NO_IPV6 = f"{UP}; echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6"

HARMLESS = (
    Condition(
        "proxy",
        {
            name: NOBODY_LISTENS
            for lower in ("http_proxy", "https_proxy", "all_proxy")
            for name in (lower, lower.upper())
        },
    ),
    Condition("profile-unknown", {"AWS_PROFILE": "gone", "AWS_DEFAULT_PROFILE": "gone"}),
    Condition("config-broken", files={".aws/config": "[default\nregion", ".aws/credentials": "{"}),
    Condition("config-old", files={".aws/config": CONFIG.format(nobody=NOBODY_LISTENS)}),
    Condition(
        "aws-variables",
        {
            "AWS_ENDPOINT_URL": NOBODY_LISTENS,
            "AWS_ENDPOINT_URL_S3": NOBODY_LISTENS,
            "AWS_REGION": "mars-north-1",
            "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_SESSION_TOKEN": "x",
            "AWS_USE_FIPS_ENDPOINT": "true",
            "AWS_CA_BUNDLE": "/nowhere.pem",
            "AWS_MAX_ATTEMPTS": "1",
        },
    ),
    Condition(
        "aws-values",
        {
            "AWS_DEFAULT_OUTPUT": "odd",
            "AWS_DEFAULTS_MODE": "odd",
            "AWS_MAX_ATTEMPTS": "many",
            "AWS_REQUEST_CHECKSUM_CALCULATION": "sometimes",
            "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES": "many",
            "AWS_RETRY_MODE": "never",
            "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT": "odd",
            "AWS_STS_REGIONAL_ENDPOINTS": "odd",
            "AWS_WEB_IDENTITY_TOKEN_FILE": "/nowhere",
            "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/gone",
        },
    ),
    Condition(
        "certificates",
        dict.fromkeys(
            ("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_DIR", "SSL_CERT_FILE"),
            "/nowhere.pem",
        ),
    ),
    Condition("netrc", files={".netrc": "default login kim password secret\n"}),
    Condition("time-zone", {"TZ": "Mars/Olympus"}),
    Condition(
        "python-variables",
        {
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
            "PYTHONOPTIMIZE": "2",
            "PYTHONSAFEPATH": "1",
            "PYTHONWARNINGS": "error",
        },
    ),
    Condition(
        "matplotlib",
        {"MPLBACKEND": "TkAgg"},
        {".config/matplotlib/matplotlibrc": MATPLOTLIB},
    ),
    Condition(
        "kernel-other",
        {"JUPYTER_PATH": "{folder}/jupyter", "JUPYTER_PREFER_ENV_PATH": "0"},
        {
            f"{place}/kernels/python3/kernel.json": KERNEL
            for place in ("jupyter", ".local/share/jupyter")
        },
    ),
    Condition(
        "jupyter-config",
        {"JUPYTER_CONFIG_DIR": "{folder}/jupyter-config"},
        {f"jupyter-config/{name}": text for name, text in JUPYTER.items()},
    ),
    Condition(
        "ipython",
        files={
            ".ipython/profile_default/ipython_config.py": IPYTHON,
            ".ipython/profile_default/startup/first.py": "raise RuntimeError('somebody else’s')\n",
        },
    ),
    Condition("node-options", {"NODE_OPTIONS": "--require /nowhere.js", "NODE_PATH": "/nowhere"}),
    Condition("startup", {"PYTHONSTARTUP": "{folder}/start.py"}, {"start.py": HIDES}),
    Condition("sitecustomize", {"PYTHONPATH": "{folder}/site"}, {"site/sitecustomize.py": SPEAKS}),
    Condition("lang-c", {"LANG": "C", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}),
    Condition("no-ipv6", prefix=_inside(NO_IPV6), needs=("unshare", "ip"), root=True),
)
"""What no lesson may mind."""

ELSEWHERE = (
    Condition(
        "config-nowhere",
        {"AWS_CONFIG_FILE": "/nowhere", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere"},
    ),
    Condition("config-sso", {"AWS_PROFILE": "work"}, {".aws/config": SSO}),
    Condition("home-nowhere", {"HOME": "/nowhere/kim", "XDG_CONFIG_HOME": "/nowhere/config"}),
    Condition("home-korean", {"HOME": "{folder}/홍 길동"}, {"홍 길동/file": ""}),
    Condition("tmp-korean", {"TMPDIR": "{folder}/임시 폴더"}, {"임시 폴더/file": ""}),
    Condition("umask-077", prefix=("bash", "-ec", 'umask 077; exec "$@"', "bash")),
    Condition("terminal-ascii", {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "TERM": "dumb"}),
    Condition("terminal-cp949", {"PYTHONIOENCODING": "cp949", "LANG": "ko_KR.CP949"}),
)
"""What no lesson may mind either, but which cannot be had with all of that: it would hide some."""


def _together(conditions: Sequence[Condition]) -> Condition:
    """Return a computer that has all of them."""
    return Condition(
        "all-harmless",
        {name: value for one in conditions for name, value in one.variables.items()},
        {name: text for one in conditions for name, text in one.files.items()},
        next(one.prefix for one in conditions if one.prefix),
        tuple(program for one in conditions for program in one.needs),
        root=any(one.root for one in conditions),
    )


def _tmp(options: str) -> Prefix:
    return _inside(f"{UP}; mount -t tmpfs -o {options} none {{folder}}/tmp")


def _processes(number: int) -> Prefix:
    """Return a prefix for a user who may have few processes: one whom nothing else runs as."""
    rights = "-all,+dac_override,+dac_read_search"
    return (
        "bash", "-ec", 'chown -R 64242 {folder}; exec "$@"', "bash",
        "setpriv", "--reuid", "64242", "--clear-groups",
        "--inh-caps", rights, "--ambient-caps", rights,
        "prlimit", f"--nproc={number}",
    )  # fmt: skip


HARMFUL = (
    Condition(
        "modules-hidden",
        {"PYTHONPATH": "{folder}/modules"},
        {f"modules/{name}": HIDES for name in OTHERS},
    ),
    Condition("files-256", prefix=("prlimit", "--nofile=256:256"), needs=("prlimit",)),
    Condition("files-1024", prefix=("prlimit", "--nofile=256:1024"), needs=("prlimit",)),
    Condition("processes-60", prefix=_processes(60), needs=("setpriv", "prlimit"), root=True),
    Condition("processes-400", prefix=_processes(400), needs=("setpriv", "prlimit"), root=True),
    Condition("tmp-noexec", prefix=_tmp("noexec"), needs=("unshare", "ip"), root=True),
    Condition("tmp-full", prefix=_tmp("size=40m"), needs=("unshare", "ip"), root=True),
    Condition("tmp-small", prefix=_tmp("size=300m"), needs=("unshare", "ip"), root=True),
    Condition("tmp-read-only", prefix=_tmp("ro"), needs=("unshare", "ip"), root=True),
)
"""What may keep a lesson from running; the doctor has to know then."""

CONDITIONS = (_together(HARMLESS), *HARMLESS, *ELSEWHERE, *HARMFUL)

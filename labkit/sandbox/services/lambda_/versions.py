"""One version of a function, as an invocation meets it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

SHAPING = (
    "Architectures",
    "CodeSha256",
    "Description",
    "Environment",
    "EphemeralStorage",
    "FileSystemConfigs",
    "Handler",
    "Layers",
    "LoggingConfig",
    "MemorySize",
    "Role",
    "Runtime",
    "Timeout",
    "TracingConfig",
    "VpcConfig",
)
"""The settings of which a different value means a different environment."""


@dataclass(frozen=True)
class FunctionVersion:
    """A function's configuration and code under one version number.

    Attributes
    ----------
    account, region, name
        Where the function is and what it is called.
    config
        Its configuration as the Lambda API gives it.
    code
        The bytes of its .zip file; empty if its code could not be fetched.
    """

    account: str
    region: str
    name: str
    config: dict[str, Any]
    code: bytes

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> FunctionVersion:
        """Read MiniStack's record of a function or of a published version."""
        config = record.get("config") or record
        _, _, _, region, account, *_ = config["FunctionArn"].split(":")
        code = record.get("code_zip") or b""
        return cls(account, region, config["FunctionName"], config, code)

    @property
    def version(self) -> str:
        """`$LATEST` or the published version's number."""
        return str(self.config.get("Version") or "$LATEST")

    @cached_property
    def key(self) -> tuple[str, str, str, str]:
        """What tells this version from every other one: account, region, name, version."""
        return self.account, self.region, self.name, self.version

    @property
    def runtime(self) -> str:
        """The runtime's identifier, for example `python3.13`."""
        return str(self.config.get("Runtime") or "")

    @property
    def timeout(self) -> int:
        """The function's timeout in seconds."""
        return int(self.config.get("Timeout") or 3)

    @property
    def memory(self) -> int:
        """The function's memory in MB."""
        return int(self.config.get("MemorySize") or 128)

    @property
    def _logging(self) -> dict[str, Any]:
        return self.config.get("LoggingConfig") or {}

    @property
    def log_group(self) -> str:
        """The log group that the function's role may write to."""
        return str(self._logging.get("LogGroup") or f"/aws/lambda/{self.name}")

    @property
    def log_format(self) -> str:
        """`Text` or `JSON`."""
        return str(self._logging.get("LogFormat") or "Text")

    @property
    def log_level(self) -> str:
        """The application log level; empty in the log format `Text`, which has none."""
        if self.log_format != "JSON":
            return ""
        return str(self._logging.get("ApplicationLogLevel") or "INFO")

    @property
    def is_traced(self) -> bool:
        """Whether X-Ray traces its calls."""
        return (self.config.get("TracingConfig") or {}).get("Mode") == "Active"

    @property
    def variables(self) -> dict[str, str]:
        """The function's own environment variables."""
        return dict((self.config.get("Environment") or {}).get("Variables") or {})

    @cached_property
    def fingerprint(self) -> str:
        """Everything that shapes an environment of this version, as one text to compare."""
        return repr([self.config.get(name) for name in SHAPING])

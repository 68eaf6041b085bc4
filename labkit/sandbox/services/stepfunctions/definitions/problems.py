"""What is wrong with a definition, and how Step Functions says it.

Source: Step Functions API Reference, CreateStateMachine (InvalidDefinition) and
ValidateStateMachineDefinitionDiagnostic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SCHEMA = "SCHEMA_VALIDATION_FAILED"
JSON = "INVALID_JSON_DESCRIPTION"
TARGET = "MISSING_TRANSITION_TARGET"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes
    ----------
    message
        What is wrong.
    where
        The path of the field; empty if there is none.
    code
        The kind of the problem.
    """

    message: str
    where: str = ""
    code: str = SCHEMA

    def __str__(self) -> str:
        """Write it as CreateStateMachine does."""
        place = f" at {self.where}" if self.where and self.code != JSON else ""
        return f"{self.code}: {self.message}{place}"

    def diagnostic(self) -> dict[str, Any]:
        """Return it as ValidateStateMachineDefinition does."""
        place = {"location": self.where} if self.where else {}
        return {"severity": "ERROR", "code": self.code, "message": self.message, **place}

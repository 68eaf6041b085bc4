"""What the fields of a state can refer to: the input, the context object, the variables."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from typing import Any

from labkit.sandbox.services.stepfunctions.language.errors import (
    QUERY_EVALUATION,
    RUNTIME,
    StateError,
)

JSONATA = "JSONata"
JSONPATH = "JSONPath"


@dataclass
class Scope:
    """One line of an execution: the machine itself, a branch or an iteration.

    Attributes
    ----------
    context
        The context object, which `$$` and `$states.context` show.
    variables
        What `Assign` has set on this line.
    outer
        The line that it branches off; its variables can be read, never set.
    language
        The query language of states that name none.
    state
        The name of the state that is being run.
    entered
        The id of the event that tells of its beginning.
    """

    context: dict[str, Any]
    variables: dict[str, Any] = field(default_factory=dict)
    outer: Scope | None = None
    language: str = JSONPATH
    state: str = ""
    entered: int = 0

    def branch(self, language: str | None = None) -> Scope:
        """Return the scope of a line that branches off here."""
        inner = Scope(copy.deepcopy(self.context), outer=self)
        inner.language = language or self.language
        return inner

    def visible(self) -> dict[str, Any]:
        """Return all variables that can be read here; an inner one hides an outer one."""
        return (self.outer.visible() if self.outer else {}) | self.variables

    def language_of(self, state: dict[str, Any]) -> str:
        """Return the query language of a state."""
        return str(state.get("QueryLanguage") or self.language)

    def runtime_error(self, text: str) -> StateError:
        """Return what fails the execution for what a field refers to."""
        return StateError(RUNTIME, self.told(text))

    def query_error(self, text: str, location: str | None = None) -> StateError:
        """Return what fails a state whose JSONata, or what it gave, cannot be used."""
        return StateError(QUERY_EVALUATION, self.told(text), location=location)

    def told(self, text: str) -> str:
        """Return a cause as AWS words it: with the state, and when it was entered."""
        return (
            f"An error occurred while executing the state '{self.state}' "
            f"(entered at the event id #{self.entered}). {text}"
        )


def compact(value: Any) -> str:
    """Write JSON as Step Functions does: no spaces, and no escapes but those that JSON needs."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)

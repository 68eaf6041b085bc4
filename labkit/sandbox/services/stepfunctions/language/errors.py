"""The one error of a state, and the names that AWS has for errors of its own.

Source: Step Functions Developer Guide, "Handling errors in Step Functions workflows".
"""

from __future__ import annotations

RUNTIME = "States.Runtime"
TIMEOUT = "States.Timeout"
HEARTBEAT_TIMEOUT = "States.HeartbeatTimeout"
INTRINSIC_FAILURE = "States.IntrinsicFailure"
NO_CHOICE_MATCHED = "States.NoChoiceMatched"
QUERY_EVALUATION = "States.QueryEvaluationError"
DATA_LIMIT_EXCEEDED = "States.DataLimitExceeded"
PARAMETER_PATH = "States.ParameterPathFailure"
RESULT_PATH_MATCH = "States.ResultPathMatchFailure"
TASK_FAILED = "States.TaskFailed"
ITEM_READER_FAILED = "States.ItemReaderFailed"
TOLERANCE_EXCEEDED = "States.ExceedToleratedFailureThreshold"


class StateError(Exception):
    """A state has failed.

    Attributes
    ----------
    error, cause
        What a Catch gets; None where AWS has none.
    location
        The field whose JSONata failed, for the event that tells of it.
    in_fields
        Whether a state's own field has failed after the state had begun.
    """

    in_fields = False

    def __init__(
        self, error: str | None, cause: str | None = None, *, location: str | None = None
    ) -> None:
        super().__init__(f"{error}: {cause}")
        self.error, self.cause, self.location = error, cause, location

    def output(self) -> dict[str, str | None]:
        """Return what a Catch hands on; the cause of a time-out is an empty text."""
        timed_out = self.cause is None and self.error in (TIMEOUT, HEARTBEAT_TIMEOUT)
        return {"Error": self.error, "Cause": "" if timed_out else self.cause}

"""The errors that labkit raises: each says what happened, what was done, and what to do next."""

from __future__ import annotations


class LabkitError(Exception):
    """Base of every error that labkit raises on purpose.

    In IPython only its message is shown, without a stack trace: the sentence is meant to be enough.
    """

    def _render_traceback_(self) -> list[str]:
        """Give IPython the lines to show in place of a stack trace."""
        return [f"{type(self).__name__}: {self}", *getattr(self, "__notes__", [])]


class NotAttempted(LabkitError):
    """An exercise's cell still holds its stub; nothing was run."""


class Refused(LabkitError):
    """labkit refused a call before it was sent; nothing was created or changed."""


class SandboxUnavailable(LabkitError):
    """The embedded sandbox could not be started, or has ended."""

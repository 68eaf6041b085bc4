"""A position in a template's text."""

from __future__ import annotations

import re

from labkit.sandbox.services.apigateway.velocity.errors import TemplateError

SPACE = re.compile(r"\s*")


class Scanner:
    """Walks through a text.

    Attributes
    ----------
    text
        The whole template.
    position
        Where the next look begins.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    @property
    def ended(self) -> bool:
        """Whether nothing is left."""
        return self.position >= len(self.text)

    def peek(self, text: str) -> bool:
        """Tell whether `text` comes next."""
        return self.text.startswith(text, self.position)

    def skip(self, text: str) -> bool:
        """Pass `text` if it comes next; tell whether it did."""
        if not self.peek(text):
            return False
        self.position += len(text)
        return True

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Pass what `pattern` matches here; None, and no step, if it does not."""
        found = pattern.match(self.text, self.position)
        if found is not None:
            self.position = found.end()
        return found

    def spaces(self) -> None:
        """Pass white space."""
        self.take(SPACE)

    def expect(self, text: str, where: str) -> None:
        """Pass white space and `text`.

        Raises
        ------
        TemplateError
            If something else comes.
        """
        self.spaces()
        if not self.skip(text):
            there = self.text[self.position : self.position + 12] or "the end"
            raise self.error(f"{where}: expected {text!r}, found {there!r}")

    def error(self, text: str, position: int | None = None) -> TemplateError:
        """Return an error that names a place, the present one unless another is given."""
        before = self.text[: self.position if position is None else position]
        return TemplateError(text, before.count("\n") + 1, len(before) - before.rfind("\n"))

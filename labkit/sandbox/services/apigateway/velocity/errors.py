"""The one error of the reader."""

from __future__ import annotations


class TemplateError(ValueError):
    """A template that Velocity refuses, or that asks for what this reader has not.

    Parameters
    ----------
    text
        What is wrong, as a sentence without its full stop.
    line, column
        Where in the template, from 1; 0 where that is not known.
    """

    def __init__(self, text: str, line: int = 0, column: int = 0) -> None:
        super().__init__(f"{text} [line {line}, column {column}]" if line else text)
        self.line, self.column = line, column

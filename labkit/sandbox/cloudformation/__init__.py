"""CloudFormation where MiniStack says yes and AWS says no: templates, properties, functions."""

from __future__ import annotations


def install() -> None:
    """Put every part of this package into MiniStack."""
    from labkit.sandbox.cloudformation import functions, properties, templates

    for part in (templates, functions, properties):
        part.install()

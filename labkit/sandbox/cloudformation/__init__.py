"""CloudFormation, held to AWS: templates, properties, functions and REST APIs."""

from __future__ import annotations

from labkit.sandbox.on_first_request import on_first_request


def install() -> None:
    """Put every part of this package into MiniStack."""
    on_first_request("cloudformation", _install)


def _install() -> None:
    from labkit.sandbox.cloudformation import functions, properties, rest_apis, templates

    for part in (templates, functions, rest_apis, properties):
        part.install()

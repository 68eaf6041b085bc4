"""A template as text: put together from its sections, and read."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, ClassVar

import yaml

from labkit.labs.lab_run import LabRun


def join(lab: LabRun, *sections: str) -> str:
    """Put the sections of a template together: what CloudFormation takes is one text.

    Parameters
    ----------
    *sections
        Files in `lab.folder`, in the order of the template.
    """
    texts = ((lab.folder / name).read_text(encoding="utf-8") for name in sections)
    return "\n\n".join(text.rstrip() for text in texts) + "\n"


def resources_in(template: str) -> dict[str, Any]:
    """Return a template's resources by logical id, ``!Ref`` and the like in their long form.

    Raises
    ------
    ValueError
        If the text is no YAML, or says a key twice; the message says where.
    """
    try:
        decoded = yaml.load(template, _TemplateLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ValueError(f"line {line}: {error.problem}") from None
    if not isinstance(decoded, dict):
        raise ValueError("there are no sections in it, such as Resources")
    return dict(decoded.get("Resources") or {})


class _TemplateLoader(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML has no types
    """Reads YAML as CloudFormation does: with ``!Ref`` and the like, and a date is a text."""

    yaml_implicit_resolvers: ClassVar = {
        first: [
            (tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"
        ]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Build a mapping whose keys are all different, as CloudFormation asks."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                problem = f"the key {key.value!r} is there twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            if isinstance(key, yaml.ScalarNode):
                seen.add(key.value)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        return mapping


def _long_form(loader: _TemplateLoader, name: str, node: yaml.Node) -> dict[str, Any]:
    """Return what a short form stands for (CloudFormation, Intrinsic function reference)."""
    value: Any
    if isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        value = loader.construct_scalar(node)
    if name in ("Ref", "Condition"):
        return {name: value}
    if name == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{name}": value}


_TemplateLoader.add_multi_constructor("!", _long_form)

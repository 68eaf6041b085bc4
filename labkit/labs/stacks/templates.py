"""A template as text: put together from its sections, and read."""

from __future__ import annotations

from typing import Any

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
        If the text is no YAML; the message says where.
    """
    from cfnlint.decode import decode_str

    decoded, errors = decode_str(template)
    if errors or decoded is None:
        reasons = "; ".join(f"line {one.linenumber}: {one.message}" for one in errors)
        raise ValueError(reasons or "there is nothing in it")
    return dict(decoded.get("Resources") or {})

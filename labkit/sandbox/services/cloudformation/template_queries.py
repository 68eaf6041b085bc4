"""What CloudFormation tells of templates: the text, a summary, whether one is valid.

MiniStack answers with empty members where AWS leaves them out, and names what is missing otherwise.
Source: CloudFormation API Reference, GetTemplate, GetTemplateSummary and ValidateTemplate; the
wording as AWS answers it.
"""

from __future__ import annotations

import json
import os
import re
from typing import Any

from labkit.sandbox.gateway.errors import ValidationError
from labkit.sandbox.gateway.internal import read
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.services.cloudformation import documents, stack_names
from labkit.sandbox.services.cloudformation.descriptions import without_empty
from labkit.sandbox.upstream.cloudformation import changesets, handlers, helpers

Members = dict[str, Any]

VERSION = "2010-09-09"
"""The one version of templates that there is."""


IN_THIS_S3 = (
    r"""(\b(?:TemplateURL|Location)["']?\s*:\s*["']?)http://(?:127\.0\.0\.1|localhost):{}/"""
)
"""Where a template names another one by the sandbox's endpoint, as tools write whose S3 that is."""


async def text(request: Request) -> Members:
    """Answer GetTemplate; the templates that it names are where AWS's S3 has them.

    A tool writes the endpoint of its S3 there, and `sam delete` reads nothing but AWS's.
    """
    change_set, stack = request.form.text("ChangeSetName"), request.form.text("StackName")
    if change_set and not stack and not change_set.startswith("arn:"):
        raise ValidationError("StackName is a required parameter.")
    if not change_set and not stack:
        raise ValidationError("StackName is required if ChangeSetName is not specified.")
    if not change_set and stack_names.found(stack) is None:
        raise ValidationError(f"Stack with id {stack} does not exist")
    answer: Members = read(request, await request.forward())
    here = IN_THIS_S3.format(os.environ["GATEWAY_PORT"])
    there = rf"\1https://s3.{request.region}.amazonaws.com/"
    return answer | {"TemplateBody": re.sub(here, there, answer["TemplateBody"])}


async def validate(request: Request) -> Members:
    """Answer ValidateTemplate."""
    located = documents.with_paths(request)
    answer: Members = without_empty(read(request, await located.forward()))
    return answer


async def summary(request: Request) -> Members:
    """Answer GetTemplateSummary."""
    located = documents.with_paths(request)
    body = _body(located)
    answer: Members = without_empty(read(request, await located.forward()))
    template = handlers._parse_template(body) if body else {}
    answer["Version"] = str(template.get("AWSTemplateFormatVersion", VERSION))
    if metadata := template.get("Metadata"):
        answer["Metadata"] = json.dumps(metadata, separators=(",", ":"), default=str)
    if "ResourceTypes" in answer:
        answer["ResourceIdentifierSummaries"] = _identifiers(template)
    return {"Parameters": []} | answer


def _body(request: Request) -> str:
    """Return the text of the template that a request asks about; empty if it tells of none."""
    text, refused = helpers._resolve_template(request.form)
    if refused is not None or text:
        return text or ""
    name = request.form.text("StackName")
    stack = stack_names.found(name) if name else None
    if stack is None:
        return ""
    if stack["StackStatus"] == "REVIEW_IN_PROGRESS":
        raise ValidationError("GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.")
    return str(stack.get("_template_body", ""))


def _identifiers(template: Members) -> list[Members]:
    """Return the resources of each type, and what identifies one to import it, where known."""
    found: dict[str, Members] = {}
    for name, resource in (template.get("Resources") or {}).items():
        kind = resource["Type"]
        one = found.setdefault(kind, {"ResourceType": kind, "LogicalResourceIds": []})
        one["LogicalResourceIds"].append(name)
        if kind in changesets._IMPORT_LOOKUPS:
            one["ResourceIdentifiers"] = list(changesets._IMPORT_LOOKUPS[kind][0])
    return list(found.values())

"""A bucket tells a queue, a topic or a function of its objects only if that lets S3.

A configuration with a destination that does not is refused, and what stops letting S3 later gets
nothing. MiniStack asks no function, and takes a topic's default policy for one that lets S3: its
condition, `aws:SourceOwner`, is one that S3 does not meet.
Source: S3 User Guide, "Granting permissions to publish event notification messages to a
destination"; SNS Developer Guide, "aws:SourceAccount versus aws:SourceOwner".
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any
from xml.dom import minidom

from labkit.sandbox.gateway import models, permissions
from labkit.sandbox.gateway.errors import AwsError, refuse
from labkit.sandbox.services.s3 import lifecycle
from labkit.sandbox.upstream.app import responses

Configuration = dict[str, Any]

CONFIGURATIONS = (
    "QueueConfiguration", "TopicConfiguration", "CloudFunctionConfiguration",
    "LambdaFunctionConfiguration",
)  # fmt: skip
FILTERS = ("prefix", "suffix")

NO_EVENT = "The event '{}' is not supported for notifications"
AMBIGUOUS = (
    "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the "
    "prefixes are overlapping for the same event type."
)
SAME_ID = "Same ID used for multiple configurations. IDs must be unique"
"""Nobody has recorded how AWS words this one."""


def check(
    upstream: Callable[..., Any],
    configurations: list[Configuration],
    region: str,
    bucket: str = "",
    skip_destination_validation: bool = False,
) -> Any:
    """Check a bucket's notifications; return MiniStack's refusal, or None.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If S3 may not tell a destination, an event is none, or two configurations overlap.
    """
    if found := next(_problems(configurations), None):
        said, argument, value = found
        named = {"ArgumentName": argument, "ArgumentValue": value}
        raise AwsError(said, "InvalidArgument", members=named)
    if refused := upstream(configurations, region, bucket, skip_destination_validation):
        return refused
    functions = [one["arn"] for one in configurations if one["type"] == "lambda"]
    closed = [arn for arn in functions if not _may_invoke(arn, bucket)]
    if closed and not skip_destination_validation:
        text = "Unable to validate the following destination configurations: "
        refuse("InvalidArgument", text + ", ".join(closed))
    return None


def check_form(body: bytes) -> None:
    """Check that configurations have events, and filters that S3 knows.

    Raises
    ------
    AwsError
        If one has not.
    """
    root: Any = minidom.parseString(body).documentElement
    for one in root.childNodes:
        is_one = one.nodeName in CONFIGURATIONS
        if is_one and not one.getElementsByTagName("Event"):
            refuse(*lifecycle.MALFORMED)
        if is_one:
            _check_filter(one)


def _check_filter(configuration: Any) -> None:
    rules = configuration.getElementsByTagName("FilterRule")
    if not all(one.getElementsByTagName("Name") for one in rules):
        refuse(*lifecycle.MALFORMED)
    names = [lifecycle.text(one.getElementsByTagName("Name")[0]) for one in rules]
    for name in names:
        if name.lower() not in FILTERS:
            raise AwsError(
                "filter rule name must be either prefix or suffix",
                "InvalidArgument",
                members={"ArgumentName": "FilterRule.Name", "ArgumentValue": name},
            )
        if names.count(name) > 1:
            refuse(
                "InvalidArgument", f"Cannot specify more than one {name.lower()} rule in a filter."
            )


def _problems(configurations: list[Configuration]) -> Iterator[tuple[str, str, str]]:
    """Yield what is wrong with configurations, with the argument and its value."""
    for one in configurations:
        for event in one["events"]:
            if event not in _events():
                yield NO_EVENT.format(event), "Event", event
    identities = [one["id"] for one in configurations]
    if len(set(identities)) < len(identities):
        yield SAME_ID, "Id", next(one for one in identities if identities.count(one) > 1)
    for one, other in combinations(configurations, 2):
        if _is_ambiguous(one, other):
            yield AMBIGUOUS, "Configurations", other["id"]


@functools.cache
def _events() -> frozenset[str]:
    """Return the types of events that S3 has, by botocore's model."""
    return frozenset(models.service("s3").shape_for("Event").enum)


def _is_ambiguous(one: Configuration, other: Configuration) -> bool:
    """Say whether two configurations are told of the same object by the same event."""
    of_one = any(_meet(a, b) for a in one["events"] for b in other["events"])
    prefixes = one["filter_prefix"] or "", other["filter_prefix"] or ""
    suffixes = one["filter_suffix"] or "", other["filter_suffix"] or ""
    return (
        of_one
        and (prefixes[0].startswith(prefixes[1]) or prefixes[1].startswith(prefixes[0]))
        and (suffixes[0].endswith(suffixes[1]) or suffixes[1].endswith(suffixes[0]))
    )


def _meet(event: str, other: str) -> bool:
    """Say whether an event of one type is of the other's, too."""
    wide, narrow = sorted((event, other), key=lambda one: not one.endswith("*"))
    return event == other or (wide.endswith("*") and narrow.startswith(wide[:-1]))


def call_function(
    upstream: Callable[..., None], function: str, event: dict[str, Any], region: str
) -> None:
    """Tell a function of an object, if its policy still lets S3."""
    if _may_invoke(function, event["Records"][0]["s3"]["bucket"]["name"]):
        upstream(function, event, region)


def topic_allows(topic: str, service: str, source: str, account: str) -> bool:
    """Tell whether a topic lets a service publish."""
    return permissions.resource_allows(service, "sns:Publish", topic, source, SourceAccount=account)


def _may_invoke(function: str, bucket: str) -> bool:
    return permissions.resource_allows(
        permissions.S3,
        permissions.INVOKE,
        function,
        f"arn:aws:s3:::{bucket}",
        SourceAccount=responses.get_account_id(),
    )

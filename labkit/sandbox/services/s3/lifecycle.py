"""S3's lifecycle rules: their form, and when they let an object go.

MiniStack takes rules whose elements do not go together, and tells nobody when an object expires.
Source: S3 User Guide, "Lifecycle configuration elements" and "Expiring objects" (rounded up to the
next midnight UTC; `x-amz-expiration`); S3 API Reference, PutBucketLifecycleConfiguration. Some
texts, those of rules with tags among them, are on no record of an answer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from xml.dom import minidom

from labkit.sandbox.upstream.s3 import s3

Rule = dict[str, Any]
Problem = tuple[str, str]

MALFORMED = (
    "MalformedXML",
    "The XML you provided was not well-formed or did not validate against our published schema",
)
MOST_RULES = 1000
LONGEST_ID = 255
LONG_ID = "ID length should not exceed allowed limit of 255"
TAGGED = "{} cannot be specified with Tags."
DAY = dt.timedelta(days=1)
MIDNIGHT = "T00:00:00"


def problem(body: bytes) -> Problem | None:
    """Return what is wrong with the form of a configuration, or None."""
    root = minidom.parseString(body).documentElement
    return next(_problems(root), None) if root is not None else MALFORMED


def date_problem(body: bytes) -> tuple[str, str, dict[str, str]] | None:
    """Return the refusal of a date that is not at midnight, with its argument; None if all are."""
    for date in minidom.parseString(body).getElementsByTagName("Date"):
        value = text(date)
        if MIDNIGHT not in value:
            argument = {"ArgumentName": "Date", "ArgumentValue": value}
            return "InvalidArgument", "'Date' must be at midnight GMT", argument
    return None


def expiration(bucket: str, record: dict[str, Any], tags: dict[str, str], key: str) -> str:
    """Return when an object expires and by which rule, as a header has it; empty if it never does.

    Parameters
    ----------
    bucket, key
        Where the object is.
    record
        What MiniStack keeps of it.
    tags
        Its tags.
    """
    rules = s3._bucket_lifecycle.get(bucket) or []
    if isinstance(rules, str):
        return ""
    ends = [
        (end, rule)
        for rule in rules
        if rule["Status"] == "Enabled"
        and _meets(rule.get("Filter") or {}, record, tags, key)
        and (end := _end(rule.get("Expiration") or {}, record))
    ]
    if not ends:
        return ""
    end, rule = min(ends, key=lambda one: one[0])
    date = end.strftime("%a, %d %b %Y %H:%M:%S GMT")
    return f'expiry-date="{date}", rule-id="{quote(rule.get("ID", ""), safe="-_.")}"'


def _problems(root: Any) -> Iterator[Problem]:
    rules = root.getElementsByTagName("Rule")
    if not 1 <= len(rules) <= MOST_RULES:
        yield MALFORMED
    for rule in rules:
        parts = {one.tagName: one for one in _children(rule)}
        if len({"Filter", "Prefix"} & parts.keys()) != 1:
            yield MALFORMED
        if "ID" in parts and len(text(parts["ID"])) > LONGEST_ID:
            yield "InvalidArgument", LONG_ID
        yield from _problems_of_tagged(rule)
        if "Filter" in parts:
            yield from _problems_of_filter(parts["Filter"])
        old = parts.get("NoncurrentVersionExpiration")
        if old is not None and not _children(old):
            yield MALFORMED
        expiration = parts.get("Expiration")
        if expiration is not None and len(_children(expiration)) > 1:
            yield MALFORMED


def _problems_of_tagged(rule: Any) -> Iterator[Problem]:
    """Yield which actions of a rule cannot be limited to objects with tags."""
    filters = rule.getElementsByTagName("Filter")
    if not any(one.getElementsByTagName("Tag") for one in filters):
        return
    if rule.getElementsByTagName("AbortIncompleteMultipartUpload"):
        yield "InvalidRequest", TAGGED.format("AbortIncompleteMultipartUpload")
    if rule.getElementsByTagName("ExpiredObjectDeleteMarker"):
        yield "InvalidRequest", TAGGED.format("ExpiredObjectDeleteMarker")


def _problems_of_filter(given: Any) -> Iterator[Problem]:
    if len(_children(given)) > 1:
        yield MALFORMED
    keys = [text(one) for one in given.getElementsByTagName("Key")]
    if len(keys) != len(set(keys)):
        yield "InvalidRequest", "Duplicate Tag Keys are not allowed."


def _meets(given: Rule, record: dict[str, Any], tags: dict[str, str], key: str) -> bool:
    """Tell whether an object meets a rule's filter."""
    wanted = given.get("And") or given
    asked = [*wanted.get("Tags", []), *([wanted["Tag"]] if "Tag" in wanted else [])]
    return (
        key.startswith(wanted.get("Prefix") or "")
        and all(tags.get(one["Key"]) == one["Value"] for one in asked)
        and record["size"] > wanted.get("ObjectSizeGreaterThan", -1)
        and record["size"] < wanted.get("ObjectSizeLessThan", float("inf"))
    )


def _end(expiration: Rule, record: dict[str, Any]) -> dt.datetime | None:
    """Return when an object expires, or None if it does not by these days or this date."""
    if "Date" in expiration:
        return dt.datetime.fromisoformat(str(expiration["Date"]).replace("Z", "+00:00"))
    if "Days" not in expiration:
        return None
    made = dt.datetime.fromisoformat(str(record["last_modified"]).replace("Z", "+00:00"))
    later = made + int(expiration["Days"]) * DAY
    midnight = later.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight if midnight == later else midnight + DAY


def _children(node: Any) -> list[Any]:
    return [one for one in node.childNodes if one.nodeType == one.ELEMENT_NODE]


def text(node: Any) -> str:
    """Return the text of an element."""
    return "".join(one.data for one in node.childNodes if one.nodeType == one.TEXT_NODE).strip()

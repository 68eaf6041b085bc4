"""Tags of objects and buckets that S3 refuses. MiniStack takes any, and the last of two.

Source: S3 User Guide, "Categorizing your objects using tags"; API Reference, PutObjectTagging and
PutBucketTagging; the texts as AWS answers them.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl
from xml.dom import minidom
from xml.parsers.expat import ExpatError

from labkit.sandbox.gateway.errors import AwsError, refuse
from labkit.sandbox.services.s3 import lifecycle

HEADER = "x-amz-tagging"
ALLOWED = re.compile(r"[\w\s+\-=.:/@]*")
"""Letters, digits and white space of any language, and some signs."""

LONGEST_KEY, LONGEST_VALUE = 128, 256
MOST_OF_A_BUCKET = 50

TWICE_IN_HEADER = (
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters "
    "without tag name duplicates."
)
TWICE = "Cannot provide multiple Tags with the same key"
BAD_KEY = "The TagKey you have provided is invalid"
BAD_VALUE = "The TagValue you have provided is invalid"
OF_OBJECT = "Your TagKey cannot be prefixed with aws:"
OF_BUCKET = "System tags cannot be added/updated by requester"
MANY = "Bucket tag count cannot be greater than 50"

Tags = list[tuple[str, str]]


def check_header(text: str) -> None:
    """Check the tags that an object is put with.

    Raises
    ------
    AwsError
        If S3 refuses one of them.
    """
    given = parse_qsl(text, keep_blank_values=True)
    if len({key for key, _ in given}) < len(given):
        named = {"ArgumentName": HEADER, "ArgumentValue": text}
        raise AwsError(TWICE_IN_HEADER, "InvalidArgument", members=named)
    _check(given, OF_OBJECT)


def check_body(body: bytes, *, of_bucket: bool) -> None:
    """Check the tags that an object or a bucket gets.

    Raises
    ------
    AwsError
        If S3 refuses one of them, or they cannot be read.
    """
    try:
        found = minidom.parseString(body).getElementsByTagName("Tag")
    except ExpatError:
        refuse(*lifecycle.MALFORMED)
    given = [(_of(one, "Key"), _of(one, "Value")) for one in found]
    if of_bucket and len(given) > MOST_OF_A_BUCKET:
        refuse("BadRequest", MANY)
    _check(given, OF_BUCKET if of_bucket else OF_OBJECT)


def _of(tag: Any, name: str) -> str:
    found = tag.getElementsByTagName(name)
    if not found:
        refuse(*lifecycle.MALFORMED)
    return lifecycle.text(found[0])


def _check(given: Tags, reserved: str) -> None:
    seen: set[str] = set()
    for key, value in given:
        if key in seen:
            raise _invalid(TWICE, TagKey=key)
        if not key or len(key) > LONGEST_KEY or not ALLOWED.fullmatch(key):
            raise _invalid(BAD_KEY, TagKey=key)
        if len(value) > LONGEST_VALUE or not ALLOWED.fullmatch(value):
            raise _invalid(BAD_VALUE, TagKey=key, TagValue=value)
        if key.lower().startswith("aws:"):
            raise _invalid(reserved, TagKey=key)
        seen.add(key)


def _invalid(said: str, **named: str) -> AwsError:
    return AwsError(said, "InvalidTag", members=named)

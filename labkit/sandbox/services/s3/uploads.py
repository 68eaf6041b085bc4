"""Multipart uploads: the parts that complete one, in their order and size.

MiniStack puts parts into order by itself and takes any size.
Source: S3 User Guide, "Amazon S3 multipart upload limits"; API Reference, CompleteMultipartUpload
and DeleteObjects; the texts as AWS answers them.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any
from xml.dom import minidom
from xml.parsers.expat import ExpatError

from labkit.sandbox.gateway.errors import AwsError, refuse
from labkit.sandbox.services.s3 import lifecycle
from labkit.sandbox.upstream.s3 import s3

SMALLEST = 5 * 1024 * 1024
"""Bytes of every part but the last."""

MOST_KEYS = 1000
"""Objects of one DeleteObjects."""

ORDER = "The list of parts was not in ascending order. Parts must be ordered by part number."
NO_PART = "You must specify at least one part"
UNKNOWN = (
    "One or more of the specified parts could not be found.  The part may not have been uploaded, "
    "or the specified entity tag may not match the part's entity tag."
)
SMALL = "Your proposed upload is smaller than the minimum allowed size"


def check_completion(upload_id: str, body: bytes) -> None:
    """Check the parts that are to complete an upload.

    Raises
    ------
    AwsError
        If there are none, or one of them is not in order, not there or too small.
    """
    upload = s3._multipart_uploads.get(upload_id)
    if upload is None:
        return  # MiniStack says so
    parts = [(_number(one), _text(one, "ETag")) for one in _named(body)]
    if not parts:
        refuse("InvalidRequest", NO_PART)
    if any(after[0] <= before[0] for before, after in pairwise(parts)):
        raise AwsError(ORDER, "InvalidPartOrder", members={"UploadId": upload_id})
    for number, tag in parts:
        kept = upload["parts"].get(number)
        if kept is None or (tag and tag.strip('"') != kept["etag"].strip('"')):
            named = {"UploadId": upload_id, "PartNumber": str(number), "ETag": tag.strip('"')}
            raise AwsError(UNKNOWN, "InvalidPart", members=named)
    for number, tag in parts[:-1]:
        size = len(upload["parts"][number]["body"])
        if size < SMALLEST:
            raise AwsError(SMALL, "EntityTooSmall", members={
                "ETag": tag.strip('"'),
                "MinSizeAllowed": str(SMALLEST),
                "PartNumber": str(number),
                "ProposedSize": str(size),
            })  # fmt: skip


def check_deletion(body: bytes) -> None:
    """Check the objects that are to be deleted at once.

    Raises
    ------
    AwsError
        If there are none, or too many.
    """
    if not 1 <= len(_named(body, "Object")) <= MOST_KEYS:
        refuse(*lifecycle.MALFORMED)


def _named(body: bytes, name: str = "Part") -> list[Any]:
    try:
        return list(minidom.parseString(body).getElementsByTagName(name))
    except ExpatError:
        refuse(*lifecycle.MALFORMED)


def _number(part: Any) -> int:
    text = _text(part, "PartNumber")
    if not text.isdecimal():
        refuse(*lifecycle.MALFORMED)
    return int(text)


def _text(node: Any, name: str) -> str:
    found = node.getElementsByTagName(name)
    return lifecycle.text(found[0]) if found else ""

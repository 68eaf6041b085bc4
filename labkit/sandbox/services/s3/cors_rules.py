"""Rules of a bucket for browsers that S3 refuses. MiniStack keeps any.

Source: S3 User Guide, "Elements of a CORS configuration"; some texts are on no
record of an answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.dom import minidom

from labkit.sandbox.services.s3 import lifecycle

METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD")
MOST = 100

BAD_METHOD = "Found unsupported HTTP method in CORS config. Unsupported method is {}"
WILDCARDS = '{} "{}" can not have more than one wildcard.'
EXPOSED = (
    'ExposeHeader "{}" contains wildcard. We currently do not support wildcard for ExposeHeader.'
)


def problem(body: bytes) -> lifecycle.Problem | None:
    """Return what is wrong with a configuration, or None."""
    return next(_problems(body), None)


def _problems(body: bytes) -> Iterator[lifecycle.Problem]:
    rules = minidom.parseString(body).getElementsByTagName("CORSRule")
    if not 1 <= len(rules) <= MOST:
        yield lifecycle.MALFORMED
    for rule in rules:
        texts = {
            name: [lifecycle.text(one) for one in rule.getElementsByTagName(name)]
            for name in ("AllowedMethod", "AllowedOrigin", "AllowedHeader", "ExposeHeader")
        }
        if not texts["AllowedMethod"] or not texts["AllowedOrigin"]:
            yield lifecycle.MALFORMED
        for method in texts["AllowedMethod"]:
            if method not in METHODS:
                yield "InvalidRequest", BAD_METHOD.format(method)
        for name in ("AllowedOrigin", "AllowedHeader"):
            for one in texts[name]:
                if one.count("*") > 1:
                    yield "InvalidRequest", WILDCARDS.format(name, one)
        for one in texts["ExposeHeader"]:
            if "*" in one:
                yield "InvalidRequest", EXPOSED.format(one)

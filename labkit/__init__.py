"""A hands-on AWS serverless bootcamp: lessons drive it, it provisions, measures and cleans up.

A notebook needs one name from here::

    from labkit import Lab

    lab = Lab("delivery-queue")
    sqs = lab.client("sqs")  # an ordinary boto3 client
"""

from __future__ import annotations

__version__ = "0.1.0"

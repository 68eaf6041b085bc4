"""What an account uses: the size of its code, every version of functions and layers included.

MiniStack counts the newest code of functions alone.
Source: Lambda API Reference, AccountUsage ("the amount of storage space, in bytes, that's being
used by deployment packages and layer archives"); that each published version counts, as AWS
answers.
"""

from __future__ import annotations

import json

from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.upstream.lambda_ import lambda_svc


async def answer(request: Request) -> Response:
    """Answer GetAccountSettings."""
    response = await request.forward()
    content = json.loads(response.body)
    content["AccountUsage"]["TotalCodeSize"] = _code_bytes()
    return response._replace(body=json.dumps(content).encode())


def _code_bytes() -> int:
    functions = list(lambda_svc._functions.values())
    versions = [one for function in functions for one in function["versions"].values()]
    layers = [one for layer in lambda_svc._layers.values() for one in layer["versions"]]
    sizes = [len(one.get("code_zip") or b"") for one in (*functions, *versions)]
    return sum(sizes) + sum(
        int(one["Content"]["CodeSize"]) for one in layers if not one.get("_deleted")
    )

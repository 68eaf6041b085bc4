"""`python -m labkit.classroom.credentials`: prints the learner's keys of AWS, from the class view.

`aws_config` names it as `credential_process`, so each SDK and the AWS CLI run it whenever the keys
are about to end.
"""

from __future__ import annotations

import json
import os
import sys
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from labkit.classroom.reporter import VIEW

ANSWER_S = 30


def main() -> int:
    """Print the keys, or on standard error why there are none."""
    token = os.environ.get("JUPYTERHUB_API_TOKEN", "")
    request = Request(
        f"{os.environ[VIEW]}/api/credentials", headers={"Authorization": f"token {token}"}
    )
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=ANSWER_S) as answer:
            print(answer.read().decode())
    except HTTPError as error:
        print(_message(error), file=sys.stderr)
        return 1
    except OSError as error:
        print(f"The class view does not answer ({error}); try again.", file=sys.stderr)
        return 1
    return 0


def _message(error: HTTPError) -> str:
    try:
        return str(json.loads(error.read())["message"])
    except (ValueError, KeyError, TypeError):
        return f"The class view gave no keys (status {error.code})."


if __name__ == "__main__":
    sys.exit(main())

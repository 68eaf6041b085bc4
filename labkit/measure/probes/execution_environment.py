"""Writes into the function's log which execution environment runs a call, and since when it lives.

Goes into a function's package: ``import execution_environment``, and in the handler, first,
``execution_environment.report()``.
"""

import json
import os
import time

BORN = {
    "log_stream": os.environ["AWS_LAMBDA_LOG_STREAM_NAME"],
    "instance": os.urandom(8).hex(),
    "initialized_at": time.time(),
    "initialization_type": os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"],
}


def report() -> None:
    """Write one line: once per call, the same for all calls of one initialisation."""
    print(json.dumps({"execution_environment": BORN}))

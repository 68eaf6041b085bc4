"""Variants of one small function: what it imports, and what lies in its package."""

from __future__ import annotations

import numpy as np

PADDING = "padding.bin"
"""Name of a file that no code reads."""

_IMPORTING = '''"""Measures its own import: the interpreter's clock, not Lambda's."""
import time

import execution_environment

began = time.perf_counter()
{statement}
IMPORT_MS = (time.perf_counter() - began) * 1000


def handler(event, context):
    execution_environment.report()
    return {{"import_ms": IMPORT_MS}}
'''


def importing(statement: str) -> str:
    """Return the source of a function that runs one import statement and times it.

    Its handler answers ``{"import_ms": …}``, what the statement took in INIT, in ms.

    Parameters
    ----------
    statement : str
        Such as ``"import boto3"``; ``"pass"`` imports nothing.
    """
    return _IMPORTING.format(statement=statement)


def many_functions(number: int) -> str:
    """Return the source of a module with so many small functions: code to be read and compiled."""
    template = (
        "def step_{n}(order):\n    return {{**order, 'step': {n}, 'total': order['total'] + {n}}}\n"
    )
    return "\n\n".join(template.format(n=n) for n in range(number))


def padding(megabytes: float, seed: int = 1) -> bytes:
    """Return bytes that no archive makes smaller, the same for the same seed."""
    return np.random.default_rng(seed).bytes(round(megabytes * 1e6))

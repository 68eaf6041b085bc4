"""`python -m labkit.sandbox`: start the embedded AWS and say where it listens."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from labkit.sandbox.process.supervisor import Options, StartError, supervise


def main() -> int:
    """Run the sandbox until Ctrl-C, SIGTERM or the end of its owner; return the exit code."""
    try:
        return supervise(arguments())
    except StartError as reason:
        print(f"labkit.sandbox: {reason}", file=sys.stderr)
        return 1


def arguments() -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m labkit.sandbox",
        description="An embedded AWS on 127.0.0.1, for as long as this command runs.",
    )
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--region", default="ap-northeast-2")
    parser.add_argument("--account", default="111122223333", type=account, help="12 digits")
    parser.add_argument("--json", action="store_true", help="print one line of JSON when healthy")
    parser.add_argument(
        "--until-stdin-closes", action="store_true", help="end when standard input ends"
    )
    parser.add_argument(
        "--learner-policy",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="hand out the keys of an IAM user with this policy (may be repeated), not root's",
    )
    parser.add_argument(
        "--role-boundary",
        type=Path,
        metavar="FILE",
        help="with --learner-policy: also make this policy, for the learner's roles",
    )
    parser.add_argument(
        "--secret",
        type=_secret,
        metavar="VALUE",
        help="for tools that need a fixed secret access key: take this one, which everybody on "
        "this computer may read, and not one that nobody knows",
    )
    parser.add_argument(
        "--allow-origin",
        type=_origin,
        action="append",
        default=[],
        metavar="ORIGIN",
        help="let web pages of this origin, say http://localhost:5173, call the sandbox (may be "
        "repeated); by default none may",
    )
    return Options(**vars(parser.parse_args()))


def account(text: str) -> str:
    """Check that `text` is an account number: 12 digits."""
    if len(text) == 12 and text.isdecimal():
        return text
    raise argparse.ArgumentTypeError(f"an account number has 12 digits, {text!r} has not")


def _secret(text: str) -> str:
    """Check that `text` can be a secret access key."""
    if text and text.isascii() and text.isprintable() and " " not in text:
        return text
    raise argparse.ArgumentTypeError("a secret is of printable ASCII characters without spaces")


def _origin(text: str) -> str:
    """Check that `text` is an origin as browsers send it: a scheme, a host and perhaps a port."""
    if re.fullmatch(r"https?://[a-z0-9.\-\[\]:]+", text):
        return text
    raise argparse.ArgumentTypeError(
        f"an origin looks like http://localhost:5173, with no path; {text!r} does not"
    )


if __name__ == "__main__":
    sys.exit(main())

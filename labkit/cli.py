"""The ``labkit`` command: each subcommand is a thin function over one part of the library."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from labkit.errors import LabkitError

Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand and return its exit code: 0 for success, 1 for a problem it reported."""
    parser = _parser()
    parsed, rest = parser.parse_known_args(arguments)
    if rest and not parsed.passes_on:
        parser.error(f"unknown arguments: {' '.join(rest)}")
    parsed.rest = rest
    command: Command = parsed.command
    try:
        return command(parsed)
    except LabkitError as error:
        print(f"labkit: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("labkit: interrupted", file=sys.stderr)
        return 130  # 128 + SIGINT, as shells report it


def build(options: argparse.Namespace) -> int:
    """Build both editions, or with ``--check`` only compare."""
    from labkit.course.build import build, differences
    from labkit.course.lesson import course_folder

    if options.check:
        found = differences(course_folder())
        print("\n".join(found), file=sys.stderr, end="\n" if found else "")
        return 1 if found else 0
    written = build(course_folder())
    print(f"{len(written)} notebooks built.")
    return 0


def sandbox(options: argparse.Namespace) -> int:
    """Become the sandbox program."""
    arguments = [sys.executable, "-m", "labkit.sandbox", *options.rest]
    os.execv(sys.executable, arguments)


def _parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        prog="labkit", description="A hands-on AWS serverless bootcamp in JupyterLab."
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(command: Command, summary: str, passes_on: bool = False) -> argparse.ArgumentParser:
        added = commands.add_parser(
            command.__name__,
            help=summary,
            description=summary,
            allow_abbrev=False,
            add_help=command is not sandbox,
        )
        added.set_defaults(command=command, passes_on=passes_on)
        return added

    add(sandbox, "run the embedded AWS in the foreground; --help lists its options", passes_on=True)
    add(build, "build notebooks/ and solutions/ from lessons/").add_argument(
        "--check",
        action="store_true",
        help="write nothing; fail if a rebuild would change anything",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())

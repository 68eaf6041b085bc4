"""The ``labkit`` command: each subcommand is a thin function over one part of the library."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

from labkit import cli_options
from labkit.errors import LabkitError
from labkit.show.terminal import say

Command = Callable[[argparse.Namespace], int]

INTERRUPTED = 130
"""Exit code after Ctrl-C: 128 + SIGINT, as shells report it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand and return its exit code: 0 for success, 1 for a problem it reported."""
    _print_whatever_can_be_printed()
    parser = _parser()
    if not (sys.argv[1:] if arguments is None else arguments):
        parser.print_help()
        return 0
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
    except BrokenPipeError:  # whoever read it has read enough, such as `head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("labkit: interrupted", file=sys.stderr)
        return INTERRUPTED


def _print_whatever_can_be_printed() -> None:
    """Print ``?`` for a sign that the terminal's encoding, such as cp949, has not."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def lab(options: argparse.Namespace) -> int:
    """Start a sandbox and become JupyterLab, or show the one that has the course open already."""
    from labkit.course.launch import launch

    launch(options.rest)
    return 0


def sandbox(options: argparse.Namespace) -> int:
    """Become the sandbox program."""
    arguments = [sys.executable, "-m", "labkit.sandbox", *options.rest]
    os.execv(sys.executable, arguments)


def build(options: argparse.Namespace) -> int:
    """Build both editions, or with ``--check`` only compare."""
    from labkit.course.build import build, differences
    from labkit.course.lesson import course_folder
    from labkit.resources import generated

    if options.check:
        found = [*differences(course_folder()), *generated.differences()]
        print("\n".join(found), file=sys.stderr, end="\n" if found else "")
        return 1 if found else 0
    written, others = build(course_folder()), generated.write()
    print(f"{len(written)} notebooks built.")
    print("\n".join(f"{path.name} built." for path in others), end="\n" if others else "")
    return 0


def smoke(options: argparse.Namespace) -> int:
    """Run lessons and report how they went."""
    from labkit.course.smoke.command import smoke

    reports = smoke(options)
    if any(report.interrupted or report.not_run for report in reports):
        return INTERRUPTED
    return 0 if all(report.passed for report in reports) else 1


def doctor(options: argparse.Namespace) -> int:
    """Say whether lessons can run here, and what to do where they cannot."""
    from labkit.course.doctor.examine import examine

    diagnosis = examine(options.target, options.region)
    print(diagnosis.as_json()) if options.json else say(repr(diagnosis))
    return 0 if diagnosis.healthy else 1


def teardown(options: argparse.Namespace) -> int:
    """Tear down every unfinished run of this user."""
    from labkit.resources.runs import teardown_all

    reports = teardown_all(progress=_seen(options))
    if options.json:
        print(json.dumps([report.as_json() for report in reports], ensure_ascii=False, indent=1))
    else:
        say("\n\n".join(map(repr, reports)) or "No run is unfinished; nothing to tear down.")
    return 0 if all(report.clean for report in reports) else 1


def _seen(options: argparse.Namespace) -> bool:
    """Whether somebody looks at a bar that moves."""
    return not options.json and sys.stderr.isatty()


def sweep(options: argparse.Namespace) -> int:
    """Tear down what no journal here knows of: one's own lost runs, or all expired ones."""
    from labkit.aws.opening import open_target
    from labkit.resources.sweep import sweep_target

    target = open_target(options.target, options.region)
    swept = sweep_target(
        target, options.expired, options.at_most, not options.list, progress=_seen(options)
    )
    if options.json:
        print(json.dumps(swept.as_json(), ensure_ascii=False, indent=1))
    else:
        say(str(swept))
    return 0 if swept.verdict == "clean" else 1


def status(options: argparse.Namespace) -> int:
    """Print the exercises that were solved, and the runs that are not torn down."""
    from labkit.course.status import as_json, solved_exercises, times, unfinished_runs

    if options.json:
        print(as_json())
        return 0
    if options.times:
        print(times())
        return 0
    say("\n".join([*solved_exercises(), "", *unfinished_runs()]))
    return 0


def cost(options: argparse.Namespace) -> int:
    """Print what lessons will cost, or what the runs that are not torn down cost so far."""
    from labkit.course.cost_report import lesson_bills, run_bills

    if options.lesson:
        bills = lesson_bills(options.lesson, options.region, options.target == "aws")
    else:
        bills = list(run_bills())
    if options.json:
        print(json.dumps([bill.as_json() for bill in bills], ensure_ascii=False, indent=1))
    else:
        say("\n\n".join(map(repr, bills)) or "No run is unfinished; nothing costs anything.")
    return 0


def account(options: argparse.Namespace) -> int:
    """Prepare an account for labkit, or check what is missing."""
    from labkit.aws.opening import open_target

    target = open_target(options.target, options.region)
    if options.what == "check":
        from labkit.course.doctor.preparation import check

        diagnosis = check(target)
        print(diagnosis.as_json()) if options.json else say(repr(diagnosis))
        return 0 if diagnosis.healthy else 1
    from labkit.resources.account.prepare import prepare

    done = prepare(target, options.email, options.budget_usd, options.until, options.list)
    if options.json:
        print(json.dumps(done.as_json(), ensure_ascii=False, indent=1))
    else:
        say(str(done))
    return 0


def update(options: argparse.Namespace) -> int:
    """Bring the learner's copies up to the course, and say what was kept."""
    from labkit.course.lesson import course_folder
    from labkit.course.update import update as update_copies

    say("\n".join(map(str, update_copies(course_folder()))))
    return 0


def timetable(options: argparse.Namespace) -> int:
    """Print the timetable for a start."""
    from labkit.course import timetable as tables
    from labkit.course.lesson import Lesson, lesson_paths, read_lesson
    from labkit.course.to_come import with_to_come

    measured = tables.read_measured(options.measured) if options.measured else None
    lessons = with_to_come([read_lesson(path) for path in lesson_paths()])
    if options.sums:
        print(tables.sums([one for one in lessons if isinstance(one, Lesson)]), end="")
        return 0
    days = tables.timetable(lessons, options.start)
    if options.html or options.markdown:
        written = tables.as_html if options.html else tables.as_markdown
        print(written(days, measured), end="")
    else:
        say(tables.as_text(days, measured))
    return 0


def prices(options: argparse.Namespace) -> int:
    """Print the price sheet."""
    from labkit.prices import listing, load

    if options.refresh is not None:
        return _refresh_prices(options)
    chosen = listing.chosen(load(), options.word, options.region)
    if options.json:
        print(listing.as_json(chosen))
    else:
        say((listing.as_sources if options.sources else listing.as_table)(chosen))
    return 0


def _refresh_prices(options: argparse.Namespace) -> int:
    """Write the price sheet anew, from files or from an account's Price List."""
    from labkit.aws.opening import open_target
    from labkit.prices import load, price_list, refresh

    if options.refresh:
        rates = price_list.read(options.refresh)
    else:
        session = open_target("aws", price_list.API_REGION).session
        pricing = session.client("pricing", region_name=price_list.API_REGION)
        regions = [options.region] if options.region else load().regions()
        rates = price_list.fetch(pricing, regions, refresh.SERVICES)
    print(refresh.renew(rates))
    return 0


def slides(options: argparse.Namespace) -> int:
    """Write slides of the lessons."""
    from labkit.course.slides import write_slides

    return _written(write_slides(options.folder))


def instructor(options: argparse.Namespace) -> int:
    """Write the instructor's edition of the lessons."""
    from labkit.course.instructor import write_instructor

    return _written(write_instructor(options.folder))


def class_(options: argparse.Namespace) -> int:
    """Make or serve a class."""
    from labkit.classroom.class_command import run

    return run(options)


def _written(paths: Sequence[Path]) -> int:
    """Say where the pages are, and the one to open."""
    index = paths[-1]
    print(f"{len(paths) - 1} pages written to {index.parent}. Open this one:")
    print(f"  {index.as_uri()}")
    return 0


SUBCOMMANDS: tuple[tuple[Command, str, Callable[[argparse.ArgumentParser], None] | None], ...] = (
    (lab, "start a sandbox and JupyterLab on the course; takes `jupyter lab`'s options", None),
    (sandbox, "run the embedded AWS in the foreground; --help lists its options", None),
    (build, "build notebooks/ and solutions/ from lessons/", cli_options.build),
    (smoke, "run lessons, each on a sandbox of its own, and check each", cli_options.smoke),
    (
        doctor,
        "say whether lessons can run here, and what to do where they cannot",
        cli_options.doctor,
    ),
    (
        teardown,
        "delete what is left of every unfinished run, in any target",
        cli_options.teardown,
    ),
    (
        sweep,
        "delete your own runs whose journal is lost; by their tags and names",
        cli_options.sweep,
    ),
    (
        status,
        "show which exercises are solved and which runs are unfinished",
        cli_options.status,
    ),
    (cost, "say what unfinished runs cost so far, or what lessons will cost", cli_options.cost),
    (account, "for instructors: prepare an account, or say what it lacks", cli_options.account),
    (update, "bring the course's changes into my-lessons/, and keep what you wrote", None),
    (timetable, "print the timetable, from the lessons' planned minutes", cli_options.timetable),
    (
        prices,
        "print the price sheet that the lessons compute with, or refresh it",
        cli_options.prices,
    ),
    (slides, "write slides of every lesson as pages that need no network", cli_options.slides),
    (class_, "for instructors: a class on one host, an invitation link each", cli_options.class_),
    (
        instructor,
        "write the instructor's edition of every lesson as pages that need no network",
        cli_options.instructor,
    ),
)
"""Each subcommand, what `labkit --help` says of it, and what describes its options."""

PASSES_ON = (lab, sandbox)
"""Subcommands that hand on whatever arguments they get."""


class _Help(argparse.HelpFormatter):
    """Has room for each command's name: argparse forgets that they are indented."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog)
        self._action_max_length = max(len(one.__name__) for one, _, _ in SUBCOMMANDS) + 4


def _parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        prog="labkit",
        description="A hands-on AWS serverless bootcamp in JupyterLab.",
        formatter_class=_Help,
    )
    parser.add_argument("--version", action="version", version=f"labkit {version('labkit')}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command, summary, describe in SUBCOMMANDS:
        added = commands.add_parser(
            command.__name__.rstrip("_"),
            help=summary,
            description=summary,
            allow_abbrev=False,
            add_help=command is not sandbox,
        )
        added.set_defaults(command=command, passes_on=command in PASSES_ON)
        if describe is not None:
            describe(added)
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""The options of each subcommand of ``labkit``: a function for each, which describes them."""

from __future__ import annotations

import argparse
from datetime import date, time
from pathlib import Path

Parser = argparse.ArgumentParser

TARGETS = ("local", "aws")


def build(parser: Parser) -> None:
    """Describe the options of ``labkit build``."""
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail where a rebuild would differ"
    )


def smoke(parser: Parser) -> None:
    """Describe the options of ``labkit smoke``."""
    add = parser.add_argument
    add("lesson", nargs="*", help="numbers or slugs of lessons; default: all")
    add(
        "--edition",
        choices=("solutions", "notebooks"),
        default="solutions",
        help="the solved lessons, or the learner's: each exercise has to stop there, and is solved",
    )
    add("--target", choices=TARGETS, default="local", help="default: local")
    length = parser.add_mutually_exclusive_group()
    length.add_argument(
        "--quick", action="store_true", default=True, help="the lessons' shorter way (default)"
    )
    length.add_argument("--full", dest="quick", action="store_false", help="as learners meet them")
    add("--core", action="store_true", help="leave out the sections that are marked extra")
    add("-j", "--jobs", type=_count, default=2, help="lessons at a time; default: 2")
    add(
        "-p",
        dest="parameter",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="set a parameter of the lessons",
    )
    add("--cell-timeout", type=_count, metavar="SECONDS", help="default: 300, on aws 1800")
    add("--dask", metavar="ADDRESS", help="spread the lessons over this Dask cluster")
    add("--report", metavar="FILE", help="write a JUnit file")
    add("--html", metavar="FOLDER", help="write each executed notebook as a page")
    _json(parser, "a table")


def doctor(parser: Parser) -> None:
    """Describe the options of ``labkit doctor``."""
    _target(parser)
    parser.add_argument("--region", help="of the account; default: the one you are signed in to")
    _json(parser, "lines")


def teardown(parser: Parser) -> None:
    """Describe the options of ``labkit teardown``."""
    _json(parser, "tables")


def sweep(parser: Parser) -> None:
    """Describe the options of ``labkit sweep``."""
    add = parser.add_argument
    add(
        "--expired",
        action="store_true",
        help="for instructors: everybody's runs whose time is over instead",
    )
    add("--list", action="store_true", help="with --expired: only look, and delete nothing")
    add(
        "--at-most",
        type=_count,
        default=100,
        metavar="N",
        help="with --expired: delete nothing if more than N resources would go; default: 100",
    )
    _target(parser)
    _region(parser)
    _json(parser, "tables")


def status(parser: Parser) -> None:
    """Describe the options of ``labkit status``."""
    _json(parser, "lines")
    parser.add_argument(
        "--times",
        action="store_true",
        help="print only the minutes that each finished lesson took, to hand to an instructor",
    )


def cost(parser: Parser) -> None:
    """Describe the options of ``labkit cost``."""
    add = parser.add_argument
    add("lesson", nargs="*", help="numbers or slugs; default: unfinished runs")
    add("--target", choices=TARGETS, default="local", help="default: local")
    add("--region", default="ap-northeast-2", help="whose prices; default: ap-northeast-2")
    _json(parser, "tables")


def account(parser: Parser) -> None:
    """Describe the options of ``labkit account``."""
    whats = parser.add_subparsers(metavar="prepare|check", dest="what", required=True)
    prepares = whats.add_parser(
        "prepare", help="put in consent, policies, budget alarm and reaper, or update them"
    )
    prepares.add_argument("--email", help="who is told when the account nears its budget")
    prepares.add_argument("--budget-usd", type=float, metavar="USD", help="a month; default: 20")
    prepares.add_argument(
        "--until", type=_date, metavar="DATE", help="when the consent ends; default: in 90 days"
    )
    prepares.add_argument("--list", action="store_true", help="only say what would change")
    checks = whats.add_parser("check", help="say line by line what is there and what is missing")
    for one in (prepares, checks):
        _target(one)
        _region(one)
        _json(one, "lines")


def timetable(parser: Parser) -> None:
    """Describe the options of ``labkit timetable``."""
    add = parser.add_argument
    add("--start", type=_time, default="10:00", help="default: 10:00")
    add("--html", action="store_true", help="print a page")
    add("--markdown", action="store_true", help="print Markdown")
    add("--sums", action="store_true", help="print what each lesson's minutes are the sum of")
    add(
        "--measured",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="what learners printed with `labkit status --times`, to show beside the plan",
    )


def prices(parser: Parser) -> None:
    """Describe the options of ``labkit prices``."""
    add = parser.add_argument
    add("word", nargs="*", help="only items with all of these in their name")
    add("--region", help="only this Region; default: all that the sheet has")
    add("--sources", action="store_true", help="say where each price was read, too")
    _json(parser, "a table")
    add(
        "--refresh",
        type=Path,
        nargs="*",
        metavar="FILE",
        help="write the sheet anew from AWS's bulk price files (JSON or CSV), or without a file "
        "from the Price List API, with the credentials that boto3 finds",
    )


def slides(parser: Parser) -> None:
    """Describe the options of ``labkit slides``."""
    parser.add_argument("--folder", type=Path, help="default: out/slides")


def instructor(parser: Parser) -> None:
    """Describe the options of ``labkit instructor``."""
    parser.add_argument("--folder", type=Path, help="default: out/instructor")


def class_(parser: Parser) -> None:
    """Describe the options of ``labkit class``."""
    from labkit.classroom.class_command import describe

    describe(parser)


def _target(parser: Parser) -> None:
    parser.add_argument("--target", choices=TARGETS, help="default: LABKIT_TARGET, or local")


def _region(parser: Parser) -> None:
    parser.add_argument("--region", help="default: the target's own")


def _json(parser: Parser, instead: str) -> None:
    parser.add_argument("--json", action="store_true", help=f"print JSON instead of {instead}")


def _time(text: str) -> time:
    """Read a time of day."""
    from labkit.course.timetable import read_start

    try:
        return read_start(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"a time such as 10:00, not {text!r}") from None


def _date(text: str) -> date:
    """Read a day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"a day such as 2026-12-31, not {text!r}") from None


def _count(text: str) -> int:
    """Read a number from 1."""
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError(f"a number from 1, not {text!r}")

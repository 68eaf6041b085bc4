"""`labkit class …`: what an instructor says on the command line."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from labkit.classroom.folder import ClassFolder, new_class, open_class, write_roster
from labkit.classroom.invitations import instructors_link, links
from labkit.classroom.ledger import FILE, Ledger
from labkit.errors import LabkitError

Parser = argparse.ArgumentParser
WHAT = ("check", "prepare", "hand-out", "console", "report", "revoke", "sweep", "remove")
"""What `labkit class accounts` does, in the order in which a class needs it."""


def run(options: argparse.Namespace) -> int:
    """Run one of the subcommands."""
    what: Callable[[argparse.Namespace], int] = options.class_command
    return what(options)


def new(options: argparse.Namespace) -> int:
    """Make a class folder."""
    made = new_class(options.folder, options.name, _names(options), options.url)
    print(f"{made.path} is made, for {len(made.learners)} learners; class.toml has its settings.")
    print(f"Next: labkit class check {made.path}; then labkit class serve {made.path}")
    return 0


def serve(options: argparse.Namespace) -> int:
    """Serve a class until Ctrl-C."""
    from labkit.classroom.serve import serve as serve_class

    return serve_class(
        open_class(options.folder), trusting=options.trust_each_other, start_all=options.start
    )


def check(options: argparse.Namespace) -> int:
    """Say what this host has and lacks for a class; nothing is started."""
    from labkit.classroom.preflight import examine

    diagnosis = examine(open_class(options.folder))
    print(diagnosis)
    return 0 if diagnosis.healthy else 1


def print_links(options: argparse.Namespace) -> int:
    """Print the learners' links, as CSV to hand out."""
    folder = open_class(options.folder)
    found = links(folder)
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(("who", "name", "link"))
    rows.writerows((one.who, one.name, found[one.who]) for one in folder.learners)
    return 0


def renew(options: argparse.Namespace) -> int:
    """Give a learner a new link; the old one lets nobody in any more."""
    folder = open_class(options.folder)
    learner = folder.learner(options.who)
    if learner not in folder.learners:
        raise LabkitError("The instructor's links end by themselves; nothing was changed.")
    renewed = tuple(
        replace(one, generation=one.generation + 1) if one == learner else one
        for one in folder.learners
    )
    changed = ClassFolder(folder.path, folder.settings, renewed)
    write_roster(changed)
    print(links(changed)[options.who])
    return 0


def accounts(options: argparse.Namespace) -> int:
    """Do one thing with the accounts of a class, for everybody or for one learner."""
    from labkit.aws.opening import open_target
    from labkit.classroom.account_sessions import AccountSessions
    from labkit.course.doctor.findings import Diagnosis

    folder = open_class(options.folder)
    region = options.region or folder.settings.region or None
    sessions = AccountSessions.open(folder, open_target(options.target, region))
    if options.what == "check":
        diagnosis = Diagnosis(
            sessions.target.name,
            list(sessions.check(options.who)),
            good="The class has the accounts that it needs",
            bad="The class has not yet the accounts that it needs",
        )
        print(diagnosis)
        return 0 if diagnosis.healthy else 1
    more = {"email": options.email} if options.what == "prepare" else {}
    for line in getattr(sessions, options.what.replace("-", "_"))(options.who, **more):
        print(line, flush=True)
    return 0


def forget(options: argparse.Namespace) -> int:
    """Delete what learners have shared; their homes stay."""
    from labkit.classroom.serve import only_one

    folder = open_class(options.folder)
    with only_one(folder):  # the class view of one that is served would still show it
        ledger = Ledger(folder.private / FILE)
        ledger.forget_all()
        ledger.close()
    print(f"What learners have shared is deleted. Their homes are in {folder.homes}.")
    return 0


def instructor(options: argparse.Namespace) -> int:
    """Print a fresh link for the instructor."""
    print(instructors_link(open_class(options.folder)))
    return 0


def describe(parser: Parser) -> None:
    """Describe the options of ``labkit class``."""
    commands = parser.add_subparsers(metavar="WHAT", required=True)

    def add(name: str, command: Callable[[argparse.Namespace], int], said: str) -> Parser:
        added = commands.add_parser(name, help=said, description=said, allow_abbrev=False)
        added.set_defaults(class_command=command)
        return added

    _describe_new(add("new", new, "make a class folder: roster, invitation links, settings"))
    served = add("serve", serve, "serve a class on this host until Ctrl-C")
    served.add_argument("folder", type=Path)
    served.add_argument(
        "--trust-each-other",
        action="store_true",
        help="where learners cannot be kept apart: go on, all as one user of this host",
    )
    served.add_argument(
        "--no-start",
        dest="start",
        action="store_false",
        help="start a server when its learner comes, and not everybody's at once",
    )
    for name, command, said in (
        ("check", check, "say what this host has and lacks for a class"),
        ("links", print_links, "print the learners' invitation links as CSV"),
        ("forget", forget, "delete what learners have shared with the class view"),
        ("instructor", instructor, "print a link for the instructor, good for 15 minutes"),
    ):
        add(name, command, said).add_argument("folder", type=Path)
    _describe_accounts(
        add(
            "accounts",
            accounts,
            "AWS accounts for a class, one for all or one for each: a role for each learner",
        )
    )
    renewed = add("renew", renew, "give a learner a new link, and end the old one")
    renewed.add_argument("folder", type=Path)
    renewed.add_argument("who", help="the pseudonym, such as learner-07")


def _describe_new(parser: Parser) -> None:
    parser.add_argument("name", help="what people read, such as “Seoul, 13 June”")
    parser.add_argument("--folder", type=Path, default=Path("class"), help="default: class")
    people = parser.add_mutually_exclusive_group(required=True)
    people.add_argument("--learners", type=int, metavar="N", help="so many, by pseudonym")
    people.add_argument("--names", type=Path, metavar="FILE", help="a name on each line")
    parser.add_argument(
        "--url", help="where learners' browsers find it, such as https://lab.example.org"
    )


def _describe_accounts(parser: Parser) -> None:
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "what",
        choices=WHAT,
        help="look at quotas; make the roles; write each learner's session into a file; print "
        "links to AWS's console; count what lessons left; end sessions; delete what lessons left; "
        "take the roles away",
    )
    parser.add_argument("who", nargs="?", help="a pseudonym; by default everybody")
    parser.add_argument(
        "--email", help="with prepare and a list: who is told when an account nears its budget"
    )
    parser.add_argument(
        "--target", choices=("local", "aws"), help="default: LABKIT_TARGET, or local"
    )
    parser.add_argument("--region", help="default: the target's own")


def _names(options: argparse.Namespace) -> list[str]:
    """Return the learners' names."""
    if options.names is None:
        return [""] * options.learners
    try:
        lines = options.names.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise LabkitError(f"{options.names} cannot be read ({error}); nothing was made.") from None
    return [line.strip() for line in lines if line.strip()]

"""Which requests are recorded: the first of each second, and a share of the others.

API Gateway and Step Functions ask the account's sampling rules, in the order of their priority; the
first that fits decides, and `Default` is the last. Lambda has a rule of its own, which nobody can
change. Who comes later in a trace does as the first has decided.
Source: X-Ray Developer Guide, "Configuring sampling rules"; Lambda Developer Guide, "Visualize
Lambda function invocations using AWS X-Ray".
"""

from __future__ import annotations

import fnmatch
import random
import re
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.upstream.app import responses

MOST_RULES = 25
"""Rules of an account in a Region beside the default one (X-Ray endpoints and quotas)."""

WIDEST = {"Host": "*", "HTTPMethod": "*", "ServiceName": "*", "ServiceType": "*", "URLPath": "*"}
"""What a rule looks at, and the pattern that fits everything."""

DEFAULT: dict[str, Any] = {
    "RuleName": "Default",
    "ResourceARN": "*",
    "Priority": 10_000,
    "FixedRate": 0.05,
    "ReservoirSize": 1,
    "Version": 1,
    "Attributes": {},
    **WIDEST,
}
"""One request a second and five per cent of the others."""

ARN = "arn:aws:xray:{region}:{account}:sampling-rule/{name}"

CHANGEABLE = ("Attributes", "FixedRate", "Priority", "ReservoirSize", "ResourceARN", *WIDEST)
NAMES = re.compile(r"[A-Za-z0-9_-]{1,32}")

Rule = dict[str, Any]


@dataclass
class Sampler:
    """Decides for the requests that one rule fits.

    Attributes
    ----------
    reservoir
        Requests a second that are recorded in any case.
    rate
        The share of the others, from 0 to 1.
    """

    reservoir: int
    rate: float
    second: int = 0
    taken: int = 0
    requests: int = 0
    sampled: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def decide(self) -> bool:
        """Tell whether the next request is recorded."""
        with self._lock:
            now = int(time.time())
            if now != self.second:
                self.second, self.taken = now, 0
            self.requests += 1
            chosen = self.taken < self.reservoir
            self.taken += chosen
            chosen = chosen or random.random() < self.rate
            self.sampled += chosen
            return chosen


@dataclass
class StoredRule:
    """A rule with its tags, when it was made and changed (seconds since 1970), what it decided."""

    rule: Rule
    made: float
    changed: float
    sampler: Sampler
    tags: dict[str, str] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """Return the rule as the API shows it."""
        return {"SamplingRule": self.rule, "CreatedAt": self.made, "ModifiedAt": self.changed}


@dataclass(frozen=True)
class Asked:
    """What a rule is matched with."""

    service_name: str
    service_type: str
    resource_arn: str = ""
    host: str = ""
    method: str = ""
    path: str = ""


_rules: dict[tuple[str, str], dict[str, StoredRule]] = {}
_of_functions: dict[str, Sampler] = {}


def decide(asked: Asked, account: str, region: str) -> tuple[bool, str]:
    """Tell whether a request that begins a trace is recorded, and which rule says so."""
    stored = sorted(
        _rules_of(account, region).values(),
        key=lambda one: (one.rule["Priority"], one.rule["RuleName"]),
    )
    for one in stored:
        if _fits(one.rule, asked):
            return one.sampler.decide(), one.rule["RuleName"]
    return False, ""


def decide_for_function(arn: str) -> bool:
    """Tell whether Lambda records a call that brings no decision."""
    sampler = _of_functions.setdefault(arn, Sampler(DEFAULT["ReservoirSize"], DEFAULT["FixedRate"]))
    return sampler.decide()


def rules() -> dict[str, StoredRule]:
    """Return the rules of the account and Region of the request, by name."""
    return _rules_of(responses.get_account_id(), responses.get_region())


def create(given: Rule, tags: list[dict[str, str]]) -> StoredRule:
    """Make a rule with tags.

    Raises
    ------
    AwsError
        If its name is none, or taken, or there are too many.
    """
    name = given.get("RuleName", "")
    if not NAMES.fullmatch(name):
        raise _invalid("RuleName must be 1 to 32 letters, digits, hyphens or underscores")
    if name in rules():
        raise _invalid(f"Sampling rule already exists: {name}")
    if len(rules()) > MOST_RULES:
        raise AwsError(f"Limit of {MOST_RULES} rules exceeded", "RuleLimitExceededException")
    if given.get("Version", 1) != 1:
        raise _invalid("Version must be 1")
    arn = ARN.format(region=responses.get_region(), account=responses.get_account_id(), name=name)
    rules()[name] = _stored({"Attributes": {}, **WIDEST, **given, "RuleARN": arn})
    rules()[name].tags = {tag["Key"]: tag["Value"] for tag in tags}
    return rules()[name]


def update(given: Rule) -> StoredRule:
    """Change a rule.

    Raises
    ------
    AwsError
        If there is no such rule.
    """
    found = named(given)
    changed = {name: given[name] for name in CHANGEABLE if given.get(name) is not None}
    if found.rule["RuleName"] == "Default" and not changed.keys() <= {"FixedRate", "ReservoirSize"}:
        raise _invalid("The default rule's rate and reservoir can be changed, and nothing else")
    found.rule |= changed
    found.changed = time.time()
    found.sampler.reservoir = found.rule["ReservoirSize"]
    found.sampler.rate = found.rule["FixedRate"]
    return found


def delete(given: Rule) -> StoredRule:
    """Delete a rule.

    Raises
    ------
    AwsError
        If there is no such rule, or it is the default one.
    """
    found = named(given)
    if found.rule["RuleName"] == "Default":
        raise _invalid("The default rule cannot be deleted")
    return rules().pop(found.rule["RuleName"])


def named(given: Rule) -> StoredRule:
    """Return the rule that is named, or whose ARN is.

    Raises
    ------
    AwsError
        If there is none.
    """
    name = given.get("RuleName") or given.get("RuleARN", "").rpartition("/")[2]
    if name not in rules():
        raise _invalid(f"Sampling rule does not exist: {name}")
    return rules()[name]


def tagged(arn: str) -> StoredRule:
    """Return the rule that an ARN names.

    Raises
    ------
    AwsError
        If there is none.
    """
    for one in rules().values():
        if one.rule["RuleARN"] == arn:
            return one
    raise AwsError(f"Resource not found: {arn}", "ResourceNotFoundException")


def statistics() -> list[dict[str, Any]]:
    """Return how many requests each rule has met, and how many of them are recorded."""
    return [
        {
            "RuleName": name,
            "Timestamp": time.time(),
            "RequestCount": one.sampler.requests,
            "BorrowCount": 0,
            "SampledCount": one.sampler.sampled,
        }
        for name, one in rules().items()
        if one.sampler.requests
    ]


def _rules_of(account: str, region: str) -> dict[str, StoredRule]:
    if (account, region) not in _rules:
        arn = ARN.format(region=region, account=account, name="Default")
        _rules[account, region] = {"Default": _stored(DEFAULT | {"RuleARN": arn})}
    return _rules[account, region]


def _stored(rule: Rule) -> StoredRule:
    now = time.time()
    return StoredRule(dict(rule), now, now, Sampler(rule["ReservoirSize"], rule["FixedRate"]))


def _fits(rule: Rule, asked: Asked) -> bool:
    pairs = (
        ("ServiceName", asked.service_name),
        ("ServiceType", asked.service_type),
        ("ResourceARN", asked.resource_arn),
        ("Host", asked.host),
        ("HTTPMethod", asked.method),
        ("URLPath", asked.path),
    )
    if rule["Attributes"]:
        return False  # neither API Gateway nor Step Functions tells any
    return all(_is_like(value, rule[name]) for name, value in pairs)


def _is_like(value: str, pattern: str) -> bool:
    """Match with `*` for any characters and `?` for one."""
    escaped = pattern.replace("[", "[[]")
    return fnmatch.fnmatchcase(value.lower(), escaped.lower())


def _invalid(message: str) -> AwsError:
    return AwsError(message, "InvalidRequestException")

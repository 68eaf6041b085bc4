"""Rules of AWS that the sandbox lacks, kept in front of it on a virtual clock.

Creations and deletions that show only later, calls that AWS takes only so often, and deletions that
it refuses as long as something else needs what is to go.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import botocore.session

from labkit.clock import clock
from labkit.resources.journal import Item
from labkit.resources.kinds import KINDS
from tests.faults.injector import error, operation, reads
from tests.support.fault_proxy import Forged, Lost, Passed, Seen


@dataclass
class OnePer:
    """AWS takes a call only so often; between, it is turned away undone.

    Attributes
    ----------
    apart_s
        Least time between two, in seconds of the clock in use.
    matches
        Which requests.
    refused, taken
        How many were turned away, and when the others were taken (virtual seconds).
    """

    apart_s: float
    matches: Callable[[Seen], bool]
    refused: int = 0
    taken: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: Seen) -> Forged | Lost | Passed | None:
        if not self.matches(request):
            return None
        with self._lock:
            now = clock().monotonic()
            if self.taken and now - self.taken[-1] < self.apart_s:
                self.refused += 1
                return error(request, 429, "TooManyRequestsException")
            self.taken.append(now)
            return None


@dataclass
class Ghosts:
    """After a deletion, reads go on giving what they gave before, for some seconds.

    Attributes
    ----------
    seconds
        How long, on the clock in use.
    shown
        How many stale answers were given.
    """

    seconds: float
    shown: int = 0
    _before: dict[tuple[str, str, bytes], Forged] = field(default_factory=dict)
    _until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def watch(self, request: Seen, answer: Forged) -> Forged:
        """Remember true answers, and give stale ones for a while after each deletion.

        What was once shown as missing is not shown again for another thing's deletion.
        """
        key = (request.method, request.path, request.body)
        with self._lock:
            now = clock().monotonic()
            if not reads(request):
                if answer.status < 300 and deletes(request):
                    self._until = now + self.seconds
                return answer
            if now < self._until and key in self._before:
                self.shown += 1
                return self._before[key]
            if answer.status < 300:
                self._before[key] = answer
            else:
                self._before.pop(key, None)
            return answer


def deletes(request: Seen) -> bool:
    """Tell whether a request is a deletion."""
    return "Delete" in operation(request) or request.method == "DELETE"


RUN_DIGITS = re.compile(rb"[0-9a-f]{8}[0-9a-f]*")


@dataclass
class Latecomers:
    """For some seconds after it was made, listings do not show a thing: they give what they gave
    when nothing of ours was there.

    Attributes
    ----------
    seconds
        How long, on the clock in use.
    owner
        The digits that names and tags of our things have.
    hidden
        How many stale answers were given.
    """

    seconds: float
    owner: str
    hidden: int = 0
    _without: dict[tuple[str, str, bytes], Forged] = field(default_factory=dict)
    _made: list[tuple[str, datetime]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, items: Iterable[Item]) -> None:
        """Hide from now on what was made just now, as a journal knows it."""
        times = [(item, item.created_at or item.intended_at) for item in items]
        self._made = [(word, at) for item, at in times for word in (item.id, item.name) if word]
        self._made += [("", at) for item, at in times if item.id is None]
        self.hidden = 0

    def watch(self, request: Seen, answer: Forged) -> Forged:
        """Remember answers without our things, and give them in place of those with them."""
        if not reads(request) or answer.status >= 300:
            return answer
        key = (request.method, request.path, RUN_DIGITS.sub(b"#", request.body))
        with self._lock:
            if self.owner.encode() not in answer.body:
                self._without[key] = answer
            elif key in self._without and self._is_young(answer):
                self.hidden += 1
                return self._without[key]
            return answer

    def _is_young(self, answer: Forged) -> bool:
        """Tell whether all that an answer shows of ours was made just now."""
        shown = [at for word, at in self._made if word and word.encode() in answer.body]
        nameless = [at for word, at in self._made if not word]
        since = min(shown or nameless, default=None)
        return since is not None and clock().now() < since + timedelta(seconds=self.seconds)


@dataclass(frozen=True)
class Rule:
    """AWS refuses a deletion for a while, with a code of its own.

    Attributes
    ----------
    kind
        Of what is to be deleted.
    call
        The operation, or the beginning of a method and a path.
    code
        The error's code.
    seconds
        How long it may last.
    """

    kind: str
    call: str
    code: str
    seconds: float

    def matches(self, request: Seen) -> bool:
        """Tell whether the request is such a deletion, and not of one of its parts."""
        name = operation(request)
        if " " not in self.call:
            return name == self.call
        return name.startswith(self.call) and name.count("/") == self.call.count("/")


@dataclass
class Held:
    """Turns away the deletions of a rule for some seconds, from the first one on, or from `begin`.

    Attributes
    ----------
    rule
        What is refused, and how.
    seconds
        How long, on the clock in use.
    after
        The call from which on the time counts; by default the first refused one.
    refused
        How many were turned away.
    """

    rule: Rule
    seconds: float
    after: str = ""
    refused: int = 0
    _until: float | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: Seen) -> Forged | None:
        with self._lock:
            now = clock().monotonic()
            begins = operation(request).startswith(self.after) if self.after else True
            matches = self.rule.matches(request)
            if self._until is None and begins and (self.after or matches):
                self._until = now + self.seconds
            if not matches or self._until is None or now >= self._until:
                return None
            self.refused += 1
            return error(request, 400, self.rule.code)


RULES = (
    # IAM is consistent only after seconds (IAM user guide, "Troubleshooting").
    Rule("IAM role", "DeleteRole", "DeleteConflict", 10),
    Rule("IAM role", "DeleteRole", "ConcurrentModification", 5),
    Rule("IAM policy", "DeletePolicy", "DeleteConflict", 10),
    # Lambda API reference, DeleteEventSourceMapping and DeleteFunction.
    Rule(
        "Lambda event source mapping",
        "DELETE /2015-03-31/event-source-mappings/",
        "ResourceInUseException",
        90,
    ),
    Rule("Lambda function", "DELETE /2015-03-31/functions/", "ResourceConflictException", 30),
    # API Gateway quotas: one DeleteRestApi per 30 s; API reference for the others.
    Rule("REST API", "DELETE /restapis/", "TooManyRequestsException", 900),
    Rule("REST API", "DELETE /restapis/", "ConflictException", 5),
    Rule("usage plan", "DELETE /usageplans/", "ConflictException", 5),
    Rule("usage plan", "DELETE /usageplans/", "TooManyRequestsException", 5),
    Rule("API key", "DELETE /apikeys/", "ConflictException", 5),
    Rule("HTTP API", "DELETE /v2/apis/", "ConflictException", 5),
    # CloudWatch Logs, SNS, SSM, DynamoDB, CloudFormation API references, errors of the deletion.
    Rule("log group", "DeleteLogGroup", "OperationAbortedException", 5),
    Rule("SNS topic", "DeleteTopic", "ConcurrentAccess", 5),
    Rule("SSM parameter", "DeleteParameter", "TooManyUpdates", 5),
    Rule("DynamoDB table", "DeleteTable", "ResourceInUseException", 120),
    Rule("DynamoDB table", "DeleteTable", "LimitExceededException", 60),
    Rule("CloudFormation stack", "DeleteStack", "OperationInProgressException", 300),
    Rule("state machine", "DeleteStateMachine", "ConflictException", 10),
    # EventBridge: terraform-provider-aws#11475; Scheduler API reference.
    Rule("EventBridge rule", "DeleteRule", "ValidationException", 10),
    Rule("EventBridge rule", "DeleteRule", "ConcurrentModificationException", 10),
    Rule("EventBridge event bus", "DeleteEventBus", "ConcurrentModificationException", 10),
    Rule("schedule", "DELETE /schedules/", "ConflictException", 10),
    Rule("schedule group", "DELETE /schedule-groups/", "ConflictException", 10),
    # Amazon S3 error responses.
    Rule("S3 bucket", "DELETE /lk-", "BucketNotEmpty", 10),
    Rule("S3 bucket", "DELETE /lk-", "OperationAborted", 60),
    # EC2 error codes; how long gateways and endpoints hold their interfaces: VPC user guide.
    Rule("VPC", "DeleteVpc", "DependencyViolation", 300),
    Rule("subnet", "DeleteSubnet", "DependencyViolation", 300),
    Rule("internet gateway", "DetachInternetGateway", "DependencyViolation", 120),
    Rule("route table", "DeleteRouteTable", "DependencyViolation", 120),
    Rule("security group", "DeleteSecurityGroup", "DependencyViolation", 300),
    Rule("Elastic IP", "ReleaseAddress", "InvalidIPAddress.InUse", 120),
    Rule("Elastic IP", "ReleaseAddress", "AuthFailure", 120),
    Rule("network interface", "DeleteNetworkInterface", "InvalidParameterValue", 60),
    Rule("network ACL", "DeleteNetworkAcl", "DependencyViolation", 60),
    # Auto Scaling and Elastic Load Balancing API references.
    Rule("Auto Scaling group", "DeleteAutoScalingGroup", "ScalingActivityInProgress", 300),
    Rule("Auto Scaling group", "DeleteAutoScalingGroup", "ResourceInUse", 300),
    Rule("load balancer", "DeleteLoadBalancer", "ResourceInUse", 30),
    Rule("target group", "DeleteTargetGroup", "ResourceInUse", 30),
    # RDS API reference.
    Rule("DB instance", "DeleteDBInstance", "InvalidDBInstanceState", 900),
    Rule("DB cluster", "DeleteDBCluster", "InvalidDBClusterStateFault", 900),
    Rule("DB subnet group", "DeleteDBSubnetGroup", "InvalidDBSubnetGroupStateFault", 900),
    Rule("DB proxy", "DeleteDBProxy", "InvalidDBProxyStateFault", 300),
)
"""What AWS's API references say of deletions that are refused now and taken later."""

HELD_S = 5.0
"""How long a deletion is refused where no line of `RULES` knows more, in seconds."""


def other_rules() -> Iterator[Rule]:
    """Yield a rule for each code by which a kind knows *not now* and that `RULES` leaves out."""
    listed = {(rule.kind, rule.code) for rule in RULES}
    for name, kind in KINDS.items():
        for code in sorted(kind.busy):
            if kind.deletes and (name, code) not in listed and not code.startswith("labkit."):
                yield Rule(name, _call(kind.service, next(iter(kind.deletes))), code, HELD_S)


def _call(service: str, name: str) -> str:
    """Return a deletion as a rule names it: the operation, or the beginning of its path."""
    model = botocore.session.get_session().get_service_model(service)
    if not model.protocol.startswith("rest-"):
        return name
    http = model.operation_model(name).http
    beginning, named, _ = http["requestUri"].partition("{")
    return f"{http['method']} {beginning}" if named else name


HELD_BY_ANOTHER = (
    ("NAT gateway", "DeleteNatGateway", Rule("", "ReleaseAddress", "InvalidIPAddress.InUse", 120)),
    ("NAT gateway", "DeleteNatGateway", Rule("", "DeleteSubnet", "DependencyViolation", 300)),
    (
        "NAT gateway",
        "DeleteNatGateway",
        Rule("", "DetachInternetGateway", "DependencyViolation", 60),
    ),
    ("VPC endpoint", "DeleteVpcEndpoints", Rule("", "DeleteSubnet", "DependencyViolation", 300)),
    (
        "VPC endpoint",
        "DeleteVpcEndpoints",
        Rule("", "DeleteSecurityGroup", "DependencyViolation", 300),
    ),
    ("load balancer", "DeleteLoadBalancer", Rule("", "DeleteSubnet", "DependencyViolation", 300)),
    ("load balancer", "DeleteLoadBalancer", Rule("", "DeleteTargetGroup", "ResourceInUse", 30)),
    (
        "Auto Scaling group",
        "DeleteAutoScalingGroup",
        Rule("", "DeleteSubnet", "DependencyViolation", 120),
    ),
    ("DB proxy", "DeleteDBProxy", Rule("", "DeleteSubnet", "DependencyViolation", 300)),
    ("DB instance", "DeleteDBInstance", Rule("", "DeleteSubnet", "DependencyViolation", 300)),
)
"""What goes on holding something for a while after its own deletion: kind, call, and the rule."""

LAMBDA_INTERFACE = Rule("", "DeleteSubnet", "DependencyViolation", 2_400)
"""The network interface of a function in a VPC: terraform-provider-aws waits 45 minutes for it."""


def deletes_rest_api(request: Seen) -> bool:
    """Tell whether a request is DeleteRestApi."""
    return (
        request.method == "DELETE"
        and request.path.startswith("/restapis/")
        and request.path.count("/") == 2
    )

"""Thirty learners at the delivery lab at once, each in an account of one server.

Each builds `GET /orders`, answered by a function, and `POST /orders`, which sends to a queue that
another function works on. One order in twenty-one is poison and has to become a dead letter. The
orders are sent by a client that costs next to nothing: learners have computers of their own, or at
least processes, and thirty threads of `requests` in one process wait for one another.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from benchmarks._generator import Caller
from labkit.polling import NotInTime, wait_until
from tests.sandbox.conftest import Aws
from tests.sandbox.delivery import Account, Api, statement

LEARNERS, ORDERS = 30, 20
FIRST_ACCOUNT = 300000000001
PATIENCE_SECONDS = 60
"""How long an order may be on its way to a function or to the dead letters."""

VISIBILITY_SECONDS = 3
"""How long a poison order stays hidden before it is a dead letter; Lambda takes no function of it
that may run longer."""

STATUS = """
import json
def handler(event, context):
    account = context.invoked_function_arn.split(":")[4]
    return {"statusCode": 200, "body": json.dumps({"account": account})}
"""
WORKER = """
def handler(event, context):
    for record in event["Records"]:
        if record["body"].endswith("poison"):
            raise ValueError(record["body"])
        print("cooked", record["body"])
"""
POLLING = "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"
GATEWAY = "apigateway.amazonaws.com"
FORM = {"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"}
SEND = "Action=SendMessage&MessageBody=$util.urlEncode($input.body)"


@dataclass
class Outcome:
    """What became of a learner's orders.

    Attributes
    ----------
    milliseconds
        How long each answered request took.
    lost
        Requests without their answer, orders that were not cooked, poison that was not put aside.
    astray
        Answers and orders of another account.
    """

    milliseconds: list[float] = field(default_factory=list)
    lost: int = 0
    astray: int = 0


class Learner:
    """A learner's account with the delivery service in it."""

    def __init__(self, aws: Aws, account: str) -> None:
        self.account = Account(aws.endpoint, account, aws.region, aws.secret)
        self.api = Api(self.account)
        orders = self.api.resource("orders")
        status = self.account.function_arn(STATUS)
        self.api.proxy(orders, status, "GET")
        self.api.permit(status)
        self.dead_letters, dead_letters = self.account.queue()
        policy = json.dumps({"deadLetterTargetArn": dead_letters, "maxReceiveCount": 1})
        hidden = str(VISIBILITY_SECONDS)
        _, queue = self.account.queue(VisibilityTimeout=hidden, RedrivePolicy=policy)
        self._post_to(queue, orders)
        self.worker = self.account.function(
            WORKER, role=self.account.role(POLLING), Timeout=VISIBILITY_SECONDS
        )
        self.account.client("lambda").create_event_source_mapping(
            FunctionName=self.worker, EventSourceArn=queue, BatchSize=1
        )
        self.api.deploy()

    def _post_to(self, queue: str, resource: str) -> None:
        number, name = self.account.account, queue.rpartition(":")[2]
        ids = self.api.method(
            resource,
            type="AWS",
            integrationHttpMethod="POST",
            uri=f"arn:aws:apigateway:{self.account.region}:sqs:path/{number}/{name}",
            credentials=self.account.service_role(GATEWAY, statement("sqs:SendMessage", queue)),
            requestParameters=FORM,
            requestTemplates={"application/json": SEND},
        )
        self.api.answers(ids, "200")

    def order(self) -> Outcome:
        """Order everything, and wait until it has come to where it belongs."""
        outcome, mine = Outcome(), self.account.account
        names = [f"{mine}-{number}" for number in range(ORDERS)]
        caller = Caller(self.account.endpoint)
        for name in (*names, f"{mine}-poison"):
            self._request(outcome, caller, "POST", name)
            status = self._request(outcome, caller, "GET")
            outcome.astray += bool(status) and json.loads(status)["account"] != mine
        caller.close()
        try:
            wait_until(lambda: set(names) <= set(self._cooked()), PATIENCE_SECONDS)
            wait_until(lambda: self.account.receive(self.dead_letters), PATIENCE_SECONDS)
        except NotInTime:
            outcome.lost += 1
        cooked = self._cooked()
        outcome.lost += len(set(names) - set(cooked))
        outcome.astray += len(set(cooked) - set(names))
        return outcome

    def _request(self, outcome: Outcome, caller: Caller, verb: str, order: str = "") -> bytes:
        """Return the answer's body; empty where it is not the right one."""
        started = time.perf_counter()
        status, body = caller.call(verb, self.api.path("/orders"), order)
        if status != 200:
            outcome.lost += 1
            return b""
        outcome.milliseconds.append((time.perf_counter() - started) * 1000)
        return body

    def _cooked(self) -> list[str]:
        logs = self.account.client("logs")
        try:
            pages = logs.get_paginator("filter_log_events").paginate(
                logGroupName=f"/aws/lambda/{self.worker}", filterPattern="cooked"
            )
            return [event["message"].split()[1] for page in pages for event in page["events"]]
        except logs.exceptions.ResourceNotFoundException:
            return []


def all_at_once(aws: Aws) -> Iterator[tuple[str, float]]:
    """Let every learner build and order at the same time; give the figures."""
    accounts = [str(FIRST_ACCOUNT + number) for number in range(LEARNERS)]
    started = time.perf_counter()
    with ThreadPoolExecutor(LEARNERS) as threads:
        learners = list(threads.map(lambda account: Learner(aws, account), accounts))
        built = time.perf_counter()
        outcomes = list(threads.map(lambda learner: learner.order(), learners))
    ended = time.perf_counter()
    what = f"{LEARNERS} accounts"
    yield f"{what}, building, s", built - started
    yield f"{what}, {LEARNERS * (ORDERS + 1)} orders, s", ended - built
    yield f"{what}, answers and orders lost", sum(outcome.lost for outcome in outcomes)
    yield f"{what}, answers and orders astray", sum(outcome.astray for outcome in outcomes)
    took = [each for outcome in outcomes for each in outcome.milliseconds]
    if len(took) > 1:
        yield f"{what}, request, p50 ms", statistics.median(took)
        yield f"{what}, request, p99 ms", statistics.quantiles(took, n=100)[98]

# ---
# labkit:
#   lesson: "10"
#   slug: delivery-dead-letters
#   title: "Delivery service 3: dead letters"
#   minutes: 30
#   day: 1
#   block: Serverless
#   question: >-
#     An order makes the function fail. Where is it afterwards, and how does the customer get it after all?
#   goals:
#     - see what really happens to an order that makes the function fail
#     - catch it in a dead-letter queue, with maxReceiveCount 1 and then 2
#     - mend the function, redrive the dead letters, and account for every single order
#   creates:
#     - 2 IAM roles
#     - 1 Lambda function with its log group
#     - 1 API Gateway REST API with one stage
#     - 2 SQS queues and 1 event source mapping
#   cost: >-
#     Under one US cent in an account of your own: a few hundred requests, and nothing that is billed by
#     the hour. (An event source mapping polls for as long as it exists, and polls are SQS requests:
#     do not leave it lying about.)
# ---

# %% tags=["parameters"]
target = None  # "local" (the default) or "aws"
region = None  # None: the target's own default
quick = False  # True: shorter timeouts, as `make smoke` runs it

# %%
from labkit import Lab

lab = Lab("delivery-dead-letters", target=target, region=region)
lab

# %%
import json
import time

import pandas as pd

from labkit import wait_until
from labkit.labs.delivery import order_lines, orders, queued_order_service
from labkit.measure.platform_logs import read_log_events
from labkit.measure.queue_depth import QueueSampler

sqs = lab.client("sqs")
awslambda = lab.client("lambda")
logs = lab.client("logs")

# %% [markdown] tags=["instructor-notes"]
# - "Errors lose messages without a DLQ" is believed by nearly everybody. Ask for hands before section
#   1 is measured, and again after it.
# - The waits are visibility timeouts, not slowness: use them for the question what a DLQ cannot know.
# - Section 4 surprises most: let them predict a number, not "some".
# - Who is late: `lab.solve` up to the redrive; section 6, the count, is the one not to miss.

# %% [markdown]
# ## 1 · An order that fails
#
# Errors lose messages, many say, unless there is a dead-letter queue. This lesson tests that.

# %%
from labkit.labs.delivery import service_drawing

service_drawing("10")

# %% [markdown]
# The service of lesson 09: API Gateway writes orders to a queue, a function takes them from there. Some
# orders cannot be cooked: the card is refused, the restaurant has closed. In our data these carry
# `"error": true`.

# %% [markdown]
# ### Exercise 1 · Fail loudly
#
# To return is success: the message is deleted. To *fail*, a function raises. Complete the loop: log
# each order as `order.received`; if its `error` is true, log `order.failed` and raise an exception;
# otherwise log `order.processed`.

# %% function_file="worker.py" exercise="fail-on-error"
import json


def handler(event, context):
    """Work on the orders of one batch; an order that fails fails the batch."""
    for record in event["Records"]:
        ### BEGIN SOLUTION
        order = json.loads(record["body"])
        log("order.received", order, record)
        if order.get("error"):
            log("order.failed", order, record)
            raise RuntimeError(f"order {order['orderId']}: the card was refused")
        log("order.processed", order, record)
        ### END SOLUTION


def log(event, order, record):
    line = {"event": event, "orderId": order["orderId"], "messageId": record["messageId"]}
    print(json.dumps(line | {"attributes": record["attributes"]}))


# %%
lab.check("fail-on-error")

# %% tags=["exercise-definition"]
import contextlib
import io
import json
import runpy

from labkit.course.exercises import Exercise, NotYet


class FailOnError(Exercise):
    id = "fail-on-error"
    title = "Fail loudly"
    minutes = 5
    hints = (
        "What does the loop get for each message, and what do you need of it? How does a function tell Lambda that "
        "it failed?",
        'The order is JSON in `record["body"]`. Not every order has the key `error`: `order.get("error")` is '
        "false when it is missing. Any exception that leaves the handler is a failure.",
        '`order = json.loads(record["body"])`, then `log("order.received", order, record)`. Below '
        '`if order.get("error"):` stand `log("order.failed", order, record)` and `raise RuntimeError(…)`, and at '
        'the end of the loop `log("order.processed", order, record)`.',
    )

    def check(self, lab):
        source = self.written(lab, "worker.py")
        for extra in ({}, {"error": False}):
            good = self.run(source, extra)
            if good != ["order.received", "order.processed"]:
                raise NotYet("a good order received, then processed", told(good), self.hints[1])
        bad = self.run(source, {"error": True})
        if not bad or not bad[-1].startswith("raised"):
            raise NotYet("an exception for an order with error true", told(bad), self.hints[1])
        if bad[:-1] != ["order.received", "order.failed"]:
            raise NotYet("a bad order received, then failed", told(bad), "log before you raise")

    def run(self, source, extra):
        """Run the handler here on one sample order; return the events it logged, in order."""
        body = json.dumps({"orderId": "ord-sample"} | extra)
        record = {"messageId": "m-1", "body": body, "attributes": {}}
        printed, outcome = io.StringIO(), []
        with contextlib.redirect_stdout(printed):
            try:
                runpy.run_path(str(source))["handler"]({"Records": [record]}, None)
            except (AttributeError, NameError, TypeError) as slip:
                raise NotYet(
                    "an exception that you raise", f"a slip: {slip!r}", self.hints[1]
                ) from slip
            except Exception as error:
                outcome = [f"raised {error!r}"]
        lines = [json.loads(one) for one in printed.getvalue().splitlines() if one.startswith("{")]
        return [line.get("event", "a line without an event") for line in lines] + outcome


def told(events):
    """Say in words what a handler did."""
    return ", then ".join(events) or "nothing was logged and nothing raised"


# %% wrong="fail-on-error" expect="an exception" function_file="worker.py"
import json


def handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])
        log("order.received", order, record)
        if order.get("error"):
            log("order.failed", order, record)
            continue
        log("order.processed", order, record)


def log(event, order, record):
    print(json.dumps({"event": event, "orderId": order["orderId"]}))


# %% wrong="fail-on-error" expect="a slip" function_file="worker.py"
import json


def handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])
        log("order.received", order, record)
        if order.get("error"):
            log("order.failed", order, record)
            rise(RuntimeError("refused"))  # noqa: F821
        log("order.processed", order, record)


def log(event, order, record):
    print(json.dumps({"event": event, "orderId": order["orderId"]}))


# %% wrong="fail-on-error" expect="a good order" function_file="worker.py"
import json


def handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])
        log("order.received", order, record)
        if order["error"]:
            log("order.failed", order, record)
            raise RuntimeError("refused")
        log("order.processed", order, record)


def log(event, order, record):
    print(json.dumps({"event": event, "orderId": order["orderId"]}))


# %% [markdown]
# The next cell builds lesson 09's service around your function. The timeouts are short so that you need
# not wait long; the visibility timeout of a real queue is at least six times the function's timeout.

# %%
FUNCTION_TIMEOUT_S = 1
VISIBILITY_S = 2 if quick else 6 * FUNCTION_TIMEOUT_S

service = queued_order_service(
    lab, "worker.py", timeout_s=FUNCTION_TIMEOUT_S, visibility_s=VISIBILITY_S
)
queue_url, queue_arn = service.queue_url, service.queue_arn
group = f"/aws/lambda/{service.function_name}"

# %% [markdown]
# Now send a failing order, straight to the queue (in the console: *Send and receive messages*).
#
# > **Predict.** There is no dead-letter queue yet. The function raises. Is the order lost?

# %%
sent = {}  # every order of this lesson, by its number


def send(order, **changes):
    """Send one order to the queue and remember it."""
    order = order | changes
    sqs.send_message(QueueUrl=queue_url, MessageBody=json.dumps(order))
    sent[order["orderId"]] = order
    return order["orderId"]


# %%
menu = orders(40, seed=time.time_ns())  # numbers that were never used before
poison = send(menu[0], error=True)


# %%
def read_lines(until=lambda lines: True, seconds=120):
    """The function's own log lines as a frame, once the condition holds."""
    events = read_log_events(
        logs, group, until=lambda seen: until(order_lines(seen)), timeout_s=seconds
    )
    return order_lines(events)


# %%
def attempts(order_id, at_least=1):
    """Wait for that many attempts at an order; one row each."""

    def received(lines):
        return lines[(lines["order_id"] == order_id) & (lines["event"] == "order.received")]

    lines = received(read_lines(until=lambda seen: len(received(seen)) >= at_least))
    return lines[["at", "receive_count"]].reset_index(drop=True)


# %% [markdown]
# The next cell reads the log until it knows. It takes some 12 s:

# %% wait="12"
attempts(poison, at_least=3)

# %% [markdown]
# Not lost: it **comes back**. A message that is not deleted shows up again after the visibility timeout,
# with its receive count one higher, until the queue's retention ends (4 days by default). "Errors lose
# messages without a DLQ" is a common belief, and a wrong one. The truth costs money instead:

# %%
retention_s = 4 * 24 * 3600
f"{retention_s // VISIBILITY_S:,} attempts at {VISIBILITY_S} s each, all in vain"

# %% [markdown]
# ## 2 · A dead-letter queue
#
# A **dead-letter queue** is an ordinary queue that another one names in its *redrive policy*:
# what was received more than `maxReceiveCount` times goes there.

# %% [markdown]
# ### Exercise 2 · Catch it
#
# Create the queue `lab.name("dead")` (keep its URL in `dead_url`) and set the `RedrivePolicy` of
# `queue_url` to it, with `maxReceiveCount` **1**.

# %% exercise="dead-letter-queue"
### BEGIN SOLUTION
dead_url = sqs.create_queue(QueueName=lab.name("dead"))["QueueUrl"]
answer = sqs.get_queue_attributes(QueueUrl=dead_url, AttributeNames=["QueueArn"])
dead_arn = answer["Attributes"]["QueueArn"]
redrive = {"deadLetterTargetArn": dead_arn, "maxReceiveCount": 1}
sqs.set_queue_attributes(QueueUrl=queue_url, Attributes={"RedrivePolicy": json.dumps(redrive)})
### END SOLUTION

# %%
lab.check("dead-letter-queue")


# %% tags=["exercise-definition"]
class DeadLetterQueue(Exercise):
    id = "dead-letter-queue"
    title = "Catch it"
    minutes = 5
    hints = (
        "Two queues: which of them names the other? A queue is created as in lesson 09, and its ARN is one of its "
        "attributes.",
        "`RedrivePolicy` is an attribute of the queue that messages leave. Its value is JSON in a string, with "
        "`deadLetterTargetArn` and `maxReceiveCount`.",
        '`sqs.set_queue_attributes(QueueUrl=queue_url, Attributes={"RedrivePolicy": '
        'json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 1})})`, where `dead_arn` is `sqs.'
        'get_queue_attributes(QueueUrl=dead_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]`.',
    )

    def check(self, lab):
        sqs = lab.client("sqs")
        dead = sqs.get_queue_url(QueueName=lab.name("dead"))["QueueUrl"]
        dead_arn = attribute(sqs, dead, "QueueArn")
        source = sqs.get_queue_url(QueueName=lab.name("orders"))["QueueUrl"]
        policy = json.loads(attribute(sqs, source, "RedrivePolicy") or "{}")
        if not policy and attribute(sqs, dead, "RedrivePolicy"):
            raise NotYet(
                "the redrive policy on the orders queue",
                "one on the dead-letter queue itself",
                "QueueUrl=queue_url: the policy belongs to the queue that messages leave",
            )
        if policy.get("deadLetterTargetArn") != dead_arn:
            raise NotYet(
                f"deadLetterTargetArn {dead_arn}",
                str(policy.get("deadLetterTargetArn", "no redrive policy")),
                self.hints[1],
            )
        if int(policy["maxReceiveCount"]) != 1:
            raise NotYet("maxReceiveCount 1", str(policy["maxReceiveCount"]), "set it again")

        def lengths():
            both = {"orders": source, "dead": dead}
            counts = {n: attribute(sqs, u, "ApproximateNumberOfMessages") for n, u in both.items()}
            return f"{counts['orders']} messages in orders, {counts['dead']} in dead"

        self.wait(
            lambda: int(attribute(sqs, dead, "ApproximateNumberOfMessages")) >= 1,
            seconds=90,
            what="the failing order to arrive in the dead-letter queue",
            seen=lengths,
        )
        return "the order that kept failing is in the dead-letter queue now"


def attribute(sqs, url, name):
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])
    return answer.get("Attributes", {}).get(name)


# %% wrong="dead-letter-queue" expect="belongs to the queue that messages leave"
dead_url = sqs.create_queue(QueueName=lab.name("dead"))["QueueUrl"]
redrive = {"deadLetterTargetArn": queue_arn, "maxReceiveCount": 1}
sqs.set_queue_attributes(QueueUrl=dead_url, Attributes={"RedrivePolicy": json.dumps(redrive)})

# %% wrong="dead-letter-queue" expect="maxReceiveCount 1"
dead_url = sqs.create_queue(QueueName=lab.name("dead"))["QueueUrl"]
answer = sqs.get_queue_attributes(QueueUrl=dead_url, AttributeNames=["QueueArn"])
dead_arn = answer["Attributes"]["QueueArn"]
redrive = {"deadLetterTargetArn": dead_arn, "maxReceiveCount": 10}
sqs.set_queue_attributes(QueueUrl=queue_url, Attributes={"RedrivePolicy": json.dumps(redrive)})

# %% [markdown]
# The poison order is out of the way. Now a fresh one.
#
# > **Predict.** With `maxReceiveCount` 1 the function tries once. How long after that attempt will the
# > order be in the dead-letter queue: at once, or later?


# %%
def depth(url):
    """How many messages are waiting in a queue, as SQS reports it."""
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


# %%
from labkit.measure.queue_depth import seconds_until_depth


def fail(order):
    """Send a failing order and watch both queues until it is a dead letter."""
    letters = depth(dead_url)
    with QueueSampler(sqs, {"orders": queue_url, "dead letters": dead_url}) as watch:
        number = send(order, error=True)
        wait_until(lambda: depth(dead_url) > letters, seconds=120, what="the order in the DLQ")
    return number, watch.frame, seconds_until_depth(watch.frame, "dead letters", letters + 1)


# %% wait="8"
from labkit.show.queue_figure import queue_depth

once, first_try, first_s = fail(menu[1])
queue_depth(first_try)

# %% [markdown]
# Not at once. The queue does not know that the function failed; it only sees that nobody deleted the
# message. After the visibility timeout the message would be handed out a second time, and *that* is
# when SQS sees that its count would pass 1, and moves it instead.

# %% [markdown]
# ### And with 2?
#
# > **Predict.** `maxReceiveCount` 2: how many attempts, and how long until the order is in the DLQ?

# %%
answer = sqs.get_queue_attributes(QueueUrl=dead_url, AttributeNames=["QueueArn"])
dead_arn = answer["Attributes"]["QueueArn"]
redrive = {"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2}
sqs.set_queue_attributes(QueueUrl=queue_url, Attributes={"RedrivePolicy": json.dumps(redrive)})

# %% wait="14"
twice, second_try, second_s = fail(menu[2])

# %%
pd.DataFrame(
    {
        "maxReceiveCount": [1, 2],
        "attempts": [len(attempts(once)), len(attempts(twice, at_least=2))],
        "seconds until in the DLQ": [first_s, second_s],
    }
).round(1)

# %% [markdown]
# One visibility timeout per attempt. (Changing the policy takes up to a minute on AWS. If the last cell
# waited in vain for a second attempt, run the two cells above once more, with `menu[3]`.)
#
# Watch it once more on the map of your own service: place a failing order and follow it from the queue
# into the function, back, and down to the dead letters. (From section 4 on leave its buttons alone:
# more orders would join the batches that you count there.)

# %%
from labkit.labs.delivery import DeliveryMap

DeliveryMap(lab)

# %% [markdown]
# ## 3 · Poll the dead letters
#
# What is in there? To receive is not to remove: a message that was looked at is hidden for the DLQ's own
# visibility timeout, and then shows up again. (`receive_all` puts them back at once.)

# %%
from labkit.labs.delivery import receive_all

letters = receive_all(sqs, dead_url, expected=depth(dead_url))
pd.DataFrame(
    {
        "orderId": [json.loads(m["Body"])["orderId"] for m in letters],
        "received": [m["Attributes"]["ApproximateReceiveCount"] for m in letters],
        "error": [json.loads(m["Body"]).get("error") for m in letters],
    }
)

# %% [markdown]
# (*received* counts our look, too.) The body is untouched: everything that is needed to try again is
# there. *Why* it failed is not; that is in the function's log, under the same order number:

# %%
read_lines().query("order_id == @twice")[["at", "event", "receive_count"]]

# %% [markdown] tags=["extra"]
# ## 4 · One bad order in a batch
#
# So far the function got one order at a time. Bigger batches are cheaper; but success and failure
# belong to the *whole* batch.
#
# > **Predict.** Five orders in one batch, one of them bad, `maxReceiveCount` 1. How many end up in the
# > dead-letter queue?

# %%
redrive = {"deadLetterTargetArn": dead_arn, "maxReceiveCount": 1}
sqs.set_queue_attributes(QueueUrl=queue_url, Attributes={"RedrivePolicy": json.dumps(redrive)})
awslambda.update_event_source_mapping(
    UUID=service.mapping_id, BatchSize=5, MaximumBatchingWindowInSeconds=1
)


def mapping_enabled():
    return awslambda.get_event_source_mapping(UUID=service.mapping_id)["State"] == "Enabled"


wait_until(mapping_enabled, seconds=120, what="the mapping to be Enabled again")


# %%
def send_five(batch, bad):
    """Send five orders as one batch, one of them bad; return their numbers."""
    entries = []
    for place, order in enumerate(batch):
        sent[order["orderId"]] = order = order | {"error": place == bad}
        entries.append({"Id": str(place), "MessageBody": json.dumps(order)})
    sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
    return [order["orderId"] for order in batch]


# %%
def settled(numbers):
    """Wait until the queue is empty; say of each order how it ended."""
    with QueueSampler(sqs, {"orders": queue_url}) as watch:
        watch.wait_until_empty("orders", timeout_s=180)
    letters = {json.loads(m["Body"])["orderId"] for m in receive_all(sqs, dead_url)}
    return {n: "dead letter" if n in letters else "processed" for n in numbers}


# %% wait="9"
all_or_nothing = settled(send_five(menu[10:15], bad=2))
pd.Series(all_or_nothing, name="ended").to_frame()

# %% [markdown]
# One bad order took its whole batch along: two good ones before it were even *cooked* and are now
# dead letters all the same. (If SQS handed out fewer than five at once, fewer were hit: batches are an
# upper limit, not a promise.)

# %% [markdown]
# ### Exercise 3 · Report what failed
#
# A function may say *which* messages failed. Write the handler so that it goes on after a bad order and
# returns `{"batchItemFailures": [{"itemIdentifier": <messageId>}, …]}`. The cell after the
# check then tells the mapping to listen.

# %% function_file="worker.py" exercise="partial-batch"
import json


def handler(event, context):
    """Work on the orders of one batch; only those that failed come back."""
    failures = []
    for record in event["Records"]:
        ### BEGIN SOLUTION
        try:
            work_on(record)
        except Exception as error:
            print(f"{record['messageId']}: {error}")
            failures.append({"itemIdentifier": record["messageId"]})
        ### END SOLUTION
    return {"batchItemFailures": failures}


def work_on(record):
    order = json.loads(record["body"])
    log("order.received", order, record)
    if order.get("error"):
        log("order.failed", order, record)
        raise RuntimeError(f"order {order['orderId']}: the card was refused")
    log("order.processed", order, record)


def log(event, order, record):
    line = {"event": event, "orderId": order["orderId"], "messageId": record["messageId"]}
    print(json.dumps(line | {"attributes": record["attributes"]}))


# %%
lab.check("partial-batch")


# %% tags=["exercise-definition"]
class PartialBatch(Exercise):
    id = "partial-batch"
    title = "Report what failed"
    hints = (
        "What has to happen with the messages after the bad one? And what does the mapping want to hear of each "
        "that failed?",
        "Call `work_on(record)` inside `try:`; in `except Exception as error:` add an entry to `failures`. It "
        "names the message, not the order.",
        "`try:` and below it `work_on(record)`; then `except Exception as error:` and below it "
        '`failures.append({"itemIdentifier": record["messageId"]})`.',
    )

    def check(self, lab):
        source = self.written(lab, "worker.py")
        for bad in ({1}, {0, 2}, set()):
            self.expect(source, bad)
        return "only what failed comes back"

    def expect(self, source, bad):
        """Let the handler work on three orders, of which some are bad."""
        records = [
            {
                "messageId": f"m-{i}",
                "body": json.dumps({"orderId": f"ord-{i}", "error": i in bad}),
                "attributes": {},
            }
            for i in range(3)
        ]
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            try:
                answer = runpy.run_path(str(source))["handler"]({"Records": records}, None)
            except Exception as error:
                raise NotYet("a return, not an exception", repr(error), self.hints[0]) from error
        expected = {"batchItemFailures": [{"itemIdentifier": f"m-{i}"} for i in sorted(bad)]}
        if answer != expected:
            raise NotYet(str(expected), str(answer), self.hints[1])
        for good in {0, 1, 2} - bad:
            if f"ord-{good}" not in printed.getvalue():
                raise NotYet(
                    "work on the orders after the bad one", "it stopped there", self.hints[0]
                )


# %% wrong="partial-batch" expect="itemIdentifier" function_file="worker.py"
import json


def handler(event, context):
    failures = []
    for record in event["Records"]:
        order = json.loads(record["body"])
        if order.get("error"):
            failures.append({"itemIdentifier": order["orderId"]})
        else:
            print(json.dumps({"event": "order.processed", "orderId": order["orderId"]}))
    return {"batchItemFailures": failures}


# %% wrong="partial-batch" expect="not an exception" function_file="worker.py"
import json


def handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])
        if order.get("error"):
            raise RuntimeError("refused")
    return {"batchItemFailures": []}


# %%
awslambda.update_function_code(FunctionName=service.function_name, ZipFile=lab.zip("worker.py"))
awslambda.get_waiter("function_updated_v2").wait(FunctionName=service.function_name)
awslambda.update_event_source_mapping(
    UUID=service.mapping_id, FunctionResponseTypes=["ReportBatchItemFailures"]
)
wait_until(mapping_enabled, seconds=120, what="the mapping to be Enabled again")

# %% wait="9"
only_the_bad = settled(send_five(menu[15:20], bad=2))
pd.Series(only_the_bad, name="ended").to_frame()

# %% [markdown]
# Without the setting on the mapping the return value would be ignored, and *everything* would count as a
# success, the bad order too: the two belong together.

# %% [markdown]
# ## 5 · Mend, then redrive
#
# The dead letters are customers who still wait. First mend the cause: a refused card is not a crash but
# a case to handle. The new version takes such an order with *payment at the door*.

# %% function_file="worker.py"
import json


def handler(event, context):
    """Work on the orders of one batch; a refused card means payment at the door."""
    for record in event["Records"]:
        order = json.loads(record["body"])
        log("order.received", order, record)
        order["payment"] = "at the door" if order.get("error") else "card"
        log("order.processed", order, record)
    return {"batchItemFailures": []}


def log(event, order, record):
    line = {"event": event, "orderId": order["orderId"], "messageId": record["messageId"]}
    print(json.dumps(line | {"attributes": record["attributes"]}))


# %%
awslambda.update_function_code(FunctionName=service.function_name, ZipFile=lab.zip("worker.py"))
awslambda.get_waiter("function_updated_v2").wait(FunctionName=service.function_name)
f"{depth(dead_url)} dead letters wait"

# %% [markdown]
# ### Exercise 4 · Redrive
#
# To move messages from a dead-letter queue back to where they came from is called **redrive**. SQS does it in
# one operation. The next cell lists what the client can do with messages: find the one, and start it for our
# dead letters.

# %%
[name for name in dir(sqs) if "message" in name]

# %% exercise="redrive"
### BEGIN SOLUTION
sqs.start_message_move_task(SourceArn=dead_arn)
### END SOLUTION

# %%
lab.check("redrive")


# %% tags=["exercise-definition"]
class Redrive(Exercise):
    id = "redrive"
    title = "Redrive"
    minutes = 4
    hints = (
        "The operation starts a task: SQS moves the messages by itself, some hundred per second. From which queue?",
        "Its one argument that must be given is the queue that messages leave, as an ARN. Without a destination "
        "each message goes back to the queue it came from.",
        "`sqs.start_message_move_task(SourceArn=dead_arn)`",
    )

    def check(self, lab):
        sqs = lab.client("sqs")
        dead = sqs.get_queue_url(QueueName=lab.name("dead"))["QueueUrl"]
        tasks = sqs.list_message_move_tasks(SourceArn=attribute(sqs, dead, "QueueArn"))["Results"]
        if not tasks:
            raise NotYet("a task that moves messages", "none", self.hints[0])
        if "FailureReason" in tasks[0]:
            raise NotYet("a task that moves messages", tasks[0]["FailureReason"], self.hints[1])
        source = sqs.get_queue_url(QueueName=lab.name("orders"))["QueueUrl"]
        towards = tasks[0].get("DestinationArn", attribute(sqs, source, "QueueArn"))
        if towards != attribute(sqs, source, "QueueArn"):
            raise NotYet(
                "the letters back in the orders queue",
                f"a task that moves them to {towards}",
                "bring them back from there, then start the task without a destination",
            )
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")

        def left():
            return {
                queue: sum(int(attribute(sqs, url, name)) for name in names)
                for queue, url in (("orders", source), ("dead", dead))
            }

        self.wait(
            lambda: not any(left().values()),
            seconds=180,
            what="both queues to be empty",
            next_step="look at what is left with receive_all(sqs, dead_url): is the mended code deployed?",
            seen=lambda: ", ".join(f"{n} in {queue}" for queue, n in left().items()),
        )
        tasks = sqs.list_message_move_tasks(SourceArn=attribute(sqs, dead, "QueueArn"))["Results"]
        if not sum(task.get("ApproximateNumberOfMessagesMoved", 0) for task in tasks):
            raise NotYet(
                "dead letters that were moved",
                "none was moved, and the queue is empty all the same",
                "they are lost: run the lesson again from section 2, without purging",
            )
        return "every dead letter went back, and was worked on"


# %% wrong="redrive" expect="a task that moves messages"
sqs.start_message_move_task(SourceArn=queue_arn)

# %% [markdown]
# ## 6 · The account
#
# Nothing was lost? Do not believe it: count. Every order that this notebook sent (those from the map's buttons
# are not among them), how often it was received, and how it ended.


# %%
def all_processed(lines):
    return set(sent) <= set(lines.query("event == 'order.processed'")["order_id"])


lines = read_lines(until=all_processed)
account = lines.groupby(["order_id", "event"]).size().unstack(fill_value=0).reindex(list(sent))
account

# %% [markdown]
# Every order of `sent` is in the list, and the smallest number of times that one was processed is:

# %%
int(account["order.processed"].min())

# %% [markdown]
# The story of the order that was tried twice, from the log. The gap is its time as a dead letter, of which
# the function's log knows nothing:

# %%
from labkit.labs.delivery import journey
from labkit.labs.delivery.journey_timeline import timeline

timeline(journey(None, read_log_events(logs, group), order_ids=[twice]))

# %% [markdown]
# Each order was processed at least once. At least: some may be cooked *twice*. In the
# extra section 4 that happens to the good orders of a batch that failed.
# **At-least-once delivery** means that a handler has to be *idempotent*: to do the same order again must do no
# harm. Lesson 11 is about that.

# %% [markdown] tags=["extra"]
# ## Why production says 5, or more
#
# With `maxReceiveCount` 1 a single hiccup makes a dead letter of a healthy order; a throttled call
# counts too. If an attempt fails by chance with probability *p*, independently of the others, the
# order is dead-lettered with probability *p* to the power of *n*:

# %%
chance = pd.DataFrame(
    {f"p = {p:.0%}": [p**n for n in (1, 2, 5, 10)] for p in (0.01, 0.1, 0.3)},
    index=pd.Index([1, 2, 5, 10], name="maxReceiveCount"),
)
(chance * 1_000_000).round().astype(int).rename_axis(columns="dead letters per million orders")

# %% [markdown]
# AWS recommends at least **5** for a queue that feeds a function. The price is time: a truly bad order
# goes round five times, one visibility timeout each, before anybody sees it. Lab values are small so
# that you can watch.

# %% [markdown]
# ## Recap
#
# - **The answer.** It is back in the queue, again and again, until retention ends: not lost, but in the way. A
#   **dead-letter queue** takes it aside; then the cause is mended, and a **redrive** brings the order back.
# - A failing message is not lost: it **returns** after the visibility timeout, until retention ends.
# - A message moves to the DLQ on the receive that *would pass* `maxReceiveCount`.
# - Mend first, then **redrive**; and count, order by order.

# %% [markdown]
# ## Going further
#
# - Put an alarm on the dead-letter queue's depth, so that somebody looks at the letters before they expire.
# - A DLQ's retention should be longer than its source's: on a standard queue the message keeps its
#   original time stamp when it moves.

# %% [markdown]
# ## Clean up

# %%
lab.teardown()

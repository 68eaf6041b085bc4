# ---
# labkit:
#   lesson: "00"
#   slug: first-order
#   title: "Your first order"
#   minutes: 10
#   day: 1
#   block: Core services
#   question: "A customer sends an order. Which parts of AWS does it pass, and how can you prove that it arrived?"
#   goals:
#     - place an order, and watch it cross a delivery service that works
#     - find its line in the log
#     - meet what every lesson has, namely check, hint, teardown and "the claim"
#   creates:
#     - 1 REST API
#     - 2 SQS queues
#     - 1 Lambda function with its log group
#     - 2 IAM roles
#   cost: >-
#     Nothing worth naming in an account of your own: some tens of requests, and nothing that is billed
#     by the hour.
# ---

# %% tags=["parameters"]
target = None  # "local" (the default) or "aws"
region = None  # None: the target's own default
quick = False  # this lesson is the same either way

# %%
from labkit import Lab

lab = Lab("first-order", target=target, region=region)
lab

# %% [markdown] tags=["instructor-notes"]
# - Do this lesson together, on the screen in front. It shows everybody that their kit works.
# - Ask the room for the prediction before you place the order. Write the answers down: lesson 10 comes
#   back to them.
# - Let everybody run the exercise's check *before* they solve it. "Not yet" is a normal answer here, and
#   it says what to do next.
# - Who gets no answer from the API: `labkit doctor` in a terminal.

# %% [markdown]
# This is a delivery service on AWS. By this evening you will have built it yourself. Now you only use it.

# %%
from labkit.labs.delivery import service_drawing

service_drawing("00")

# %% [markdown]
# ## 1 · A service in one cell
#
# This is all the code that handles orders. AWS runs it when some are in the queue. (The first line saves the
# cell as a file and does not run it.)

# %% function_file="kitchen.py"
import json


def handler(event, context):
    """Cook each order that the queue hands over, and write one line about it."""
    for record in event["Records"]:
        order = json.loads(record["body"])
        line = {"event": "order.cooked", "orderId": order["orderId"], "items": order["items"]}
        print(json.dumps(line, ensure_ascii=False))


# %% [markdown]
# The next cell creates all the parts of the drawing: API, queues, function, and the permissions between
# them.

# %%
from labkit.labs.delivery import DeliveryMap, whole_service

service = whole_service(lab, "kitchen.py")
DeliveryMap(lab)

# %% [markdown]
# The map is live: it shows the parts that exist, and what moves between them. It looks once a second.
#
# > **Predict.** You place one order. Which parts does it pass, and where does it end?

# %%
from labkit.labs.delivery import post_order

order = {"orderId": "ord-0001", "customer": "Kim", "items": [{"name": "bibimbap", "quantity": 2}]}
post_order(service.url, order)

# %% [markdown]
# Status **202** means *accepted*: the order is in the queue, and the customer need not wait. Look at the
# map above: the order went from the API through the queue to the function. Did the function really cook it?
# Ask its log:

# %%
from labkit.measure.platform_logs import read_log_events

logs = lab.client("logs")


def lines_about(order_id):
    """Wait until the log names an order, and return the lines that do."""

    def naming(seen):
        return [one["message"] for one in seen if order_id in one["message"]]

    return naming(read_log_events(logs, service.log_group, until=naming))


lines_about("ord-0001")

# %% [markdown]
# There it is. You did not believe the answer *accepted*; you looked for proof. All lessons work that way.

# %% [markdown]
# ## 2 · Your own order
#
# In an exercise you write code. `lab.check` then looks at what AWS has, and says *passed* or what to do
# next. A check changes nothing, so use it as often as you like.

# %% [markdown]
# ### Exercise · Order something
#
# Post an order of your own to `service.url`. Its `orderId` has to be `ord-mine`; customer and items are up
# to you. **First run the next two cells as they are**, and read what they say. Then put your code in
# place of the line below *Your code here*.

# %% exercise="my-order"
### BEGIN SOLUTION
mine = {"orderId": "ord-mine", "customer": "me", "items": [{"name": "kimbap", "quantity": 1}]}
post_order(service.url, mine)
### END SOLUTION

# %%
lab.check("my-order")

# %% tags=["exercise-definition"]
import json
import time

from labkit.course.exercises import Exercise, NotYet
from labkit.labs.delivery import receive_all
from labkit.measure.platform_logs import read_log_events

IDLE_S = 4
"""An order is in the queue well before this; on AWS the queue's counts may be a minute old."""


class MyOrder(Exercise):
    id = "my-order"
    title = "Order something"
    minutes = 4
    hints = (
        "Look at the cell that placed `ord-0001`. Which part of it has to change?",
        "An order is a dictionary with `orderId`, `customer` and `items`. `post_order` sends it.",
        '`post_order(service.url, {"orderId": "ord-mine", "customer": "me", "items": '
        '[{"name": "kimbap", "quantity": 1}]})`',
    )

    def check(self, lab):
        begin = time.monotonic()
        found = self.wait(
            lambda: self.cooked(lab) or self.idle(lab, begin) or None,
            seconds=90,
            what="your order in the log, or a queue that stays empty",
        )
        if found == "idle":
            self.explain(lab)
        return "your order is in the log"

    def cooked(self, lab):
        return "ord-mine" in self.in_the_log(lab)

    def in_the_log(self, lab):
        group = f"/aws/lambda/{lab.name('order')}"
        seen = [one["message"] for one in read_log_events(lab.client("logs"), group)]
        lines = [json.loads(text) for text in seen if text.startswith('{"event": "order.cooked"')]
        return [line["orderId"] for line in lines]

    def idle(self, lab, begin):
        sqs = lab.client("sqs")
        url = sqs.get_queue_url(QueueName=lab.name("orders"))["QueueUrl"]
        counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        waiting = sum(int(n) for name, n in counts.items() if name.startswith("ApproximateNumber"))
        return "idle" if waiting == 0 and time.monotonic() - begin > IDLE_S else ""

    def explain(self, lab):
        sqs = lab.client("sqs")
        url = sqs.get_queue_url(QueueName=lab.name("dead"))["QueueUrl"]
        letters = [one["Body"] for one in receive_all(sqs, url)]
        if not letters:
            others = ", ".join(map(str, self.in_the_log(lab))) or "no order at all"
            raise NotYet(
                "an order ord-mine", f"no such order in the log, but {others}", self.hints[0]
            )
        order = json.loads(letters[-1])
        missing = [key for key in ("orderId", "items") if key not in order]
        if missing:
            raise NotYet(
                "a line about ord-mine in the log",
                f"an order without {' and '.join(missing)} among the dead letters: the function failed",
                "look at the handler: which keys does it read? Send the order again with all of them",
            )
        raise NotYet("the orderId ord-mine", str(order["orderId"]), self.hints[1])


# %% wrong="my-order" expect="without items"
post_order(service.url, {"orderId": "ord-mine", "customer": "me"})

# %% wrong="my-order" expect="no such order"
post_order(service.url, {"orderId": "ord-2", "customer": "me", "items": []})

# %% [markdown]
# Stuck? `lab.hint("my-order")` gives one hint more each time. Late? `lab.solve("my-order")` does the
# exercise for you.

# %% [markdown]
# ## 3 · The claim
#
# Many sections begin with words like these:
#
# > **The claim.** *Serverless: nothing to provision, nothing to manage, and you pay only for what you use.*
#
# The claims come from notes that a participant took at such a bootcamp in June 2024. Some are true, some
# are half true, and some were wrong or have become so. **Believe none of them.** You will measure, compute
# or build, and then say what holds. `docs/claims.md` lists them all, with the verdicts.

# %% [markdown]
# ## Recap
#
# - **The answer.** The order passed API Gateway, an SQS queue and a Lambda function. The proof is the line
#   in CloudWatch Logs, not the status 202.
# - `lab.check` looks and says what is next; `lab.hint` and `lab.solve` help.
# - A claim is something to test.

# %% [markdown]
# ## Going further
#
# - Press the button for 20 orders on the map. What does the queue do?

# %% [markdown]
# ## Clean up
#
# One call deletes what this lesson created, and lists what is left. Every lesson ends like this.

# %%
lab.teardown()

# ---
# labkit:
#   lesson: "11"
#   slug: keeping-orders
#   title: "Keeping orders"
#   minutes: 40
#   day: 2
#   block: Data and events
#   question: >-
#     A queue may hand out the same order twice. How do you make sure that it is cooked once?
#   goals:
#     - create a DynamoDB table, and read and write orders in it
#     - see an order cooked twice, and count what at-least-once delivery means
#     - write each order once, by a condition inside the write
#     - make a function idempotent, by hand and then with Powertools for AWS Lambda
#     - find a customer's orders by an index, let old records go, and say what it costs
#   creates:
#     - 2 IAM roles
#     - 1 Lambda function with its log group, and 1 layer
#     - 1 API Gateway REST API with one stage
#     - 1 SQS queue and 1 event source mapping
#     - 3 DynamoDB tables
#   cost: >-
#     Under one US cent in an account of your own: some hundred requests. A table on demand that nobody
#     uses costs nothing but its storage.
# ---

# %% tags=["parameters"]
target = None  # "local" (the default) or "aws"
region = None  # None: the target's own default
quick = False  # True: shorter waits and fewer orders, as `make smoke` runs it

# %%
from labkit import Lab

lab = Lab("keeping-orders", target=target, region=region)
lab

# %% [markdown]
# Until now the delivery service forgets. An order is a message; when it has been worked on, it is gone.
# Today the service gets a memory: a **table** in DynamoDB.

# %%
from labkit.labs.delivery import service_drawing

service_drawing("11")

# %%
import json
import time

import pandas as pd

from labkit.labs.delivery import (
    DeliveryMap,
    EightOrders,
    let_write,
    orders,
    plain,
    powertools_layer,
    queued_order_service,
    table,
    wait_until_active,
)

dynamodb = lab.client("dynamodb", connections=20)
awslambda = lab.client("lambda")

# %% [markdown] tags=["instructor-notes"]
# - Section 2 is the heart. Let them predict the number of meals, and let somebody say why the table of
#   orders looks right while the kitchen has cooked too much.
# - "Exactly once" is what most will ask for. Draw the three places where a function can die: before the
#   write, between write and oven, after the oven. A condition mends one of them.
# - The count 7 in section 3 surprises most: the careful version is worse for that customer.
# - Who is fast: the three extra sections; the first of them closes the gap that section 4 leaves.
# - Who is late: `lab.solve("orders-table")` and `lab.solve("write-once")`; section 4 is the one not to miss.

# %% [markdown]
# ## 1 · A table
#
# A DynamoDB **table** holds **items**. An item is a set of attributes, and no two items need to have the
# same ones. Only the **key** is fixed: each item has it, and no two items share its value. You find an
# item by its key, fast, however big the table is.
#
# For other questions a table has **indexes**: copies of its items, sorted by another key. We will be asked
# for *all orders of a customer, newest first*. So the index `by-customer` has two key attributes: the
# **partition key** (`HASH`) says which items stand together, the **sort key** (`RANGE`) orders them.

# %% [markdown]
# ### Exercise 1 · Create the table
#
# Complete the two schemas below, then create the table with
# `dynamodb.create_table(TableName=…, **definition)`. Call it `lab.name("orders")`.
#
# - the table's key is `orderId`
# - the index's partition key is `customer`, its sort key `placedAt`
#
# A schema is a list with one dictionary for each key attribute: `{"AttributeName": …, "KeyType": …}`.

# %%
texts = ("orderId", "customer", "placedAt")
definition = {
    "BillingMode": "PAY_PER_REQUEST",  # on demand: nothing to plan, you pay for each request
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in texts],
    "KeySchema": [],
    "GlobalSecondaryIndexes": [
        {"IndexName": "by-customer", "KeySchema": [], "Projection": {"ProjectionType": "ALL"}}
    ],
}
# %% exercise="orders-table"
### BEGIN SOLUTION
definition["KeySchema"] = [{"AttributeName": "orderId", "KeyType": "HASH"}]
definition["GlobalSecondaryIndexes"][0]["KeySchema"] = [
    {"AttributeName": "customer", "KeyType": "HASH"},
    {"AttributeName": "placedAt", "KeyType": "RANGE"},
]
dynamodb.create_table(TableName=lab.name("orders"), **definition)
### END SOLUTION

# %%
lab.check("orders-table")

# %% tags=["exercise-definition"]
import ast
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from labkit import NotAttempted
from labkit.course.exercises import Exercise, NotYet
from labkit.labs.delivery import wait_until_active


class OrdersTable(Exercise):
    id = "orders-table"
    title = "Create the table"
    minutes = 5
    hints = (
        "Which attribute tells one order from all others? That one alone is the key of the table. Which "
        "attribute do you look for when a customer calls, and by which one do you sort?",
        'A schema with one key has one entry, `{"AttributeName": …, "KeyType": "HASH"}`; with two, the '
        'second entry is the sort key, `"RANGE"`.',
        'Table: `[{"AttributeName": "orderId", "KeyType": "HASH"}]`. Index: `[{"AttributeName": "customer", '
        '"KeyType": "HASH"}, {"AttributeName": "placedAt", "KeyType": "RANGE"}]`. Put them into '
        '`definition`, then `dynamodb.create_table(TableName=lab.name("orders"), **definition)`.',
    )

    def check(self, lab):
        name = lab.name("orders")
        wait_until_active(lab, name)
        described = lab.client("dynamodb").describe_table(TableName=name)["Table"]
        self.expect(described["KeySchema"], ["orderId"], "the table's key")
        indexes = {one["IndexName"]: one for one in described.get("GlobalSecondaryIndexes", [])}
        if "by-customer" not in indexes:
            raise NotYet(
                "an index by-customer",
                ", ".join(indexes) or "none",
                'delete it (`dynamodb.delete_table(TableName=lab.name("orders"))`), wait until it is gone, '
                "then create it with the whole definition",
            )
        self.expect(
            indexes["by-customer"]["KeySchema"], ["customer", "placedAt"], "the index's keys"
        )
        return f"{name} is ACTIVE; its index finds orders by customer"

    def expect(self, schema, names, what):
        by_type = sorted(schema, key=lambda key: key["KeyType"])
        found = [key["AttributeName"] for key in by_type]
        if found != names:
            raise NotYet(
                f"{what}: {', '.join(names)}",
                ", ".join(found),
                "a key cannot be changed. In a cell of its own: "
                '`dynamodb.delete_table(TableName=lab.name("orders"))`, then '
                '`dynamodb.get_waiter("table_not_exists").wait(TableName=lab.name("orders"))`; then create '
                "it again",
            )


# %% wrong="orders-table" expect="the table's key"
definition["KeySchema"] = [{"AttributeName": "customer", "KeyType": "HASH"}]
definition["GlobalSecondaryIndexes"][0]["KeySchema"] = [
    {"AttributeName": "orderId", "KeyType": "HASH"},
    {"AttributeName": "placedAt", "KeyType": "RANGE"},
]
dynamodb.create_table(TableName=lab.name("orders"), **definition)

# %% wrong="orders-table" expect="the index's keys"
definition["KeySchema"] = [{"AttributeName": "orderId", "KeyType": "HASH"}]
definition["GlobalSecondaryIndexes"][0]["KeySchema"] = [
    {"AttributeName": "placedAt", "KeyType": "HASH"},
    {"AttributeName": "customer", "KeyType": "RANGE"},
]
dynamodb.create_table(TableName=lab.name("orders"), **definition)

# %% [markdown]
# A table is not there at once: it is `CREATING`, then `ACTIVE`. (Half a second here, some seconds on AWS.)
# The check has waited for that.
#
# On the wire every value says its type: `S` is text, `N` a number, `M` a map. `plain` takes the types off:

# %%
wait_until_active(lab, lab.name("orders"))
first = {"orderId": {"S": "ord-first"}, "totalKRW": {"N": "18000"}}
dynamodb.put_item(TableName=lab.name("orders"), Item=first)
answer = dynamodb.get_item(TableName=lab.name("orders"), Key={"orderId": {"S": "ord-first"}})
answer["Item"], plain(answer["Item"])

# %% [markdown]
# ## 2 · Twice
#
# The kitchen needs a memory too: how many meals has each restaurant cooked? `kitchen.py` has what all
# versions of our function use. `cook` is the thing that must not happen twice.

# %% function_file="kitchen.py"
import os

import boto3

dynamodb = boto3.resource("dynamodb")
orders = dynamodb.Table(os.environ["ORDERS"])
kitchen = dynamodb.Table(os.environ["KITCHEN"])


def item_of(order):
    """Make the item that we keep of an order."""
    kept = {key: order[key] for key in ("orderId", "placedAt", "restaurant", "totalKRW")}
    return kept | {"customer": order["customer"]["name"]}


def cook(order):
    """Cook the order: one meal more for its restaurant."""
    kitchen.update_item(
        Key={"restaurant": order["restaurant"]},
        UpdateExpression="ADD meals :one",
        ExpressionAttributeValues={":one": 1},
    )


def stumble(order, record, where):
    """Break the first attempt at an order that is to break here."""
    attempt = int(record["attributes"]["ApproximateReceiveCount"])
    if order.get("breaks") == where and attempt == 1:
        raise RuntimeError(f"the connection broke {where}")


# %% [markdown]
# The first version is careless: keep the order, cook it, next. `stumble` breaks it where we want to look.

# %% function_file="worker.py"
import json

from kitchen import cook, item_of, orders, stumble


def handler(event, context):
    """Keep each order and cook it."""
    for record in event["Records"]:
        order = json.loads(record["body"])
        orders.put_item(Item=item_of(order))
        stumble(order, record, "before cooking")
        cook(order)
        stumble(order, record, "after cooking")


# %% [markdown]
# The service of lesson 09 around it, and a table for the kitchen. `let_write` gives the function's role the
# right to write into these tables, and tells the function their names in environment variables. (Read it
# with `let_write??`.)

# %%
VISIBILITY_S = 3 if quick else 6  # short, so that you need not wait; six times the timeout at work

service = queued_order_service(
    lab, "worker.py", timeout_s=3, visibility_s=VISIBILITY_S, memory_mb=1769, beside=["kitchen.py"]
)
tables = {"ORDERS": lab.name("orders"), "KITCHEN": table(lab, "kitchen", "restaurant")}
let_write(lab, tables)
_ = awslambda.update_event_source_mapping(
    UUID=service.mapping_id, ScalingConfig={"MaximumConcurrency": 2}
)

# %% [markdown]
# Eight customers order. One taps *Order* twice: the app sends the same order again. And two orders break at
# the first attempt: one before it is cooked, one after. Both come back after the visibility timeout.
# `EightOrders` sends them, waits until the queue is empty, and counts items and meals. (Read it with
# `EightOrders??`.)

# %%
trial = EightOrders(lab, service)

# %% [markdown]
# > **Predict.** Eight orders. How many items will be in the table, and how many meals will be cooked?

# %% wait="7"
trial.deliver("careless")

# %% [markdown]
# The table looks right: to put an item with the same key again only replaces it. But two meals were cooked
# for nobody: one for the second tap, one for the order that broke *after* it was cooked. Nothing is wrong
# with the queue. It promises **at least once**, and that is what it did.

# %% [markdown]
# ## 3 · Once: a condition inside the write
#
# Looking first and writing then does not help: two copies may look at the same moment, and both find
# nothing. The look has to be *part of the write*. A **condition expression** is that:
#
# ```python
# orders.put_item(Item=…, ConditionExpression="attribute_not_exists(orderId)")
# ```
#
# If the condition is false, nothing is written, and DynamoDB raises `ConditionalCheckFailedException`.

# %% [markdown]
# ### Exercise 2 · Write it once
#
# Complete `keep`: it writes the order only if it is new, and says so: it returns `True` if it wrote it,
# and `False` if the order was there already. The handler then cooks what is new. (The exception's class is
# `orders.meta.client.exceptions.ConditionalCheckFailedException`.)

# %% function_file="worker.py" exercise="write-once"
import json

from kitchen import cook, item_of, orders, stumble


def handler(event, context):
    """Keep each order once, and cook it if it is new."""
    for record in event["Records"]:
        order = json.loads(record["body"])
        if not keep(order):
            continue
        stumble(order, record, "before cooking")
        cook(order)
        stumble(order, record, "after cooking")


def keep(order):
    """Write an order that is new; say whether it was."""
    ### BEGIN SOLUTION
    try:
        orders.put_item(Item=item_of(order), ConditionExpression="attribute_not_exists(orderId)")
    except orders.meta.client.exceptions.ConditionalCheckFailedException:
        return False
    return True
    ### END SOLUTION


# %%
lab.check("write-once")


# %% tags=["exercise-definition"]
class WriteOnce(Exercise):
    id = "write-once"
    title = "Write it once"
    minutes = 5
    hints = (
        "`put_item` as before, with one argument more. What does the handler have to learn from `keep` "
        "in each of the two cases?",
        "Put `put_item` into `try:`. When the condition fails, it raises: catch that one exception, and no "
        "other, for all others are real errors.",
        "`try: orders.put_item(Item=item_of(order), "
        'ConditionExpression="attribute_not_exists(orderId)")`, then `except '
        "orders.meta.client.exceptions.ConditionalCheckFailedException: return False`, and at the end "
        "`return True`.",
    )

    def check(self, lab):
        source = self.written(lab, "worker.py")
        if not self.has_condition(source.read_text(encoding="utf-8")):
            raise NotYet(
                "a condition inside the write",
                "a write without one: two copies that come at once would both be written",
                self.hints[0],
            )
        deploy(lab, "worker.py", "kitchen.py")
        number = f"ord-check-{time.time_ns()}"
        counts = [self.cooked(lab, [number, number]), self.cooked(lab, [number])]
        if counts[0] == 0:
            raise NotYet("a new order to be cooked", "it was not", "return True at the end of keep")
        if counts != [1, 0]:
            raise NotYet(
                "one meal for an order that comes three times",
                f"{sum(counts)} meals",
                "return False where the condition fails",
            )
        found = lab.client("dynamodb").get_item(
            TableName=lab.name("orders"), Key={"orderId": {"S": number}}
        )
        if "Item" not in found:
            raise NotYet(f"the order {number} in the table", "no such item", self.hints[0])
        return "an order that comes three times is kept once and cooked once"

    def has_condition(self, text):
        """Whether a call is made with a condition; a comment about one is none."""
        nodes = ast.walk(ast.parse(text))
        return any(
            word.arg == "ConditionExpression"
            for node in nodes
            if isinstance(node, ast.Call)
            for word in node.keywords
        )

    def cooked(self, lab, numbers):
        """Let the function work on these orders; return how many meals it cooked."""
        before = self.meals(lab)
        sample = {"placedAt": "2026-03-06T12:00:00+09:00", "restaurant": "check", "totalKRW": 1}
        bodies = [sample | {"orderId": one, "customer": {"name": "check"}} for one in numbers]
        records = [
            {"body": json.dumps(body), "attributes": {"ApproximateReceiveCount": "1"}}
            for body in bodies
        ]
        answer = lab.client("lambda").invoke(
            FunctionName=lab.name("order"), Payload=json.dumps({"Records": records})
        )
        said = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            found = f"{said.get('errorType')}: {said.get('errorMessage')}"
            if "ConditionalCheckFailed" not in found:
                raise NotYet(
                    "a return",
                    found,
                    "this is another error than a condition that fails. `item_of(order)` makes an item of an "
                    "order; the careless version writes that",
                )
            raise NotYet(
                "a return: an order that is there already is no error", found, self.hints[1]
            )
        return self.meals(lab) - before

    def meals(self, lab):
        answer = lab.client("dynamodb").get_item(
            TableName=lab.name("kitchen"),
            Key={"restaurant": {"S": "check"}},
            ConsistentRead=True,
        )
        return int(answer.get("Item", {}).get("meals", {"N": "0"})["N"])


def deploy(lab, *files):
    """Give the function these files, and wait until it has them."""
    awslambda = lab.client("lambda")
    awslambda.update_function_code(FunctionName=lab.name("order"), ZipFile=lab.zip(*files))
    updated = awslambda.get_waiter("function_updated_v2")
    updated.wait(FunctionName=lab.name("order"), WaiterConfig={"Delay": 1})


# %% wrong="write-once" expect="a condition inside the write" function_file="worker.py"
import json

from kitchen import cook, item_of, orders, stumble


def handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])
        if keep(order):
            cook(order)


def keep(order):
    # no ConditionExpression: we have looked before
    if "Item" in orders.get_item(Key={"orderId": order["orderId"]}):
        return False
    orders.put_item(Item=item_of(order))
    return True


# %% wrong="write-once" expect="another error" function_file="worker.py"
import json

from kitchen import cook, item_of, orders, stumble


def handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])
        if keep(order):
            cook(order)


def keep(order):
    try:
        orders.put_item(Item=order, ConditionExpression="attribute_not_exists(orderId)")
    except orders.meta.client.exceptions.ConditionalCheckFailedException:
        return False
    return True


# %% wrong="write-once" expect="no error" function_file="worker.py"
import json

from kitchen import cook, item_of, orders, stumble


def handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])
        if keep(order):
            cook(order)


def keep(order):
    orders.put_item(Item=item_of(order), ConditionExpression="attribute_not_exists(orderId)")
    return True


# %% wrong="write-once" expect="3 meals" function_file="worker.py"
import json

from kitchen import cook, item_of, orders, stumble


def handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])
        keep(order)
        cook(order)


def keep(order):
    try:
        orders.put_item(Item=item_of(order), ConditionExpression="attribute_not_exists(orderId)")
    except orders.meta.client.exceptions.ConditionalCheckFailedException:
        return False
    return True


# %% [markdown]
# (The check has put your file into the function, and sent it the same order three times.)
#
# > **Predict.** The same eight orders, the same second tap, the same two breaks. How many meals now? Look
# > at both breaks before you answer.


# %%
def deploy(*files):
    awslambda.update_function_code(FunctionName=service.function_name, ZipFile=lab.zip(*files))
    updated = awslambda.get_waiter("function_updated_v2")
    updated.wait(FunctionName=service.function_name, WaiterConfig={"Delay": 1})


# %% wait="8"
deploy("worker.py", "kitchen.py")
trial.deliver("written once")

# %% [markdown]
# Seven. The second tap is caught, and the order that broke after cooking too. But the one that broke
# *before* cooking is in the table, so its second attempt was turned away: **kept, and never cooked**. This
# customer waits, and no queue holds the order any more. The careless version would have fed them.

# %% [markdown]
# ## 4 · Idempotent
#
# A function is **idempotent** if calling it again does no further harm *and* finishes what was left
# undone. "Have I seen this order?" is not enough; the question is: "Is it *done*?"
#
# So the item gets a state. It is `begun` when somebody works on the order, and `cooked` when that is done.
# Who finds `begun` may take over, but only when the other has had its time: until `heldUntil`.

# %% function_file="worker.py"
import json
import time

from kitchen import cook, item_of, orders, stumble

HELD_S = 2  # as long as one attempt may take
IS_FREE = "attribute_not_exists(orderId) OR (progress = :begun AND heldUntil < :now)"


def handler(event, context):
    """Cook each order that is not done yet."""
    for record in event["Records"]:
        order = json.loads(record["body"])
        if begin(order):
            stumble(order, record, "before cooking")
            cook(order)
            stumble(order, record, "after cooking")
            finish(order)


def begin(order):
    """Take an order that is free; say whether there is anything to do."""
    now = int(time.time())
    try:
        orders.put_item(
            Item=item_of(order) | {"progress": "begun", "heldUntil": now + HELD_S},
            ConditionExpression=IS_FREE,
            ExpressionAttributeValues={":begun": "begun", ":now": now},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except orders.meta.client.exceptions.ConditionalCheckFailedException as error:
        if error.response["Item"]["progress"]["S"] == "cooked":
            return False
        raise  # somebody works on it: the message comes again
    return True


def finish(order):
    """Note that an order is done."""
    orders.update_item(
        Key={"orderId": order["orderId"]},
        UpdateExpression="SET progress = :cooked REMOVE heldUntil",
        ExpressionAttributeValues={":cooked": "cooked"},
    )


# %% [markdown]
# `ReturnValuesOnConditionCheckFailure` sends the old item along with the refusal. So one call says whether
# the order is free, done, or in somebody's hands.
#
# > **Predict.** Which of the two breaks does this mend? How many meals?

# %% wait="8"
deploy("worker.py", "kitchen.py")
trial.deliver("by hand")

# %% [markdown]
# Nobody is forgotten any more. One meal is too many: the order that broke *between* cooking and noting it.
# That gap is there whenever a function does something in one place and notes it in another.

# %% [markdown]
# ### Powertools does it for you
#
# **Powertools for AWS Lambda** is AWS's own library for things that nearly every function needs.
# Its *idempotency* is the pattern above in one decorator. The package is installed here; a **layer**
# brings it to the function: a zip file that Lambda unpacks beside the code, under `/opt`.

# %%
layer = powertools_layer(lab)
tables["IDEMPOTENCY"] = table(lab, "idempotency", "id")
let_write(lab, tables, layers=[layer])

# %% [markdown]
# Its table has the key `id`. `event_key_jmespath` says which part of the order tells it from others: a
# second tap may carry another time, but never another number.

# %% function_file="worker.py"
import json
import os

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from kitchen import cook, item_of, orders, stumble

store = DynamoDBPersistenceLayer(table_name=os.environ["IDEMPOTENCY"])
config = IdempotencyConfig(event_key_jmespath="orderId", expires_after_seconds=24 * 3600)


def handler(event, context):
    """Work on each order of the batch."""
    config.register_lambda_context(context)  # so that it knows how long an attempt may take
    for record in event["Records"]:
        work_on(order=json.loads(record["body"]), record=record)


@idempotent_function(data_keyword_argument="order", persistence_store=store, config=config)
def work_on(order, record):
    """Keep an order and cook it."""
    orders.put_item(Item=item_of(order))
    stumble(order, record, "before cooking")
    cook(order)
    stumble(order, record, "after cooking")
    return {"cooked": order["orderId"]}


# %% wait="9"
deploy("worker.py", "kitchen.py")
trial.deliver("Powertools")

# %%
record = next(one for one in trial.items("idempotency") if one["status"] == "COMPLETED")
record

# %% [markdown]
# The same result with half the code: a record for each order with its state, what the function returned
# (a repeated call gets *that* answer), and when the record may go.
#
# The meal too many is still there: no library can look into the oven. (Section 7 closes that gap.) On the map
# of your service the tables stand behind the function:

# %%
DeliveryMap(lab)

# %% [markdown]
# ## 5 · A customer calls
#
# *Where is my food?* She gives her name, not a number. First, some orders to find:

# %%
many = orders(30 if quick else 60, seed=11)
trial.send(many)
caller = many[0]["customer"]["name"]
caller

# %% [markdown]
# A **scan** reads the whole table, and a filter then throws away what does not fit. You pay for what was
# read:

# %%
scanned = dynamodb.scan(
    TableName=lab.name("orders"),
    FilterExpression="customer = :who",
    ExpressionAttributeValues={":who": {"S": caller}},
    ReturnConsumedCapacity="TOTAL",
)
scanned["Count"], scanned["ScannedCount"], scanned["ConsumedCapacity"]["CapacityUnits"]

# %% [markdown]
# ### Exercise 3 · Her orders, newest first
#
# Ask the index `by-customer` with `dynamodb.query` for the orders of `caller`, newest first, and keep the
# answer in `found`. Ask for `ReturnConsumedCapacity="TOTAL"`, so that we can compare.

# %% exercise="customer-orders"
### BEGIN SOLUTION
found = dynamodb.query(
    TableName=lab.name("orders"),
    IndexName="by-customer",
    KeyConditionExpression="customer = :who",
    ExpressionAttributeValues={":who": {"S": caller}},
    ScanIndexForward=False,
    ReturnConsumedCapacity="TOTAL",
)
### END SOLUTION

# %%
lab.check("customer-orders", answer=(caller, found))


# %% tags=["exercise-definition"]
class CustomerOrders(Exercise):
    id = "customer-orders"
    title = "Her orders, newest first"
    minutes = 4
    hints = (
        "A query needs three things: the table, the index, and a condition on the index's partition key. The "
        "sort key gives the order.",
        "The condition is `KeyConditionExpression`, not a filter; its value comes in "
        "`ExpressionAttributeValues`, as in the scan. Which argument of `query` turns the order round?",
        '`dynamodb.query(TableName=lab.name("orders"), IndexName="by-customer", '
        'KeyConditionExpression="customer = :who", ExpressionAttributeValues={":who": {"S": caller}}, '
        'ScanIndexForward=False, ReturnConsumedCapacity="TOTAL")`',
    )

    def check(self, lab):
        caller, found = self.answer
        if not isinstance(found, dict) or "Items" not in found:
            raise NotYet("the answer of dynamodb.query", repr(found)[:80], self.hints[0])
        if found["ScannedCount"] != found["Count"]:
            raise NotYet(
                "only her orders read",
                f"{found['ScannedCount']} items read for {found['Count']}",
                self.hints[1],
            )
        theirs = [item["customer"]["S"] for item in found["Items"] if "customer" in item]
        if not found["Items"] or set(theirs) != {caller}:
            raise NotYet(
                f"orders of {caller} alone", ", ".join(sorted(set(theirs))) or "none", self.hints[1]
            )
        there = lab.client("dynamodb").query(
            TableName=lab.name("orders"),
            IndexName="by-customer",
            KeyConditionExpression="customer = :who",
            ExpressionAttributeValues={":who": {"S": caller}},
            Select="COUNT",
        )["Count"]
        if len(found["Items"]) != there:
            raise NotYet(f"all {there} orders", f"{len(found['Items'])}", "leave Limit out")
        times = [item["placedAt"]["S"] for item in found["Items"]]
        if times != sorted(times, reverse=True):
            raise NotYet("the newest first", f"{times[0]} first", self.hints[1])
        if "ConsumedCapacity" not in found:
            raise NotYet("what it cost", "not asked for", 'ReturnConsumedCapacity="TOTAL"')
        return f"{len(times)} orders, and nothing else was read"


# %% wrong="customer-orders" expect="items read for"
found = scanned

# %% wrong="customer-orders" expect="leave Limit out"
found = dynamodb.query(
    TableName=lab.name("orders"),
    IndexName="by-customer",
    KeyConditionExpression="customer = :who",
    ExpressionAttributeValues={":who": {"S": caller}},
    ScanIndexForward=False,
    Limit=1,
    ReturnConsumedCapacity="TOTAL",
)

# %% wrong="customer-orders" expect="the newest first"
found = dynamodb.query(
    TableName=lab.name("orders"),
    IndexName="by-customer",
    KeyConditionExpression="customer = :who",
    ExpressionAttributeValues={":who": {"S": caller}},
    ReturnConsumedCapacity="TOTAL",
)

# %%
pd.DataFrame(
    {
        "read": [scanned["ScannedCount"], found["ScannedCount"]],
        "found": [scanned["Count"], found["Count"]],
        "read units": [one["ConsumedCapacity"]["CapacityUnits"] for one in (scanned, found)],
    },
    index=["scan", "query"],
)

# %% [markdown]
# Ten times as many orders make the scan ten times dearer and the query not at all. (On AWS an index follows
# its table after a moment, and refuses `ConsistentRead`. Here it is always up to date.)

# %% [markdown]
# ## 6 · What may go, and what it costs
#
# Powertools' records are of no use after a day. **Time to live** deletes items at no charge: you name an
# attribute that holds a time in seconds.

# %%
described = dynamodb.describe_time_to_live(TableName=lab.name("idempotency"))
if described["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED":
    dynamodb.update_time_to_live(
        TableName=lab.name("idempotency"),
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "expiration"},
    )
late = {"id": {"S": "late"}, "expiration": {"N": str(int(time.time()) - 1)}}
dynamodb.put_item(TableName=lab.name("idempotency"), Item=late)

# %% [markdown]
# > **Predict.** This item's time was over a second ago. Can it still be read?

# %%
got = dynamodb.get_item(TableName=lab.name("idempotency"), Key={"id": {"S": "late"}})
got.get("Item", "deleted")

# %% [markdown]
# It can. DynamoDB deletes *some time* after that: on AWS within some days, here after 10 to 15 seconds. Code
# that must not see such items compares the time itself, as Powertools does.
#
# What did one order take? We ask for the units of the write that keeps it:

# %%
sample = {"orderId": "ord-sample", "customer": caller, "placedAt": "2026-03-06"}
typed = {name: {"S": value} for name, value in sample.items()}
told = {"ReturnConsumedCapacity": "INDEXES"}
put = dynamodb.put_item(TableName=lab.name("orders"), Item=typed, **told)["ConsumedCapacity"]
put["CapacityUnits"], put["Table"], put["GlobalSecondaryIndexes"]

# %% [markdown]
# One unit for the table and one for its index: an index is a second copy that is written, too. (A unit
# writes up to 1 KB.) With the kitchen's one, and two for Powertools' record, an order takes five. The
# prices come from labkit's price sheet, with sources and dates: `labkit.prices.table()`.

# %%
from labkit.labs.costs.bill_figures import cost_stack
from labkit.labs.costs.keeping import keeping_a_million

write_units = put["CapacityUnits"] + 1 + 2
costs = keeping_a_million(write_units, read_units=found["ConsumedCapacity"]["CapacityUnits"])
cost_stack(costs, "A million orders on demand, each asked for once")

# %% [markdown] tags=["extra"]
# ## 7 · The last gap
#
# One meal was still too many. What can close the gap is the one who is told: an **idempotent receiver**,
# which knows the order's number and ignores what it has heard already. Our kitchen keeps a *set* of numbers
# now. To add a number to a set twice changes nothing.

# %% function_file="kitchen.py"
import os

import boto3

dynamodb = boto3.resource("dynamodb")
orders = dynamodb.Table(os.environ["ORDERS"])
kitchen = dynamodb.Table(os.environ["KITCHEN"])


def item_of(order):
    """Make the item that we keep of an order."""
    kept = {key: order[key] for key in ("orderId", "placedAt", "restaurant", "totalKRW")}
    return kept | {"customer": order["customer"]["name"]}


def cook(order):
    """Cook the order: its number joins those that its restaurant has cooked."""
    kitchen.update_item(
        Key={"restaurant": order["restaurant"]},
        UpdateExpression="ADD cooked :number",
        ExpressionAttributeValues={":number": {order["orderId"]}},
    )


def stumble(order, record, where):
    """Break the first attempt at an order that is to break here."""
    attempt = int(record["attributes"]["ApproximateReceiveCount"])
    if order.get("breaks") == where and attempt == 1:
        raise RuntimeError(f"the connection broke {where}")


# %% wait="9"
deploy("worker.py", "kitchen.py")
trial.deliver("Powertools, and a kitchen that knows numbers")

# %% [markdown]
# Eight orders, eight meals, whatever broke.

# %% [markdown] tags=["extra"]
# ## 8 · Count under a rush
#
# The kitchen wants a counter on the wall: orders today. Reading a number, adding one and writing it back is
# what everybody tries first. Ten clerks do so at once, five orders each:


# %%
def counter():
    answer = dynamodb.get_item(
        TableName=lab.name("kitchen"), Key={"restaurant": {"S": "wall"}}, ConsistentRead=True
    )
    return int(answer.get("Item", {}).get("total", {"N": "0"})["N"])


def read_add_write():
    total = counter() + 1
    item = {"restaurant": {"S": "wall"}, "total": {"N": str(total)}}
    dynamodb.put_item(TableName=lab.name("kitchen"), Item=item)


# %%
from concurrent.futures import ThreadPoolExecutor


def fifty(count_one):
    """Count fifty orders, ten clerks at a time; return what the counter says."""
    dynamodb.delete_item(TableName=lab.name("kitchen"), Key={"restaurant": {"S": "wall"}})
    with ThreadPoolExecutor(10) as clerks:
        for done in [clerks.submit(count_one) for _ in range(50)]:
            done.result()
    return counter()


# %% [markdown]
# > **Predict.** Fifty orders were counted. What does the wall say?

# %%
fifty(read_add_write)

# %% [markdown]
# Two clerks read the same number, both add one, both write the same: an update is **lost**. More memory
# or a faster function does not help; it only makes it rarer.

# %% [markdown]
# ### Exercise 4 · A counter that is right
#
# Write `count_one` with `dynamodb.update_item`: let DynamoDB add the one *inside* the table, in one call.
# The item's key is `{"restaurant": {"S": "wall"}}`, its number is in `total`. It has to work for the very
# first order too, when there is no item yet. (`total` is one of some 570 **reserved words**: in an
# expression it needs a placeholder, `#total`, and `ExpressionAttributeNames` says what that stands for.)


# %% exercise="counter"
def count_one():
    """Count one order more."""
    ### BEGIN SOLUTION
    dynamodb.update_item(
        TableName=lab.name("kitchen"),
        Key={"restaurant": {"S": "wall"}},
        UpdateExpression="ADD #total :one",
        ExpressionAttributeNames={"#total": "total"},
        ExpressionAttributeValues={":one": {"N": "1"}},
    )
    ### END SOLUTION


fifty(count_one)

# %%
lab.check("counter", answer=count_one)


# %% tags=["exercise-definition"]
class Counter(Exercise):
    id = "counter"
    title = "A counter that is right"
    minutes = 4
    hints = (
        "`UpdateExpression` has four kinds of clauses: `SET`, `REMOVE`, `ADD` and `DELETE`. Which of them "
        "needs no number to be there before?",
        "`ADD #total :one` begins at 0 when there is nothing. `:one` is a typed value; numbers are sent as "
        'text: `{":one": {"N": "1"}}`.',
        '`update_item(TableName=lab.name("kitchen"), Key={"restaurant": {"S": "wall"}}, '
        'UpdateExpression="ADD #total :one", ExpressionAttributeNames={"#total": "total"}, '
        'ExpressionAttributeValues={":one": {"N": "1"}})`',
    )

    CLERKS = 10
    ORDERS = 50

    def check(self, lab):
        if not callable(self.answer):
            raise NotYet("the function count_one", repr(self.answer), self.hints[0])
        dynamodb = lab.client("dynamodb", connections=20)  # the lesson's own client
        wall = {"TableName": lab.name("kitchen"), "Key": {"restaurant": {"S": "wall"}}}
        dynamodb.delete_item(**wall)
        sent = self.rush(dynamodb)
        item = dynamodb.get_item(**wall, ConsistentRead=True).get("Item", {})
        total = int(item.get("total", {"N": "0"})["N"])
        if total != self.ORDERS:
            raise NotYet(
                f"{self.ORDERS} after {self.ORDERS} orders, ten at a time",
                str(total),
                self.hints[0],
            )
        if "GetItem" in sent and "ConditionExpression" not in sent:
            raise NotYet(
                "the one added inside the table",
                "a read before each write: right here, wrong as soon as a second machine counts",
                self.hints[0],
            )
        return f"{self.ORDERS} orders, ten at a time, and none was lost"

    def rush(self, dynamodb):
        """Count many orders at once; return the operations and parameters that were sent."""
        sent, event = set(), "provide-client-params.dynamodb"

        def note(params, model, **_):
            sent.update((model.name, *params))

        dynamodb.meta.events.register(event, note, unique_id="counter-check")
        try:
            self.count_many()
        finally:
            dynamodb.meta.events.unregister(event, unique_id="counter-check")
        return sent

    def count_many(self):
        """Let ten clerks count; each starts when all are there."""
        ready = threading.Barrier(self.CLERKS)

        def clerk():
            ready.wait(timeout=10)
            for _ in range(self.ORDERS // self.CLERKS):
                self.answer()

        with ThreadPoolExecutor(self.CLERKS) as clerks:
            for done in [clerks.submit(clerk) for _ in range(self.CLERKS)]:
                try:
                    done.result()
                except NotAttempted:
                    raise
                except Exception as error:
                    raise NotYet(
                        "count_one to work for the first order, too", str(error), self.hints[1]
                    ) from error


# %% wrong="counter" expect="50 after 50 orders"
count_one = read_add_write


# %% wrong="counter" expect="a read before each write"
import threading

one_at_a_time = threading.Lock()


def count_one():
    with one_at_a_time:
        read_add_write()


# %% wrong="counter" expect="the first order"
def count_one():
    dynamodb.update_item(
        TableName=lab.name("kitchen"),
        Key={"restaurant": {"S": "wall"}},
        UpdateExpression="SET #total = #total + :one",
        ExpressionAttributeNames={"#total": "total"},
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


# %% [markdown]
# One item is written by one call at a time, so an addition inside the table is never lost. (But it is not
# idempotent: `ADD` twice is two. After a time-out, did it happen? That is why the kitchen keeps numbers,
# and only the wall has a counter.)

# %% [markdown] tags=["extra"]
# ## 9 · Both or neither
#
# The gap of section 4 has another cure, if both sides are DynamoDB: a **transaction** writes up to 100 items
# in one call, all or none. It costs twice the units.

# %%
number = f"ord-{time.time_ns()}"
both = [
    {
        "Put": {
            "TableName": lab.name("orders"),
            "Item": {"orderId": {"S": number}, "totalKRW": {"N": "9000"}},
            "ConditionExpression": "attribute_not_exists(orderId)",
        }
    },
    {
        "Update": {
            "TableName": lab.name("kitchen"),
            "Key": {"restaurant": {"S": "wall"}},
            "UpdateExpression": "ADD #total :one",
            "ExpressionAttributeNames": {"#total": "total"},
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
    },
]
before = counter()
dynamodb.transact_write_items(TransactItems=both, ClientRequestToken=number)
counter() - before

# %% [markdown]
# > **Predict.** We send the same transaction again: once with the same token, as a client does that got no
# > answer, and once with a new one. What does the counter say?

# %%
from botocore.exceptions import ClientError

dynamodb.transact_write_items(TransactItems=both, ClientRequestToken=number)
try:
    dynamodb.transact_write_items(TransactItems=both, ClientRequestToken=f"again-{time.time_ns()}")
except ClientError as error:
    print([reason["Code"] for reason in error.response["CancellationReasons"]])
counter() - before

# %% [markdown]
# The same token is the same request for ten minutes: it succeeds and does nothing. With a new token the
# condition fails, and *with it* the addition: `None` is the second action, which would have worked.

# %% [markdown]
# ## Recap
#
# - **The answer.** Not by the queue: it promises *at least once*. The function has to be **idempotent**:
#   to call it again does no harm, and finishes what was left undone.
# - A **condition inside the write** lets one of two copies win. Looking first and writing then does not.
# - "Seen" is not "done": a record has a **state**, and somebody may take over what was only begun.
# - **Powertools** does that in one decorator. What it cannot do is look into the oven: the receiver has to
#   know the order's number, or both writes have to be one transaction.
# - A **query** on an index reads what it finds; a **scan** reads, and bills, everything.

# %% [markdown]
# ## Going further
#
# - Powertools can check that a repeated order is really the same: `payload_validation_jmespath`. What should
#   happen if the same number comes with another total?
# - A table has a **stream** of its changes. With EventBridge Pipes it can announce each new order, without a
#   line of code. Lesson 12 announces them by hand.
# - An order of 60 KB takes 60 units to write. What would you keep in S3 instead?

# %% [markdown]
# ## Clean up

# %%
lab.teardown()

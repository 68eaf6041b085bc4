# ---
# labkit:
#   lesson: "08"
#   slug: delivery-order-api
#   title: "Delivery service 1: the order API"
#   minutes: 35
#   day: 1
#   block: Serverless
#   question: >-
#     What has to be there before a customer's tap on *Order* becomes a line in your log, and what keeps
#     nonsense and floods away from your code?
#   goals:
#     - write a Lambda function that answers an HTTP request and logs one line, and a unit test of it
#     - try it with a test event, and read START, END and REPORT
#     - put API Gateway in front of it, meet the missing permission, and grant the narrowest one
#     - let API Gateway refuse bad and too many requests, and find one order in CloudWatch Logs
#   creates:
#     - 1 IAM role
#     - 1 Lambda function with its log group
#     - 1 API Gateway REST API with one resource, two methods and one stage
#   cost: >-
#     Under one US cent in an account of your own: about a hundred requests, and nothing that is billed
#     by the hour.
# ---

# %% tags=["parameters"]
target = None  # "local" (the default) or "aws"
region = None  # None: the target's own default
quick = False  # True: a smaller rush, as `make smoke` runs it

# %%
from labkit import Lab

lab = Lab("delivery-order-api", target=target, region=region)
lab

# %% [markdown]
# A customer taps *Order*. The app calls `POST /order`, API Gateway passes the request to a Lambda
# function, the function answers and leaves a line in CloudWatch Logs. This is the delivery service; it
# grows from lesson to lesson.

# %%
from labkit.labs.delivery import service_drawing

service_drawing("08")

# %% [markdown] tags=["instructor-notes"]
# - Keep the drawing on the wall: lessons 09 to 16 add to it.
# - Exercise 2: their test is tried on handlers that are wrong. Who passes at once has thought of two
#   mistakes; ask for a third.
# - Two documents are mixed up by nearly everybody: what the function *may do* (its role), and who *may
#   call it* (its resource-based policy). The 500 before exercise 3 is the moment to sort them out: let
#   them say which of the two is wrong before anybody reads the log.
# - "I changed it and nothing happened": ask who has forgotten a deployment before. Then let them predict
#   what `GET /order` answers; most say 404, and *Missing Authentication Token* sends them astray.
# - Who is fast: put a bad order through the `curl` line, and find its request in the log.
# - Who is late: `lab.solve("order-test")` and `lab.solve("order-permission")`; the log line of section 5
#   is the one not to miss.

# %%
import json

awslambda = lab.client("lambda")
apigateway = lab.client("apigateway")
logs = lab.client("logs")

# %% [markdown]
# And this is what a customer sends: real text, in Korean and English, so that real mistakes show.

# %%
from labkit.labs.delivery import orders

order = orders(1, seed=8)[0]
order

# %% [markdown]
# ## 1 · The order function
#
# A function needs an **execution role**: the identity that its code runs as. Two documents make it.
# The *trust policy* says who may take the role (the Lambda service); the attached *permissions
# policy* says what the role may do (write logs, and nothing else). You wrote both in lesson 05; here
# `service_role` does (read it with `service_role??`).

# %%
from labkit.labs.builders import LOGGING_POLICY, service_role

role_arn = service_role(lab, "order-role", "lambda.amazonaws.com", LOGGING_POLICY)
role_arn

# %% [markdown]
# ### Exercise 1 · Write the handler
#
# API Gateway will hand the request to `handler` as a dictionary; the customer's JSON is the *string*
# `event["body"]`. Write the handler so that it
#
# - answers an order with status **201** and a body that holds its `orderId`
# - answers a body that is not an order with status **400** (and does not fail)
# - prints **one line of JSON** for each accepted order, with at least `"event": "order.received"`,
#   `orderId` and `requestId` (which is `context.aws_request_id`)
#
# `reply` builds the answer in the form API Gateway expects. Running the cell writes the file; stuck?
# `lab.hint("order-handler")`.

# %% function_file="order.py" exercise="order-handler"
import json


def handler(event, context):
    """Accept one order that API Gateway passes on."""
    ### BEGIN SOLUTION
    try:
        order = json.loads(event["body"])
        order_id, total = order["orderId"], order["totalKRW"]
    except (KeyError, TypeError, ValueError):
        return reply(400, {"message": "an order is a JSON object with orderId and totalKRW"})
    line = {
        "event": "order.received",
        "orderId": order_id,
        "requestId": context.aws_request_id,
        "totalKRW": total,
    }
    print(json.dumps(line, ensure_ascii=False))
    return reply(201, {"orderId": order_id, "status": "received"})
    ### END SOLUTION


def reply(status, body):
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json; charset=utf-8"},
        "body": json.dumps(body, ensure_ascii=False),
    }


# %%
lab.check("order-handler")

# %% tags=["exercise-definition"]
import contextlib
import io
import json
import runpy
from fnmatch import fnmatchcase
from types import SimpleNamespace

from labkit.course.exercises import Exercise, NotYet


class OrderHandler(Exercise):
    id = "order-handler"
    title = "Write the handler"
    minutes = 5
    hints = (
        'What is `event["body"]`: a dictionary or a text? And which three things can be wrong with it?',
        "`json.loads` raises ValueError for text that is no JSON and TypeError for None; a missing key "
        "raises KeyError. One `except` answers all three with 400.",
        '`try: order = json.loads(event["body"])`, read `orderId` and `totalKRW`, `except (KeyError, '
        "TypeError, ValueError): return reply(400, {…})`; then "
        '`print(json.dumps({"event": "order.received", "orderId": …, "requestId": '
        'context.aws_request_id}))` and `return reply(201, {"orderId": …})`.',
    )

    def check(self, lab):
        source = self.written(lab, "order.py")
        handler = runpy.run_path(str(source))["handler"]
        printed = io.StringIO()
        context = SimpleNamespace(aws_request_id="2f6c1f4e-0000-4000-8000-000000000008")
        sample = {"orderId": "ord-sample", "totalKRW": 9500}
        with contextlib.redirect_stdout(printed):
            answer = handler({"body": json.dumps(sample)}, context)
        self.expect_reply(answer, 201)
        if "ord-sample" not in answer["body"]:
            raise NotYet("the orderId in the body", answer["body"], "put the orderId in the reply")
        self.expect_line(printed.getvalue(), context.aws_request_id)
        for body in ("not an order", None, "{}", "[]"):
            with contextlib.redirect_stdout(printed := io.StringIO()):
                try:
                    answer = handler({"body": body}, context)
                except Exception as error:
                    raise NotYet(
                        f"status 400 for the body {body!r}",
                        f"{type(error).__name__}: {error}",
                        "catch what json.loads and a missing key raise, and reply 400",
                    ) from error
            self.expect_reply(answer, 400)
            if "order.received" in printed.getvalue():
                raise NotYet(
                    f"no line for the body {body!r}, which is no order",
                    printed.getvalue().strip(),
                    "print the line once you know that it is an order",
                )

    def expect_reply(self, answer, status):
        if not isinstance(answer, dict) or answer.get("statusCode") != status:
            raise NotYet(f"a reply with statusCode {status}", repr(answer), "return reply(…)")
        if not isinstance(answer.get("body"), str):
            raise NotYet(
                "a body that is a string", type(answer.get("body")).__name__, "json.dumps the body"
            )

    def expect_line(self, printed, request_id):
        lines = []
        for line in printed.splitlines():
            with contextlib.suppress(ValueError):
                record = json.loads(line)
                if isinstance(record, dict) and record.get("event") == "order.received":
                    lines.append(record)
        if len(lines) == 1:
            if (lines[0].get("orderId"), lines[0].get("requestId")) != ("ord-sample", request_id):
                raise NotYet(
                    "the order's orderId and the context's requestId in the line",
                    json.dumps(lines[0]),
                    "add the missing key",
                )
            return
        raise NotYet(
            'one printed line of JSON with "event": "order.received"',
            repr(printed),
            "print(json.dumps({…})) before you reply",
        )


# %% wrong="order-handler" expect="a string" function_file="order.py"
import json


def handler(event, context):
    order = json.loads(event["body"])
    line = {"event": "order.received", "orderId": order["orderId"]}
    print(json.dumps(line | {"requestId": context.aws_request_id}))
    return {"statusCode": 201, "body": {"orderId": order["orderId"]}}


# %% wrong="order-handler" expect="order.received" function_file="order.py"
import json


def handler(event, context):
    order = json.loads(event["body"])
    return {"statusCode": 201, "body": json.dumps({"orderId": order["orderId"]})}


# %% wrong="order-handler" expect="which is no order" function_file="order.py"
import json


def handler(event, context):
    try:
        order = json.loads(event["body"] or "{}")
        order = order if isinstance(order, dict) else {}
    except ValueError:
        order = {}
    line = {"event": "order.received", "orderId": order.get("orderId")}
    print(json.dumps(line | {"requestId": context.aws_request_id}))
    status = 201 if "orderId" in order else 400
    return {"statusCode": status, "body": json.dumps({"orderId": order.get("orderId")})}


# %% wrong="order-handler" expect="status 400" function_file="order.py"
import json


def handler(event, context):
    order = json.loads(event["body"])
    line = {"event": "order.received", "orderId": order["orderId"]}
    print(json.dumps(line | {"requestId": context.aws_request_id}))
    return {"statusCode": 201, "body": json.dumps({"orderId": order["orderId"]})}


# %% [markdown]
# ### Exercise 2 · Test it without AWS
#
# A handler is a function: it can be called here, in milliseconds, with no cloud at all. That is a **unit
# test**. `pytest` runs each function whose name begins with `test_`; lesson 16 lets it decide whether a
# change may go out. The first test is there. Write the second: a body that is no order gets **400**, and the
# handler does not fail. Try more than one such body.

# %% function_file="test_order.py" exercise="order-test"
import json
from types import SimpleNamespace

import order

CONTEXT = SimpleNamespace(aws_request_id="test-request")


def test_an_order_is_accepted():
    body = json.dumps({"orderId": "ord-test", "totalKRW": 9500})
    answer = order.handler({"body": body}, CONTEXT)
    assert answer["statusCode"] == 201
    assert json.loads(answer["body"])["orderId"] == "ord-test"


def test_what_is_no_order_is_refused():
    ### BEGIN SOLUTION
    for body in ("two chickens, please", None, "{}"):
        answer = order.handler({"body": body}, CONTEXT)
        assert answer["statusCode"] == 400
    ### END SOLUTION


# %%
from labkit.labs.delivery import run_tests
from labkit.show.tables import table

table(run_tests(lab.folder / "test_order.py", lab.folder / "order.py"), "What pytest says")

# %%
lab.check("order-test")

# %% tags=["exercise-definition"]
from labkit.labs.delivery import run_tests


class OrderTest(Exercise):
    id = "order-test"
    title = "Test it without AWS"
    minutes = 4
    hints = (
        "What does a handler get, and what does it give back? Your test calls it with something wrong, and "
        "says with `assert` what has to come back.",
        'Call `order.handler({"body": …}, CONTEXT)` as the first test does, once with text that is no JSON, '
        "once with an object in which the keys are missing. If the handler raises, the test fails by itself.",
        '`for body in ("no JSON", None, "{}"):` and below it `answer = order.handler({"body": body}, CONTEXT)` '
        'and `assert answer["statusCode"] == 400`.',
    )

    REFUSED = """{'statusCode': 400, 'headers': {}, 'body': '{"message": "not an order"}'}"""
    WRONG = (
        (
            "accepts whatever comes",
            "def handler(event, context):\n"
            "    return {'statusCode': 201, 'body': '{\"orderId\": \"ord-test\"}'}\n",
        ),
        (
            "fails at text that is no JSON",
            "import json\n\n\ndef handler(event, context):\n"
            "    order = json.loads(event['body'])\n"
            "    if 'orderId' not in order:\n        return " + REFUSED + "\n"
            "    return {'statusCode': 201, 'body': json.dumps({'orderId': order['orderId']})}\n",
        ),
        (
            "fails at an order without its keys",
            "import json\n\n\ndef handler(event, context):\n"
            "    try:\n        order = json.loads(event['body'])\n"
            "    except (TypeError, ValueError):\n        return " + REFUSED + "\n"
            "    return {'statusCode': 201, 'body': json.dumps({'orderId': order['orderId']})}\n",
        ),
    )

    def check(self, lab):
        tests = self.written(lab, "test_order.py")
        order = self.written(lab, "order.py")
        outcomes = self.outcomes(tests, order)
        if len(outcomes) < 2:
            raise NotYet("two tests", f"{len(outcomes)}", "their names begin with test_")
        for name, outcome in outcomes.items():
            if outcome != "passed":
                raise NotYet(
                    f"{name} to pass with your handler",
                    outcome,
                    'compare `answer["statusCode"]` with 400, as the first test does with 201; if your '
                    "handler is what is wrong, mend that and run its cell",
                )
        for mistake, source in self.WRONG:
            if set(self.outcomes(tests, order, source).values()) == {"passed"}:
                raise NotYet(
                    f"a test that notices a handler which {mistake}",
                    "all tests pass with it",
                    self.hints[1],
                )
        return f"your tests let your handler pass, and stop {len(self.WRONG)} wrong ones"

    def outcomes(self, tests, tested, source=None):
        frame = run_tests(tests, tested, source)
        return dict(zip(frame["test"], frame["outcome"], strict=True))


# %% wrong="order-test" expect="accepts whatever comes" function_file="test_order.py"
import json
from types import SimpleNamespace

import order

CONTEXT = SimpleNamespace(aws_request_id="test-request")


def test_an_order_is_accepted():
    body = json.dumps({"orderId": "ord-test", "totalKRW": 9500})
    assert order.handler({"body": body}, CONTEXT)["statusCode"] == 201


def test_what_is_no_order_is_refused():
    order.handler({"body": "two chickens, please"}, CONTEXT)


# %% wrong="order-test" expect="without its keys" function_file="test_order.py"
import json
from types import SimpleNamespace

import order

CONTEXT = SimpleNamespace(aws_request_id="test-request")


def test_an_order_is_accepted():
    body = json.dumps({"orderId": "ord-test", "totalKRW": 9500})
    assert order.handler({"body": body}, CONTEXT)["statusCode"] == 201


def test_what_is_no_order_is_refused():
    answer = order.handler({"body": "two chickens, please"}, CONTEXT)
    assert answer["statusCode"] == 400
    assert json.loads(answer["body"])["message"]


# %% wrong="order-test" expect="without its keys" function_file="test_order.py"
import json
from types import SimpleNamespace

import order

CONTEXT = SimpleNamespace(aws_request_id="test-request")


def test_an_order_is_accepted():
    body = json.dumps({"orderId": "ord-test", "totalKRW": 9500})
    assert order.handler({"body": body}, CONTEXT)["statusCode"] == 201


def test_what_is_no_order_is_refused():
    answer = order.handler({"body": "two chickens, please"}, CONTEXT)
    assert answer["statusCode"] == 400


# %% [markdown]
# ### The function
#
# Now it goes to Lambda. One setting deserves a thought: the **timeout**. Lambda allows up to 900 s, but API
# Gateway gives up on a REST integration after 29 s, unless its quota was raised or the answer is streamed. A
# function that may run longer than its caller waits is paid for work that nobody will see. An order takes
# milliseconds: 5 s are plenty.

# %%
awslambda.create_function(
    FunctionName=lab.name("order"),
    Role=role_arn,
    Runtime="python3.13",
    Handler="order.handler",
    Code={"ZipFile": lab.zip("order.py")},
    MemorySize=256,
    Timeout=5,
)
awslambda.get_waiter("function_active_v2").wait(FunctionName=lab.name("order"))

# %% [markdown]
# ## 2 · A test event
#
# Before anything is put in front of it, try the function alone: the console's *Test* button does just
# this. `LogType="Tail"` asks for the last 4 KB of the log with the answer.
#
# > **Predict.** Nobody has called the function yet. Will the `REPORT` line of the first call differ from
# > that of the second? In which field?

# %%
from base64 import b64decode


def test(event):
    answer = awslambda.invoke(
        FunctionName=lab.name("order"), Payload=json.dumps(event), LogType="Tail"
    )
    print(b64decode(answer["LogResult"]).decode())
    return json.loads(answer["Payload"].read())


# %%
test({"body": json.dumps(order)})

# %%
test({"body": json.dumps(order)})

# %% [markdown]
# Three platform lines surround yours: `START`, `END` and `REPORT`. The first call carries an **`Init
# Duration`**: no execution environment was free, so one was started and your module was loaded (a
# *cold start*). The second call found it waiting and ran the handler alone (a *warm start*).
# Lesson 06 takes this apart.
#
# A test event can also be wrong, and the function has to cope with it:

# %%
test({"body": "two chickens, please"})

# %% [markdown]
# ## 3 · The API
#
# A REST API is a tree. The root `/` is there from the start; below it you add *resources*, on each
# resource *methods*, and to each method an *integration*: what API Gateway calls when the method is
# called.

# %%
api = apigateway.create_rest_api(
    name=lab.name("delivery"), endpointConfiguration={"types": ["REGIONAL"]}
)
root = apigateway.get_resources(restApiId=api["id"])["items"][0]
order_resource = apigateway.create_resource(
    restApiId=api["id"], parentId=root["id"], pathPart="order"
)
order_resource["path"]

# %% [markdown]
# ### Refuse nonsense early
#
# API Gateway can look at a body before it calls anything. A **model** says in JSON Schema what an order looks
# like; a **request validator** compares. What does not fit gets a 400, and your function is not called.

# %%
schema = {
    "type": "object",
    "required": ["orderId", "totalKRW"],
    "properties": {
        "orderId": {"type": "string", "minLength": 1},
        "totalKRW": {"type": "integer", "minimum": 1},
    },
}
apigateway.create_model(
    restApiId=api["id"], name="Order", contentType="application/json", schema=json.dumps(schema)
)
validator = apigateway.create_request_validator(
    restApiId=api["id"], name="body", validateRequestBody=True
)

# %% [markdown]
# Now the method, open to everyone, and its integration: a **Lambda proxy** (`AWS_PROXY`) passes the whole
# request on as `event`. The URI is how API Gateway spells "invoke this function". `integrationHttpMethod` is
# how it calls *Lambda*, which takes only `POST`, whatever your own method is.

# %%
function_arn = awslambda.get_function_configuration(FunctionName=lab.name("order"))["FunctionArn"]
post = {"restApiId": api["id"], "resourceId": order_resource["id"], "httpMethod": "POST"}
apigateway.put_method(
    **post,
    authorizationType="NONE",
    requestModels={"application/json": "Order"},
    requestValidatorId=validator["id"],
)
apigateway.put_integration(
    **post,
    type="AWS_PROXY",
    integrationHttpMethod="POST",
    uri=f"arn:aws:apigateway:{lab.region}:lambda:path/2015-03-31/functions/{function_arn}/invocations",
)
"POST /order calls the function"

# %% [markdown]
# API Gateway has a *Test* button too. It calls the method directly, before anything is deployed.
#
# > **Predict.** The function works, the method points at it. Which status will the customer see?

# %%
trial = apigateway.test_invoke_method(
    restApiId=api["id"],
    resourceId=order_resource["id"],
    httpMethod="POST",
    pathWithQueryString="/order",
    body=json.dumps(order),
)
trial["status"], trial["body"]

# %% [markdown]
# A 500, and the body gives nothing away. The reason is in the log that the test returns (for the live
# API it would be in the execution log, if that is switched on):

# %%
print("\n".join(trial["log"].splitlines()[-2:]))

# %% [markdown]
# API Gateway is *not allowed* to invoke your function. The role says what the function may do; who may
# call the function is in another document, the function's own **resource-based policy**, and that is
# still empty. (The console adds the statement for you.)

# %% [markdown]
# ### Exercise 3 · Let API Gateway in
#
# Add the permission with `awslambda.add_permission`: the service `apigateway.amazonaws.com` may
# `lambda:InvokeFunction`. Narrow it with `SourceArn` to **this** method of **this** API:
# `arn:aws:execute-api:{region}:{account}:{api id}/{stage}/{METHOD}/{path}`, with `*` for the stage. (You have
# `lab.region` and `lab.account`. A statement also needs a `StatementId`: any name you like.)

# %% exercise="order-permission"
### BEGIN SOLUTION
awslambda.add_permission(
    FunctionName=lab.name("order"),
    StatementId="api-gateway-post-order",
    Action="lambda:InvokeFunction",
    Principal="apigateway.amazonaws.com",
    SourceArn=f"arn:aws:execute-api:{lab.region}:{lab.account}:{api['id']}/*/POST/order",
)
### END SOLUTION

# %%
lab.check("order-permission")


# %% tags=["exercise-definition"]
class OrderPermission(Exercise):
    id = "order-permission"
    title = "Let API Gateway in"
    minutes = 4
    hints = (
        "Who calls, what may it do, and on behalf of which method of which API? Each of the three is one "
        "argument of `add_permission`.",
        "`Principal` is the service and `SourceArn` the method: put the API's id, the method and the path into "
        "the pattern above. Only the stage may be `*`. The `StatementId` is any name you like.",
        '`awslambda.add_permission(FunctionName=lab.name("order"), StatementId="api", '
        'Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com", '
        "SourceArn=f\"arn:aws:execute-api:{lab.region}:{lab.account}:{api['id']}/*/POST/order\")`",
    )

    def check(self, lab):
        awslambda = lab.client("lambda")
        try:
            policy = json.loads(awslambda.get_policy(FunctionName=lab.name("order"))["Policy"])
        except awslambda.exceptions.ResourceNotFoundException:
            raise NotYet(
                "a statement in the function's policy", "no policy", "add_permission(…)"
            ) from None
        api_id, resource_id = self.order_resource(lab)
        arns = [self.source(statement) for statement in policy["Statement"]]
        call = f"arn:aws:execute-api:{lab.region}:{lab.account}:{api_id}/prod/POST/order"
        for statement, arn in zip(policy["Statement"], arns, strict=True):
            self.expect_narrow(statement, arn, call)
        if not any(fnmatchcase(call, arn) for arn in arns):
            raise NotYet(
                f"a SourceArn that covers {call}",
                ", ".join(arns),
                "compare SourceArn with the API's id, the method and the path",
            )
        self.wait(
            lambda: self.status(lab, api_id, resource_id) in ("200", "201"),
            seconds=20,
            what="POST /order to answer 200 or 201 in API Gateway's own test",
        )
        return "API Gateway may invoke it through POST /order only"

    def source(self, statement):
        """Return the ARN on whose behalf a statement lets its principal call."""
        for operator in ("ArnLike", "ArnEquals", "StringLike", "StringEquals"):
            for key, arn in statement.get("Condition", {}).get(operator, {}).items():
                if key.lower() == "aws:sourcearn":
                    return arn
        raise NotYet(
            "a SourceArn on every statement",
            f"{statement['Sid']} lets any API of any account call the function",
            f"remove_permission(…, StatementId={statement['Sid']!r}), then add it with SourceArn",
        )

    def expect_narrow(self, statement, arn, call):
        again = f"remove_permission(…, StatementId={statement['Sid']!r}), then add it "
        if statement.get("Principal") != {"Service": "apigateway.amazonaws.com"}:
            found = json.dumps(statement.get("Principal"))
            raise NotYet("the principal apigateway.amazonaws.com alone", found, again)
        if statement["Action"] != "lambda:InvokeFunction":
            raise NotYet("the action lambda:InvokeFunction", str(statement["Action"]), again)
        wanted, found = (text.split("/", 3) for text in (call, arn))
        if fnmatchcase(call, arn) and [*found[:1], *found[2:]] != [*wanted[:1], *wanted[2:]]:
            raise NotYet(
                "POST /order of this API alone",
                f"{arn} lets other calls reach the function, too",
                again + "with the API's id, POST and the path; only the stage may be *",
            )

    def order_resource(self, lab):
        apigateway = lab.client("apigateway")
        pages = apigateway.get_paginator("get_rest_apis").paginate()
        api = next(a for page in pages for a in page["items"] if a["name"] == lab.name("delivery"))
        items = apigateway.get_resources(restApiId=api["id"])["items"]
        return api["id"], next(r["id"] for r in items if r["path"] == "/order")

    def status(self, lab, api_id, resource_id):
        body = json.dumps({"orderId": "ord-check", "totalKRW": 1})
        trial = lab.client("apigateway").test_invoke_method(
            restApiId=api_id, resourceId=resource_id, httpMethod="POST", body=body
        )
        return str(trial["status"])


# %% wrong="order-permission" expect="SourceArn"
awslambda.add_permission(
    FunctionName=lab.name("order"),
    StatementId="anyone",
    Action="lambda:InvokeFunction",
    Principal="apigateway.amazonaws.com",
)

# %% wrong="order-permission" expect="of this API alone"
awslambda.add_permission(
    FunctionName=lab.name("order"),
    StatementId="whole-api",
    Action="lambda:InvokeFunction",
    Principal="apigateway.amazonaws.com",
    SourceArn=f"arn:aws:execute-api:{lab.region}:{lab.account}:{api['id']}/*",
)

# %% wrong="order-permission" expect="of this API alone"
awslambda.add_permission(
    FunctionName=lab.name("order"),
    StatementId="every-path",
    Action="lambda:InvokeFunction",
    Principal="apigateway.amazonaws.com",
    SourceArn=f"arn:aws:execute-api:{lab.region}:{lab.account}:{api['id']}/*/POST/*",
)

# %% wrong="order-permission" expect="apigateway.amazonaws.com alone"
awslambda.add_permission(
    FunctionName=lab.name("order"),
    StatementId="everybody",
    Action="lambda:InvokeFunction",
    Principal="*",
    SourceArn=f"arn:aws:execute-api:{lab.region}:{lab.account}:{api['id']}/*/POST/order",
)

# %% wrong="order-permission" expect="the action lambda:InvokeFunction"
awslambda.add_permission(
    FunctionName=lab.name("order"),
    StatementId="every-action",
    Action="lambda:*",
    Principal="apigateway.amazonaws.com",
    SourceArn=f"arn:aws:execute-api:{lab.region}:{lab.account}:{api['id']}/*/POST/order",
)

# %% wrong="order-permission" expect="of this API alone"
awslambda.add_permission(
    FunctionName=lab.name("order"),
    StatementId="wide",
    Action="lambda:InvokeFunction",
    Principal="apigateway.amazonaws.com",
    SourceArn=f"arn:aws:execute-api:{lab.region}:{lab.account}:*",
)

# %% wrong="order-permission" expect="/prod/POST/order"
awslambda.add_permission(
    FunctionName=lab.name("order"),
    StatementId="plural",
    Action="lambda:InvokeFunction",
    Principal="apigateway.amazonaws.com",
    SourceArn=f"arn:aws:execute-api:{lab.region}:{lab.account}:{api['id']}/*/POST/orders",
)

# %% [markdown]
# ## 4 · Deploy, and call it
#
# Nobody outside can call the API yet. A **deployment** is a snapshot of the whole tree; a **stage**
# (`prod`) is a name with a URL that points at one deployment.

# %%
apigateway.create_deployment(restApiId=api["id"], stageName="prod")
url = lab.invoke_url(api["id"], "prod") + "/order"
url

# %%
import requests

answer = requests.post(url, json=order, timeout=30)
answer.status_code, answer.json()

# %% [markdown]
# > **Predict.** Two orders that are none: one without a total, one that is no JSON. Who answers, and what
# > will your function's log say?

# %%
for body in ('{"orderId": "ord-half"}', "two chickens, please"):
    refused = requests.post(
        url, data=body, headers={"Content-Type": "application/json"}, timeout=30
    )
    print(refused.status_code, refused.json())

# %% [markdown]
# API Gateway answered both times; the function never heard of it.

# %% [markdown]
# ### Not too many
#
# A stage can be **throttled**: so many requests per second on average (`rateLimit`), and so many at once
# (`burstLimit`). Above that the answer is 429, *Too Many Requests*: cheaper than a call, and a client may try
# again. Before you set it, a whole account shares its Region's limit (10,000 per second by default).


# %%
def throttle(per_second, at_once):
    """Limit every method of the stage."""
    limits = {"rateLimit": per_second, "burstLimit": at_once}
    changes = [
        {"op": "replace", "path": f"/*/*/throttling/{name}", "value": str(value)}
        for name, value in limits.items()
    ]
    apigateway.update_stage(restApiId=api["id"], stageName="prod", patchOperations=changes)


# %%
from labkit.labs.delivery import orders, place
from labkit.measure.load import burst

throttle(per_second=5, at_once=5)
flood = place(url, orders(20, seed=80), at_s=burst(20))
flood["status"].value_counts().rename_axis("status").to_frame("orders")

# %% [markdown]
# Five got through at once, and five more for each second that the flood lasted. (On AWS a new limit takes a
# moment to hold.) Now wide enough for lunch:

# %%
throttle(per_second=100, at_once=100)

# %% [markdown] tags=["extra"]
# ### A deployment is a snapshot
#
# > **Predict.** The next cell adds `GET /order`, answered by API Gateway itself (a `MOCK`
# > integration). Nothing is deployed. What does `GET /order` answer? And after a new deployment?

# %%
ids = {"restApiId": api["id"], "resourceId": order_resource["id"], "httpMethod": "GET"}
apigateway.put_method(**ids, authorizationType="NONE")
apigateway.put_method_response(**ids, statusCode="200")
apigateway.put_integration(
    **ids, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'}
)
apigateway.put_integration_response(
    **ids, statusCode="200", responseTemplates={"application/json": '{"open": true}'}
)
from labkit import wait_until

before = requests.get(url, timeout=30)
before.status_code, before.json()

# %%
apigateway.create_deployment(restApiId=api["id"], stageName="prod")
after = wait_until(lambda: (r := requests.get(url, timeout=30)).ok and r, seconds=60)
after.status_code, after.json()

# %% [markdown]
# *Missing Authentication Token* is what API Gateway says for a path or method that the deployment does
# not have: it has nothing to do with your credentials. "I changed it and nothing happened" is nearly
# always a deployment that was forgotten.

# %% [markdown]
# ## 5 · The log line
#
# Each execution environment writes a **log stream** of its own; all streams of a function are in one
# **log group**, `/aws/lambda/<function name>`. Lambda made it at the first call.
#
# Lunch time: a small rush of orders, sent at a fixed rate whatever the answers do.

# %%
from labkit import wait_until
from labkit.measure.load import steady

lunch = orders(6 if quick else 20, seed=12)
answers = place(url, lunch, at_s=steady(rate_per_s=10, seconds=len(lunch) / 10))
answers[["order_id", "status", "latency_ms"]].round(1)

# %% [markdown]
# A customer calls: *where is my order?* All you have is the number. A filter pattern with `$.` looks
# into lines that are JSON:

# %%
customer_calls = lunch[-1]["orderId"]
pattern = f'{{ $.orderId = "{customer_calls}" }}'
pattern

# %% [markdown]
# ### Exercise 4 · Find the order
#
# Find that line with `logs.filter_log_events` and read its **`requestId`** into `request_id`. Log
# delivery takes a moment on AWS: if nothing comes back, try again.

# %% exercise="log-line"
### BEGIN SOLUTION
found = wait_until(
    lambda: logs.filter_log_events(
        logGroupName=f"/aws/lambda/{lab.name('order')}", filterPattern=pattern
    )["events"],
    seconds=60,
)
request_id = json.loads(found[0]["message"])["requestId"]
### END SOLUTION

# %%
lab.check("log-line", answer=(customer_calls, request_id))


# %% tags=["exercise-definition"]
class LogLine(Exercise):
    id = "log-line"
    title = "Find the order"
    minutes = 4
    hints = (
        "Which log group, and which lines of it? The answer is a list of events; the text of each is in "
        "`message`.",
        "The call is `logs.filter_log_events(logGroupName=…, filterPattern=pattern)`; the group is "
        "`/aws/lambda/` and the function's name. Each message is the JSON that your handler printed.",
        "`found = logs.filter_log_events(logGroupName=f\"/aws/lambda/{lab.name('order')}\", "
        'filterPattern=pattern)["events"]`, then `request_id = json.loads(found[0]["message"])["requestId"]`.',
    )

    def check(self, lab):
        order_id, request_id = self.answer
        lines = self.wait(
            lambda: self.lines(lab), seconds=60, what="the orders' log lines to be delivered"
        )
        line = next((line for line in lines if line["requestId"] == request_id), None)
        if line is None:
            raise NotYet(
                "a requestId from the order function's log",
                repr(request_id),
                "read requestId out of the line's JSON",
            )
        if line["orderId"] != order_id:
            raise NotYet(
                f"the requestId of order {order_id}",
                f"that of another order, {line['orderId']}",
                "filter with the pattern above",
            )

    def lines(self, lab):
        pages = (
            lab.client("logs")
            .get_paginator("filter_log_events")
            .paginate(
                logGroupName=f"/aws/lambda/{lab.name('order')}",
                filterPattern='{ $.event = "order.received" }',
            )
        )
        return [json.loads(e["message"]) for page in pages for e in page["events"]]


# %% wrong="log-line" expect="a requestId"
request_id = customer_calls

# %% wrong="log-line" expect="another order"
pattern = '{ $.event = "order.received" && $.totalKRW > 1 }'
found = wait_until(
    lambda: logs.filter_log_events(
        logGroupName=f"/aws/lambda/{lab.name('order')}", filterPattern=pattern
    )["events"],
    seconds=60,
)
first = json.loads(found[0]["message"])
request_id = first["requestId"]

# %% [markdown]
# With the request id you have the whole story: the platform's lines and yours, for that one call.

# %%
group = f"/aws/lambda/{lab.name('order')}"
for event in logs.filter_log_events(logGroupName=group, filterPattern=f'"{request_id}"')["events"]:
    print(event["message"].rstrip())

# %% [markdown] tags=["extra"]
# ## 6 · An order's journey
#
# Put the customer's clock and the log's clock on one axis, for the first order and the last. The
# function's bar is what the log says; what is left of the customer's wait is the way there and back,
# API Gateway, and the start of an environment where none was free. (None had to start if you came straight from
# section 4: its environment still waited.)

# %%
from labkit.labs.delivery import journey
from labkit.labs.delivery.journey_timeline import timeline
from labkit.measure.platform_logs import invocations, read_log_events

events = read_log_events(logs, group, until=lambda seen: len(invocations(seen)) >= len(answers))
calls = invocations(events)
calls = calls[calls["started_at"] >= answers["sent_at"].min()]
columns = ["request_id", "duration_ms", "init_ms", "billed_ms", "max_memory_mb"]
table(calls[columns], "What Lambda reports of the rush", most_rows=5)

# %%
timeline(journey(answers, events, order_ids=answers["order_id"].iloc[[0, -1]]))

# %% [markdown]
# How many environments did the rush need, and how many of them started for it (*cold*)? Each stream is one:

# %%
calls.groupby("log_stream").agg(calls=("request_id", "count"), cold=("init_ms", "count"))

# %% [markdown]
# One environment serves one request at a time: an order that comes while another is under way, or
# while the first environment still starts, gets a new one. Lesson 07 is about that number.

# %% [markdown]
# ## Recap
#
# - **The answer.** A function with a **role**, an API with a method, an integration and a *deployment*, and a
#   **permission** between the two. A model refuses nonsense and a throttle refuses floods before your code
#   is called, and a unit test says what your code does with the rest.
# - A function runs **as its role** (what it may do) and is called **under its resource-based policy**
#   (who may call it). Both must be right, and they fail in different places.
# - A proxy integration passes the request as `event` and wants `statusCode`, `headers` and a **string**
#   `body` back.
# - A **deployment is a snapshot** of the API: what you change later needs a new one.
# - One JSON line per event, with the order's number *and* the request id, makes a log you can ask.

# %% [markdown]
# ## Going further
#
# - `Timeout` above 29 s makes sense for REST APIs only with a raised integration timeout (Regional and
#   private APIs, since June 2024), or with *response streaming* (`responseTransferMode` STREAM), which
#   may last 15 minutes; an HTTP API's 30 s are fixed.
# - API keys with usage plans throttle each customer apart; *authorisers* say who may call at all. An HTTP API
#   or a function URL is cheaper and can less: no models, no usage plans.
# - Try another `MemorySize`: with 1,769 MB, a function has one full vCPU. Look at
#   `REPORT` again.

# %% [markdown]
# ## Clean up
#
# Teardown deletes what this lesson created, waits until it is gone, and lists what is left: nothing.

# %%
lab.teardown()

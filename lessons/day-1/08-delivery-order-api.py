# ---
# labkit:
#   lesson: "08"
#   slug: delivery-order-api
#   title: "Delivery service 1: the order API"
#   minutes: 35
#   day: 1
#   block: Serverless
#   goals:
#     - write a Lambda function that answers an HTTP request and writes one structured log line
#     - try it with a test event, and read START, END and REPORT
#     - put API Gateway in front of it, meet the missing permission, and grant the narrowest one
#     - deploy the API, call it, and find one customer's order in CloudWatch Logs
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
# function, the function answers and leaves a line in CloudWatch Logs:
#
# ```text
#   customer ─ POST /order ▶ API Gateway ─ invoke ▶ order function
#            ◀──── 201 ─────             ◀─ reply ─       │
#                                                      log line
#                                                         ▼
#                                                  CloudWatch Logs
# ```
#
# Everything below is ordinary boto3, as you would write it at work. `lab.client(...)` hands out real
# clients; it only remembers what they create, so that the last cell can clean up.

# %% [markdown] tags=["instructor-notes"]
# - Draw the four boxes of the picture above and keep them on the wall: lessons 09 and 10 add to them.
# - Two documents are mixed up by nearly everybody: what the function *may do* (its role), and who *may
#   call it* (its resource-based policy). The 500 before exercise 4 is the moment to sort them out: let
#   them say which of the two is wrong before anybody reads the log.
# - "I changed it and nothing happened": ask who has forgotten a deployment before. Then let them predict
#   what `GET /order` answers; most say 404, and *Missing Authentication Token* sends them astray.
# - Who is fast: put a bad order through the `curl` line, and find its request in the log.
# - Who is late: `lab.solve("order-method")` and `lab.solve("order-permission")`; the log line of section 5
#   is the one not to miss.

# %%
import json

iam = lab.client("iam")
awslambda = lab.client("lambda")
apigateway = lab.client("apigateway")
logs = lab.client("logs")

# %% [markdown]
# And here is what a customer sends. Orders come in Korean and in English, and some have an `&` in
# them: real text, so that real mistakes show.

# %%
from labkit.labs.delivery import orders

order = orders(1, seed=8)[0]
order

# %% [markdown]
# ## 1 · The order function
#
# A function needs an **execution role**: the identity that its code runs as. Two documents make it.
# The *trust policy* says who may take the role (the Lambda service); the attached *permissions
# policy* says what the role may do (write logs, and nothing else).

# %%
trust = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
role = iam.create_role(
    RoleName=lab.name("order-role"),
    AssumeRolePolicyDocument=json.dumps(trust),
)["Role"]
iam.attach_role_policy(
    RoleName=lab.name("order-role"),
    PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
)
role["Arn"]

# %% [markdown]
# `lab.name("order-role")` is your name for it, plus this run's own number. Names of one account live
# side by side, so the number keeps yours apart from everybody else's.
#
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
    hints = (
        'The body is a string: `order = json.loads(event["body"])`.',
        "`json.loads` raises ValueError for text that is no JSON, TypeError for None; "
        "a missing key raises KeyError. One `except (KeyError, TypeError, ValueError):` answers all three.",
        'End with `print(json.dumps({"event": "order.received", "orderId": …, "requestId": '
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
        for body in ("not an order", None, "{}"):
            with contextlib.redirect_stdout(io.StringIO()):
                try:
                    answer = handler({"body": body}, context)
                except Exception as error:
                    raise NotYet(
                        f"status 400 for the body {body!r}",
                        f"{type(error).__name__}: {error}",
                        "catch what json.loads and a missing key raise, and reply 400",
                    ) from error
            self.expect_reply(answer, 400)

    def expect_reply(self, answer, status):
        if not isinstance(answer, dict) or answer.get("statusCode") != status:
            raise NotYet(f"a reply with statusCode {status}", repr(answer), "return reply(…)")
        if not isinstance(answer.get("body"), str):
            raise NotYet(
                "a body that is a string", type(answer.get("body")).__name__, "json.dumps the body"
            )

    def expect_line(self, printed, request_id):
        for line in printed.splitlines():
            with contextlib.suppress(ValueError):
                record = json.loads(line)
                if isinstance(record, dict) and record.get("event") == "order.received":
                    if (
                        record.get("orderId") == "ord-sample"
                        and record.get("requestId") == request_id
                    ):
                        return
                    raise NotYet("orderId and requestId in the line", line, "add the missing key")
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


# %% wrong="order-handler" expect="status 400" function_file="order.py"
import json


def handler(event, context):
    order = json.loads(event["body"])
    line = {"event": "order.received", "orderId": order["orderId"]}
    print(json.dumps(line | {"requestId": context.aws_request_id}))
    return {"statusCode": 201, "body": json.dumps({"orderId": order["orderId"]})}


# %% [markdown]
# ### Exercise 2 · Create the function
#
# Create the function from `lab.zip("order.py")`. Call it `lab.name("order")`, give it the role above,
# the handler `order.handler` and the runtime `python3.13`.
#
# And a **timeout**. Lambda allows up to 900 s, but API Gateway gives up on a REST integration after
# 29 s, unless its quota was raised or the answer is streamed: a function that may run longer than its
# caller waits is paid for work that nobody will see. Choose one that fits: an order takes milliseconds.

# %% exercise="order-function"
### BEGIN SOLUTION
awslambda.create_function(
    FunctionName=lab.name("order"),
    Role=role["Arn"],
    Runtime="python3.13",
    Handler="order.handler",
    Code={"ZipFile": lab.zip("order.py")},
    MemorySize=256,
    Timeout=5,
)
awslambda.get_waiter("function_active_v2").wait(FunctionName=lab.name("order"))
### END SOLUTION

# %%
lab.check("order-function")

# %% tags=["exercise-definition"]
API_GATEWAY_TIMEOUT_S = 29  # REST integrations, unless the account's quota was raised


class OrderFunction(Exercise):
    id = "order-function"
    title = "Create the function"
    hints = (
        "The call is `awslambda.create_function(FunctionName=…, Role=…, Runtime=…, Handler=…, Code=…, Timeout=…)`.",
        'The code goes in as bytes: `Code={"ZipFile": lab.zip("order.py")}`. The handler is `file.function`, '
        "without `.py`.",
        'A new function is `Pending` for a moment: `awslambda.get_waiter("function_active_v2")'
        '.wait(FunctionName=lab.name("order"))`.',
    )

    def check(self, lab):
        awslambda = lab.client("lambda")
        name = lab.name("order")
        config = self.wait(
            lambda: (
                (c := awslambda.get_function_configuration(FunctionName=name))["State"] != "Pending"
                and c
            ),
            seconds=60,
            what=f"the function {name} to become Active",
        )
        if config["Handler"] != "order.handler":
            raise NotYet(
                "the handler order.handler",
                config["Handler"],
                "delete_function, then create it again with Handler='order.handler'",
            )
        if config["Timeout"] > API_GATEWAY_TIMEOUT_S:
            raise NotYet(
                f"a timeout of at most {API_GATEWAY_TIMEOUT_S} s, API Gateway's own",
                f"{config['Timeout']} s",
                "update_function_configuration(FunctionName=…, Timeout=…)",
            )
        body = json.dumps({"orderId": "ord-check", "totalKRW": 1})
        answer = awslambda.invoke(FunctionName=name, Payload=json.dumps({"body": body}))
        payload = json.loads(answer["Payload"].read())
        if answer.get("FunctionError") or payload.get("statusCode") != 201:
            raise NotYet("status 201 for a test order", str(payload), "look at the function's logs")
        return f"{name}: {config['Runtime']}, {config['MemorySize']} MB, {config['Timeout']} s"


# %% wrong="order-function" expect="order.handler"
awslambda.create_function(
    FunctionName=lab.name("order"),
    Role=role["Arn"],
    Runtime="python3.13",
    Handler="order.py",
    Code={"ZipFile": lab.zip("order.py")},
    Timeout=5,
)

# %% wrong="order-function" expect="29 s"
awslambda.create_function(
    FunctionName=lab.name("order"),
    Role=role["Arn"],
    Runtime="python3.13",
    Handler="order.handler",
    Code={"ZipFile": lab.zip("order.py")},
    Timeout=900,
)

# %% [markdown]
# ## 2 · A test event
#
# Before anything is put in front of it, try the function alone: the console's *Test* button does just
# this. `LogType="Tail"` asks for the last 4 KB of the log with the answer.
#
# > **Predict.** The check above has called the function already. We force a new execution environment
# > first, by changing its configuration. Will the `REPORT` line of the first call differ from that of
# > the second? In which field?


# %%
def force_a_cold_start(description):
    """Change the configuration: from then on, calls get new environments."""
    name = lab.name("order")
    awslambda.update_function_configuration(FunctionName=name, Description=description)
    awslambda.get_waiter("function_updated_v2").wait(FunctionName=name)


# %%
force_a_cold_start("before the test event")

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
# ### Exercise 3 · `POST /order`
#
# Add the method `POST` to `order_resource`, open to everyone (`authorizationType="NONE"`), and
# integrate it with the function as a **Lambda proxy**: the type is `AWS_PROXY`, and the URI is
# `invoke_uri`, made in the next cell: it is how API Gateway spells "invoke this function".

# %%
configuration = awslambda.get_function_configuration(FunctionName=lab.name("order"))
function_arn = configuration["FunctionArn"]
invoke_uri = (
    f"arn:aws:apigateway:{lab.region}:lambda:path/2015-03-31/functions/{function_arn}/invocations"
)

# %% exercise="order-method"
### BEGIN SOLUTION
apigateway.put_method(
    restApiId=api["id"],
    resourceId=order_resource["id"],
    httpMethod="POST",
    authorizationType="NONE",
)
apigateway.put_integration(
    restApiId=api["id"],
    resourceId=order_resource["id"],
    httpMethod="POST",
    type="AWS_PROXY",
    integrationHttpMethod="POST",
    uri=invoke_uri,
)
### END SOLUTION

# %%
lab.check("order-method")


# %% tags=["exercise-definition"]
class OrderMethod(Exercise):
    id = "order-method"
    title = "POST /order"
    hints = (
        "Two calls: `apigateway.put_method(…)`, then `apigateway.put_integration(…)`; both take `restApiId`, "
        "`resourceId` and `httpMethod`.",
        "`integrationHttpMethod` is how API Gateway calls *Lambda*, and the Lambda API takes only `POST`.",
    )

    def check(self, lab):
        method = order_post_method(lab)
        if method["authorizationType"] != "NONE":
            raise NotYet(
                "authorizationType NONE",
                method["authorizationType"],
                "delete_method, then put_method(…, authorizationType='NONE')",
            )
        integration = method.get("methodIntegration")
        if not integration:
            raise NotYet("an integration", "none", "put_integration(…) on the same method")
        if integration["type"] != "AWS_PROXY":
            raise NotYet("the type AWS_PROXY", integration["type"], "put_integration again")
        if integration.get("httpMethod") != "POST":
            raise NotYet(
                "integrationHttpMethod POST",
                str(integration.get("httpMethod")),
                "put_integration again: Lambda's API is called with POST, whatever your own method is",
            )
        if f":function:{lab.name('order')}" not in integration["uri"]:
            raise NotYet("the URI of your function", integration["uri"], "use invoke_uri")


def order_post_method(lab):
    """Return POST /order of this run's API; NotYet says what is missing on the way there."""
    apigateway = lab.client("apigateway")
    pages = apigateway.get_paginator("get_rest_apis").paginate()
    mine = [a for page in pages for a in page["items"] if a["name"] == lab.name("delivery")]
    if not mine:
        raise NotYet("the API " + lab.name("delivery"), "none", "run the cell that creates it")
    items = apigateway.get_resources(restApiId=mine[0]["id"], embed=["methods"])["items"]
    methods = next((r.get("resourceMethods", {}) for r in items if r["path"] == "/order"), None)
    if methods is None:
        raise NotYet("the resource /order", "none", "run the cell that creates it")
    if "POST" not in methods:
        raise NotYet("the method POST on /order", str(sorted(methods) or "none"), "put_method(…)")
    return methods["POST"]


# %% wrong="order-method" expect="AWS_PROXY"
ids = {"restApiId": api["id"], "resourceId": order_resource["id"], "httpMethod": "POST"}
apigateway.put_method(**ids, authorizationType="NONE")
apigateway.put_integration(**ids, type="AWS", integrationHttpMethod="POST", uri=invoke_uri)

# %% wrong="order-method" expect="integrationHttpMethod"
ids = {"restApiId": api["id"], "resourceId": order_resource["id"], "httpMethod": "POST"}
apigateway.put_method(**ids, authorizationType="NONE")
apigateway.put_integration(**ids, type="AWS_PROXY", integrationHttpMethod="GET", uri=invoke_uri)

# %% wrong="order-method" expect="an integration"
ids = {"restApiId": api["id"], "resourceId": order_resource["id"], "httpMethod": "POST"}
apigateway.put_method(**ids, authorizationType="NONE")

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
# still empty. (The console adds the statement for you without a word, which is why it is so often
# forgotten in code.)
#
# ### Exercise 4 · Let API Gateway in
#
# Add the permission with `awslambda.add_permission`: the service `apigateway.amazonaws.com` may
# `lambda:InvokeFunction`. Narrow it with `SourceArn` to **this** method of **this** API:
# `arn:aws:execute-api:{region}:{account}:{api id}/{stage}/{METHOD}/{path}`, with `*` for the stage.

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
    hints = (
        "`awslambda.add_permission(FunctionName=…, StatementId=…, Action=…, Principal=…, SourceArn=…)`; the "
        "`StatementId` is any name you like.",
        "`SourceArn=f\"arn:aws:execute-api:{lab.region}:{lab.account}:{api['id']}/*/POST/order\"`.",
    )

    def check(self, lab):
        awslambda = lab.client("lambda")
        try:
            policy = json.loads(awslambda.get_policy(FunctionName=lab.name("order"))["Policy"])
        except awslambda.exceptions.ResourceNotFoundException:
            raise NotYet(
                "a statement in the function's policy", "no policy", "add_permission(…)"
            ) from None
        for statement in policy["Statement"]:
            if "SourceArn" not in json.dumps(statement.get("Condition", {}), default=str):
                raise NotYet(
                    "a SourceArn on every statement",
                    f"{statement['Sid']} lets any API of any account call the function",
                    f"remove_permission(…, StatementId={statement['Sid']!r}), then add it with SourceArn",
                )
        api_id, resource_id = self.order_resource(lab)
        call = f"arn:aws:execute-api:{lab.region}:{lab.account}:{api_id}/prod/POST/order"
        arns = [s["Condition"]["ArnLike"]["AWS:SourceArn"] for s in policy["Statement"]]
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

    def order_resource(self, lab):
        order_post_method(lab)
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
# It is a plain HTTP endpoint: your terminal can order too. Run the cell and paste its line there.

# %%
print(f"curl -i -X POST '{url}' -H 'Content-Type: application/json' \\")
print("""     -d '{"orderId": "ord-curl", "totalKRW": 18000}'""")

# %% [markdown]
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
before = requests.get(url, timeout=30)
before.status_code, before.json()

# %%
from labkit import wait_until

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
# Lunch time: a small rush of orders, sent at a fixed rate whatever the answers do. Nobody has ordered
# since breakfast, so the first one will meet no environment:

# %%
force_a_cold_start("before lunch")

# %%
from labkit.labs.delivery import place
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
# ### Exercise 5 · Find the order
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
    hints = (
        "`logs.filter_log_events(logGroupName=…, filterPattern=pattern)` returns `events`; each has a `message`.",
        "The group is `f\"/aws/lambda/{lab.name('order')}\"`; the message is JSON: "
        '`json.loads(event["message"])["requestId"]`.',
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

# %% [markdown]
# ## 6 · An order's journey
#
# Put the customer's clock and the log's clock on one axis, for the first order and the last. The
# function's bar is what the log says; what is left of the customer's wait is the way there and back,
# API Gateway, and for the first order the start of an environment.

# %%
from labkit.labs.delivery import journey
from labkit.labs.delivery.journey_timeline import timeline
from labkit.measure.platform_logs import invocations, read_log_events
from labkit.show.tables import table

events = read_log_events(logs, group, until=lambda seen: len(invocations(seen)) >= len(answers))
calls = invocations(events)
calls = calls[calls["started_at"] >= answers["sent_at"].min()]
columns = ["request_id", "duration_ms", "init_ms", "billed_ms", "max_memory_mb"]
table(calls[columns], "What Lambda reports of the rush", most_rows=5)

# %%
timeline(journey(answers, events, order_ids=answers["order_id"].iloc[[0, -1]]))

# %% [markdown]
# How many environments did the rush need? Each stream is one:

# %%
calls.groupby("log_stream").agg(calls=("request_id", "count"), cold=("init_ms", "count"))

# %% [markdown]
# One environment serves one request at a time: an order that comes while another is under way, or
# while the first environment still starts, gets a new one. Lesson 07 is about that number.

# %% [markdown]
# ## Recap
#
# - A function runs **as its role** (what it may do) and is called **under its resource-based policy**
#   (who may call it). Both must be right, and they fail in different places.
# - A proxy integration passes the request as `event` and wants `statusCode`, `headers` and a **string**
#   `body` back.
# - A **deployment is a snapshot**; *Missing Authentication Token* means "not in the snapshot".
# - One JSON line per event, with the order's number *and* the request id, makes a log you can ask.
#
# ## Going further
#
# - The bootcamp's original lab used Cloud9, which is closed to new customers: any editor with the AWS
#   SDK does, this notebook included.
# - `Timeout` above 29 s makes sense for REST APIs only with a raised integration timeout (Regional and
#   private APIs, since June 2024), or with *response streaming* (`responseTransferMode` STREAM), which
#   may last 15 minutes; an HTTP API's 30 s are fixed.
# - Try another `MemorySize`: with 1,769 MB, a function has one full vCPU. Look at
#   `REPORT` again.
#
# ## Clean up
#
# Teardown deletes what this lesson created, waits until it is gone, and lists what is left: nothing.

# %%
lab.teardown()

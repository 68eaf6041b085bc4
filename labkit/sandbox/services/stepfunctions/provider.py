"""Step Functions: what the sandbox answers itself of machines and executions.

Source: Step Functions API Reference.
"""

from __future__ import annotations

import json
import time
from typing import Any

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.provider import Output, Provider, around, instead, operation
from labkit.sandbox.services.stepfunctions import executions, express, retention, roles, tracing
from labkit.sandbox.services.stepfunctions.definitions import check
from labkit.sandbox.upstream.app import app
from labkit.sandbox.upstream.stepfunctions import stepfunctions


class StepFunctions(Provider):
    """Step Functions; machines, activities, versions and aliases are kept by MiniStack."""

    hooks = (
        around(app, "call_service_handler_sync", roles.call),
        around(stepfunctions, "_create_state_machine", roles.create),
        around(stepfunctions, "_validate_definition_jsonata", check.check),
        instead(stepfunctions, "_run_execution", executions.run),
    )

    async def answer(self, request: Request) -> Output:
        """Answer a request, which finds no execution that is kept no longer."""
        retention.forget_old()
        return await super().answer(request)

    @operation("ValidateStateMachineDefinition")
    def validate(self, request: Request) -> dict[str, Any]:
        """Say everything that is wrong with a definition."""
        return check.validation(request.parameters)

    @operation("CreateStateMachine", "UpdateStateMachine")
    async def keep(self, request: Request) -> Response:
        """Create or change a machine."""
        return await tracing.keep(request)

    @operation("DescribeStateMachine")
    async def describe(self, request: Request) -> Response:
        """Describe a machine."""
        return await tracing.shown(request)

    @operation("StartExecution")
    async def start(self, request: Request) -> Response:
        """Start an execution; an Express one has an ARN of its own form."""
        tracing.take_on(request)
        response = await request.forward()
        if response.status != 200 or not express.is_express(request.parameters["stateMachineArn"]):
            return response
        answer = json.loads(response.body)
        arn = express.arn_of(answer["executionArn"])
        return response._replace(body=json.dumps(answer | {"executionArn": arn}).encode())

    @operation("StartSyncExecution")
    async def start_synchronously(self, request: Request) -> Response:
        """Run an Express machine and answer with its end."""
        tracing.take_on(request)
        express.check_synchronous(request.parameters["stateMachineArn"])
        began = time.perf_counter()
        response = await request.forward()
        if response.status != 200:
            return response
        billed = express.as_billed(json.loads(response.body), time.perf_counter() - began)
        return response._replace(body=json.dumps(billed).encode())

    @operation("DescribeExecution")
    async def describe_execution(self, request: Request) -> Response:
        """Describe an execution; one without an output has no details of it either."""
        express.check_described(request.parameters["executionArn"])
        response = await request.forward()
        answer = json.loads(response.body)
        if response.status == 200 and answer.get("output") is None:
            answer = {k: v for k, v in answer.items() if k not in ("output", "outputDetails")}
        return response._replace(body=json.dumps(answer).encode())

    @operation("GetExecutionHistory")
    async def get_execution_history(self, request: Request) -> Response:
        """Return a page of an execution's history."""
        express.check_described(request.parameters["executionArn"])
        return await request.forward()

    @operation("ListExecutions")
    async def list_executions(self, request: Request) -> Response:
        """List a machine's executions."""
        express.check_listed(request.parameters.get("stateMachineArn"))
        return await request.forward()

    @operation("StopExecution")
    def stop(self, request: Request) -> dict[str, Any]:
        """Stop an execution: what it is doing is aborted."""
        express.check_described(request.parameters["executionArn"])
        return executions.stop(**request.parameters)

    @operation("SendTaskFailure")
    def fail_task(self, request: Request) -> None:
        """Fail a task that waits for its token; an error or cause that is not given is null."""
        given = request.parameters
        task = stepfunctions._task_tokens.get(given["taskToken"])
        if task is None:
            text = f"Task Timed Out: '{given['taskToken']}'"
            raise AwsError(text, "TaskDoesNotExist")
        task["error"] = {"Error": given.get("error"), "Cause": given.get("cause")}
        task["event"].set()


PROVIDER = StepFunctions()

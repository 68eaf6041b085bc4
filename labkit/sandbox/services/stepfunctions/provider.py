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
from labkit.sandbox.services.stepfunctions import (
    aliases,
    executions,
    express,
    log,
    refusals,
    retention,
    revisions,
    roles,
    tracing,
)
from labkit.sandbox.services.stepfunctions.definitions import check
from labkit.sandbox.upstream.app import app
from labkit.sandbox.upstream.stepfunctions import stepfunctions

Data = dict[str, Any]


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
        refusals.check(request)
        output = await super().answer(request)
        return refusals.worded(request, output) if isinstance(output, Response) else output

    @operation("ValidateStateMachineDefinition")
    def validate(self, request: Request) -> Data:
        """Say everything that is wrong with a definition."""
        return check.validation(request.parameters)

    @operation("CreateStateMachine")
    async def create(self, request: Request) -> Response:
        """Create a machine."""
        revisions.check_given(request)
        return await tracing.keep(request, **_logging(request))

    @operation("UpdateStateMachine")
    async def update(self, request: Request) -> Response:
        """Change a machine, and publish it if that is asked for."""
        revisions.check_given(request)
        before = revisions.content(request.parameters["stateMachineArn"])
        more = _logging(request)
        more |= {"publish": False} if request.parameters.get("publish") else {}
        return revisions.updated(request, await tracing.keep(request, **more), before)

    @operation("DeleteStateMachine")
    async def delete(self, request: Request) -> Output:
        """Delete a machine; none is no error."""
        known = request.parameters["stateMachineArn"] in stepfunctions._state_machines
        return await request.forward() if known else {}

    @operation("PublishStateMachineVersion")
    def publish(self, request: Request) -> Data:
        """Publish a machine's revision."""
        return revisions.publish(request.parameters)

    @operation("ListStateMachineVersions")
    def list_versions(self, request: Request) -> Data:
        """List a machine's versions."""
        return aliases.list_versions(request.parameters)

    @operation("DeleteStateMachineVersion")
    async def delete_version(self, request: Request) -> Response:
        """Delete a version that no alias leads to."""
        aliases.check_unused(request.parameters["stateMachineVersionArn"])
        return await request.forward()

    @operation("CreateStateMachineAlias")
    async def create_alias(self, request: Request) -> Output:
        """Make an alias, or find the same one."""
        aliases.check_routing(request.parameters["routingConfiguration"])
        return aliases.same(request.parameters) or await request.forward()

    @operation("UpdateStateMachineAlias")
    async def update_alias(self, request: Request) -> Output:
        """Change an alias."""
        if routing := request.parameters.get("routingConfiguration"):
            aliases.check_routing(routing)
        return await request.forward()

    @operation("ListStateMachineAliases")
    def list_aliases(self, request: Request) -> Data:
        """List a machine's aliases."""
        return aliases.list_aliases(request.parameters)

    @operation("DescribeStateMachine")
    async def describe(self, request: Request) -> Response:
        """Describe a machine."""
        return await tracing.shown(request)

    @operation("DescribeStateMachineForExecution")
    async def describe_for_execution(self, request: Request) -> Response:
        """Describe the machine that an execution runs, as it was then."""
        response = await request.forward()
        if response.status != 200:
            return response
        execution = stepfunctions._executions[request.parameters["executionArn"]]
        machine = stepfunctions._state_machines[execution["stateMachineArn"]]
        machine = {tracing.SETTING: tracing.OFF} | revisions.machine_of(execution, machine)
        shown = {name: machine.get(name) for name in (*revisions.CONTENT, "revisionId")}
        answer = revisions.described(json.loads(response.body) | shown)
        return response._replace(body=json.dumps(answer).encode())

    @operation("StartExecution")
    async def start(self, request: Request) -> Output:
        """Start an execution; an Express one has an ARN of its own form."""
        given = request.parameters
        refusals.check_input(given)
        if (running := executions.running(given)) is not None:
            return running
        tracing.take_on(request)
        revisions.asked.set(given["stateMachineArn"])
        response = await request.forward()
        if response.status != 200 or not express.is_express(given["stateMachineArn"]):
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
        arn = request.parameters["executionArn"]
        express.check_described(arn)
        response = await request.forward()
        if response.status != 200:
            return response
        answer = json.loads(response.body) | revisions.shown_by(stepfunctions._executions[arn])
        spare = {"output", "outputDetails"} if answer.get("output") is None else set()
        spare |= {"error"} if answer["status"] == "TIMED_OUT" else set()
        answer = {k: v for k, v in answer.items() if k not in spare}
        return response._replace(body=json.dumps(answer).encode())

    @operation("GetExecutionHistory")
    async def get_execution_history(self, request: Request) -> Response:
        """Return a page of an execution's history."""
        express.check_described(request.parameters["executionArn"])
        return await request.forward()

    @operation("ListExecutions")
    async def list_executions(self, request: Request) -> Response:
        """List the executions of a machine, of a version's or of an alias's."""
        asked = request.parameters.get("stateMachineArn")
        express.check_listed(asked)
        base = stepfunctions._resolve_state_machine_arn(asked) if asked else None
        if asked and base is None:
            raise refusals.no_machine(asked)
        response = await request.forward(**({"stateMachineArn": base} if base else {}))
        if response.status != 200:
            return response
        answer = json.loads(response.body)
        for one in answer["executions"]:
            one |= revisions.shown_by(stepfunctions._executions[one["executionArn"]])
        if asked != base:
            answer["executions"] = [o for o in answer["executions"] if asked in o.values()]
        return response._replace(body=json.dumps(answer).encode())

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


def _logging(request: Request) -> Data:
    """Return a request's settings of logs, whole; nothing if it has none."""
    given = request.parameters.get("loggingConfiguration")
    return {} if given is None else {"loggingConfiguration": log.whole(given)}


PROVIDER = StepFunctions()

"""The sandbox's inner process: MiniStack in our own launcher, with our additions put into it."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import resource
import shutil
import sys
import threading
from importlib.metadata import PackageNotFoundError

from labkit.sandbox.gateway import pipeline, registry
from labkit.sandbox.process.asgi import Application, Message, Receive, Scope, Send
from labkit.sandbox.process.processes import end_session
from labkit.sandbox.upstream import digests, module, seams
from labkit.sandbox.upstream.app import app as upstream_app

ADDITIONS = (
    "gateway.keys",
    "gateway.signatures",
    "services.lambda_",
    "services.apigateway",
    "services.apigatewayv2",
    "services.sqs",
    "services.lambda_.event_sources",
    "services.logs.log_filters",
    "services.logs.log_insights",
    "services.logs.metric_filters",
    "services.logs.log_subscriptions",
    "services.logs.new_events",
    "services.sns",
    "services.events",
    "services.pipes",
    "services.scheduler.schedules",
    "services.cloudwatch.metric_data",
    "services.cloudwatch.alarm_actions",
    "services.cloudwatch.alarms",
    "services.cloudformation",
    "services.s3.notifications",
    "services.s3.storage",
    "services.dynamodb",
    "gateway.cors",
    "process.connections",
)
"""Modules of this package that change what MiniStack does, each through its `install()`."""

KEEP_ALIVE_SECONDS = 75
"""How long an idle connection stays open; longer than boto3 keeps one in its pool."""

LARGEST_HEADERS = 256 * 1024
"""Bytes of headers that are read at all; `gateway/browsers.py` refuses far fewer in AWS's form."""


def main() -> None:
    """Serve on the listening socket whose descriptor is the first argument, until killed.

    The supervisor reads one line from standard output: `healthy` and the learner's access key, if
    there is a learner, or why the start failed.
    Standard input is a pipe that the supervisor holds; its end is the supervisor's end.
    """
    threading.Thread(target=_end_with_the_supervisor, daemon=True).start()
    _allow_many_descriptors()
    try:
        seams.check_versions()
        application = _assemble()
        digests.check()
        greeting = _greeting()
    except (seams.SeamError, PackageNotFoundError, ImportError, ValueError) as error:
        print(_reason(error), flush=True)
        sys.exit(1)
    asyncio.run(_serve(application, greeting, descriptor=int(sys.argv[1])))


def _allow_many_descriptors() -> None:
    """Raise the soft limit of open files to the hard one: every environment holds a few."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _reason(error: Exception) -> str:
    if not isinstance(error, ImportError):
        return str(error)
    return f"a package of the sandbox is missing ({error}); install the locked packages: make lab"


def _end_with_the_supervisor() -> None:
    """Wait for the end of standard input, then end this session and remove its folder."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    end_session(os.getsid(0))
    shutil.rmtree(os.environ["LABKIT_SANDBOX_DIRECTORY"], ignore_errors=True)
    os._exit(0)


def _assemble() -> Application:
    """Import MiniStack, install our additions, and return the application to serve."""
    application: Application = upstream_app.app
    for name in ADDITIONS:
        importlib.import_module(f"labkit.sandbox.{name}").install()
    registry.install()
    pipeline.install()
    module.check_all()
    browsers = importlib.import_module("labkit.sandbox.gateway.browsers")
    origins = os.environ.get("LABKIT_SANDBOX_ORIGINS", "").split()
    guarded: Application = browsers.guard(application, frozenset(origins))
    return guarded


def _greeting() -> str:
    """Make the learner if one is asked for; return what the supervisor is to be told."""
    from labkit.sandbox.services.iam.learner import learner_from_environment

    key = learner_from_environment()
    return f"healthy {key.id} {key.secret}" if key else "healthy"


async def _serve(application: Application, greeting: str, descriptor: int) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"fd://{descriptor}"]
    config.keep_alive_timeout = KEEP_ALIVE_SECONDS
    config.loglevel = "WARNING"
    config.h11_max_incomplete_size = LARGEST_HEADERS
    await serve(_announcing(application, greeting), config)  # type: ignore[arg-type]


def _announcing(application: Application, greeting: str) -> Application:
    """Greet the supervisor once the application has started; the socket listens already."""

    async def announced(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_and_tell(message: Message) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                print(greeting, flush=True)

        await application(scope, receive, send_and_tell if scope["type"] == "lifespan" else send)

    return announced


if __name__ == "__main__":
    main()

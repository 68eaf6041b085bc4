"""The sandbox's inner process: MiniStack in our own launcher, with our additions put into it."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import resource
import shutil
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from labkit.sandbox.gateway import pipeline, registry
from labkit.sandbox.gateway.quick_signature import Signer
from labkit.sandbox.gateway.undisturbed import Undisturbed
from labkit.sandbox.process import http_server, stand_ins
from labkit.sandbox.process.asgi import Application, Receive, Scope, Send
from labkit.sandbox.process.processes import end_session, get_ready
from labkit.sandbox.upstream import digests, module, seams
from labkit.sandbox.upstream.app import app as upstream_app

WORKER_THREADS = 512
"""A call that MiniStack makes on a thread, such as a task of a state machine, holds it until it is
answered. With the 64 of MiniStack, further ones would wait in the server, where AWS runs them at
once or turns them away."""


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
    except (seams.SeamError, ImportError, ValueError) as error:
        print(_reason(error), flush=True)
        sys.exit(1)
    listener = socket.socket(fileno=int(sys.argv[1]))
    http_server.run(application, listener, lambda: _begin(greeting))


def _begin(greeting: str) -> None:
    """Tell MiniStack the event loop, and the supervisor that requests are served."""
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(WORKER_THREADS, "labkit-worker"))
    module.put(upstream_app, "_MAIN_LOOP", lambda _: loop)
    print(greeting, flush=True)
    loop.run_in_executor(None, get_ready)


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
    with stand_ins.in_place(stand_ins.OF_MINISTACK):
        application: Application = upstream_app.app
    from labkit.sandbox.gateway import bodies, browsers, downloads, front, keys, signatures

    for part in (keys, signatures, downloads, pipeline, registry):
        part.install()
    module.check_all()
    origins = os.environ.get("LABKIT_SANDBOX_ORIGINS", "").split()
    inner = bodies.bounded(_with_express(front.in_front_of(application)))
    return browsers.guard(inner, frozenset(origins))


def _with_express(application: Application) -> Application:
    """Return an application with the short way of an Invoke, which the first one loads."""
    allowed: Undisturbed[Signer] = Undisturbed()
    common = allowed.but_for(application)

    @functools.cache
    def express() -> Application:
        from labkit.sandbox.services.lambda_.express import in_front_of

        return in_front_of(common, allowed)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        may_be_one = (scope.get("raw_path") or b"").endswith(b"/invocations")
        await (express() if may_be_one else common)(scope, receive, send)

    return serve


def _greeting() -> str:
    """Make the learner if one is asked for; return what the supervisor is to be told."""
    from labkit.sandbox.services.iam.learner import learner_from_environment

    key = learner_from_environment()
    return f"healthy {key.id} {key.secret}" if key else "healthy"


if __name__ == "__main__":
    main()

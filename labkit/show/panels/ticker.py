"""Something done again and again beside the notebook, without blocking its kernel."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Ticker:
    """Call a function every few seconds in a thread of its own, until it is stopped.

    The thread is a daemon: it ends with the kernel.

    Parameters
    ----------
    work
        What to do; what it raises is handed to `failed`, and the ticking goes on.
    every_s
        Pause between the end of one call and the begin of the next, in seconds.
    failed
        Is told of each exception.
    """

    def __init__(
        self, work: Callable[[], None], every_s: float, failed: Callable[[Exception], None]
    ) -> None:
        self._work = work
        self._every_s = every_s
        self._failed = failed
        self._over = threading.Event()
        self._now = threading.Event()
        self._thread = threading.Thread(target=self._run, name="labkit-ticker", daemon=True)

    @property
    def running(self) -> bool:
        """Whether it was started and not stopped."""
        return self._thread.is_alive() and not self._over.is_set()

    def start(self) -> None:
        """Begin; the first call is at once."""
        self._thread.start()

    def hurry(self) -> None:
        """Do the next call now."""
        self._now.set()

    def stop(self) -> None:
        """Call no more; a call that is under way is waited for, unless it is this very one."""
        self._over.set()
        self._now.set()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        while not self._over.is_set():
            self._now.clear()
            try:
                self._work()
            except Exception as error:
                self._failed(error)
            if not self._over.is_set():
                self._now.wait(self._every_s)

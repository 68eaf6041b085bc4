"""What MiniStack's application imports at once and is never asked for here: Hypercorn, its server.

Loading that, and the parsers of protocols that it brings, takes longer than all else that the
sandbox loads before it is healthy. While the application is imported, empty names stand there
instead.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from types import ModuleType

NAMES: dict[str, tuple[str, ...]] = {
    "h11": (),
    "hypercorn": (),
    "hypercorn.config": ("Config",),
    "hypercorn.protocol": (),
    "hypercorn.protocol.events": ("EndBody", "Response"),
    "hypercorn.protocol.h11": ("H11Protocol",),
    "hypercorn.protocol.ws_stream": ("WSStream",),
    "ministack.core.hypercorn_compat": ("install",),
}
"""By module, what the application takes of it."""


@contextlib.contextmanager
def in_place() -> Iterator[None]:
    """Let empty names stand for Hypercorn's; whoever imports it afterwards gets it."""
    made = {name: _stand_in(name) for name in NAMES if name not in sys.modules}
    sys.modules.update(made)
    try:
        yield
    finally:
        for name in made:
            del sys.modules[name]


def _stand_in(name: str) -> ModuleType:
    module = ModuleType(name)
    for attribute in NAMES[name]:
        setattr(module, attribute, type(attribute, (), {}))
    return module

"""What others import at once and is never asked for here: Hypercorn, and uvicorn's command line.

Loading them, with the parsers of protocols and of options that they bring, takes longer than all
else that the sandbox loads before it is healthy. While the one who wants them is imported, empty
names stand there instead.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping
from types import ModuleType

Names = Mapping[str, tuple[str, ...]]

OF_MINISTACK: Names = {
    "h11": (),
    "hypercorn": (),
    "hypercorn.config": ("Config",),
    "hypercorn.protocol": (),
    "hypercorn.protocol.events": ("EndBody", "Response"),
    "hypercorn.protocol.h11": ("H11Protocol",),
    "hypercorn.protocol.ws_stream": ("WSStream",),
    "ministack.core.hypercorn_compat": ("install",),
}
"""By module, what MiniStack's application takes of its server."""

OF_UVICORN: Names = {"uvicorn.main": ("Server", "main", "run")}
"""What uvicorn's package takes of its command line."""


@contextlib.contextmanager
def in_place(names: Names) -> Iterator[None]:
    """Let empty names stand for these modules'; whoever imports them afterwards gets them."""
    made = {name: _stand_in(name, names[name]) for name in names if name not in sys.modules}
    sys.modules.update(made)
    try:
        yield
    finally:
        for name in made:
            del sys.modules[name]


def _stand_in(name: str, attributes: tuple[str, ...]) -> ModuleType:
    module = ModuleType(name)
    for attribute in attributes:
        setattr(module, attribute, type(attribute, (), {}))
    return module

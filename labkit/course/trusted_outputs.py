"""Jupyter's trust in a copy's outputs: a copy that labkit writes anew keeps what it had.

Jupyter shows the HTML of outputs that it has signed, a whole notebook at a time. One that another
program has written is signed no longer, and the learner's own tables and drawings are gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


@contextmanager
def kept_trust(old: Path, *new: Path) -> Iterator[None]:
    """Sign notebooks that are written in a block if the one that they come from was signed.

    Whatever is wrong with it or with the signatures, the block goes on: then they are not signed.

    Parameters
    ----------
    old
        The notebook before the block.
    new
        Those that hold its outputs after it, and no others.
    """
    trusted = False
    with suppress(Exception):
        trusted = _is_trusted(old)
    yield
    if trusted:
        with suppress(Exception):
            _sign(new)


def _is_trusted(path: Path) -> bool:
    """Whether Jupyter has signed a notebook as it is."""
    from nbformat.sign import NotebookNotary

    notary: Any = NotebookNotary()
    if not Path(notary.db_file).exists():
        return False
    with _closing(notary):
        return bool(notary.check_signature(_read(path)))


def _sign(paths: tuple[Path, ...]) -> None:
    from nbformat.sign import NotebookNotary

    notary: Any = NotebookNotary()
    with _closing(notary):
        for path in paths:
            notary.sign(_read(path))


@contextmanager
def _closing(notary: Any) -> Iterator[None]:
    try:
        yield
    finally:
        notary.store.close()


def _read(path: Path) -> Any:
    """Read a notebook as Jupyter's server does before it asks for its signature."""
    import nbformat

    return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)

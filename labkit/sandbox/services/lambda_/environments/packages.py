"""Deployment packages and layers on disk: each unzipped once, shared by every environment."""

from __future__ import annotations

import hashlib
import io
import shutil
import threading
import zipfile
from pathlib import Path


class Packages:
    """A folder of unzipped archives, each under its digest.

    Parameters
    ----------
    directory
        Where to unzip; made when missing.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()

    def folder(self, archive: bytes) -> Path:
        """Return the folder that holds the files of `archive`, read-only as on AWS."""
        target = self._directory / hashlib.sha256(archive).hexdigest()
        with self._lock:
            if not target.exists():
                partial = target.with_suffix(".partial")
                shutil.rmtree(partial, ignore_errors=True)
                partial.mkdir(parents=True)
                _unzip(archive, partial)
                partial.rename(target)
        return target


def _unzip(archive: bytes, target: Path) -> None:
    if not archive:
        return
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        for member in files.infolist():
            written = Path(files.extract(member, target))
            if not member.is_dir():
                executable = (member.external_attr >> 16) & 0o111
                written.chmod(0o444 | executable)

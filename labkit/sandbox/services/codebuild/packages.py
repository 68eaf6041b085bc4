"""What goes into a build and what comes out: packages of files.

Source: CodeBuild User Guide, "Build specification reference" (artifacts); API Reference,
ProjectArtifacts.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from labkit.sandbox.gateway.as_role import FailedError
from labkit.sandbox.services.codebuild.as_role import ask
from labkit.sandbox.services.codebuild.buildspec import Buildspec
from labkit.sandbox.services.codebuild.records import Build

ALL = "**/*"
"""The pattern of every file in every folder."""


async def fetch(build: Build) -> None:
    """Put a build's source into its folder.

    Raises
    ------
    labkit.sandbox.gateway.as_role.FailedError
        If it cannot be read, or is no package.
    """
    source = build.info["source"]
    if build.source is not None:
        _unpack(build, build.source)
    elif source["type"] == "S3":
        bucket, _, key = source["location"].removeprefix("arn:aws:s3:::").partition("/")
        answer = await ask(build, "s3", "GetObject", Bucket=bucket, Key=key)
        _unpack(build, answer["Body"])
        build.info["resolvedSourceVersion"] = answer.get("VersionId") or answer["ETag"].strip('"')


async def keep(build: Build, spec: Buildspec) -> None:
    """Keep the files that a build's specification names.

    Raises
    ------
    labkit.sandbox.gateway.as_role.FailedError
        If there is none of them, or they cannot be written.
    """
    wanted = build.info["_artifacts"]
    if wanted["type"] == "NO_ARTIFACTS" or not spec.files:
        return
    files = chosen(build, spec.files, spec.base, discard_paths=spec.discard_paths)
    if not files:
        raise FailedError("CLIENT_ERROR", "no matching artifact paths found")
    if wanted["type"] == "CODEPIPELINE":
        build.artifact = _pack(files)
        return
    bucket = wanted["location"].removeprefix("arn:aws:s3:::")
    name = wanted.get("name") or build.info["projectName"]
    folders = [wanted.get("path") or ""]
    if wanted.get("namespaceType") == "BUILD_ID":
        folders.append(build.info["id"].rpartition(":")[2])
    prefix = "/".join(part.strip("/") for part in (*folders, name) if part)
    if wanted.get("packaging") == "ZIP":
        await ask(build, "s3", "PutObject", Bucket=bucket, Key=prefix, Body=_pack(files))
    else:
        for path, file in files.items():
            key = f"{prefix}/{path}"
            await ask(build, "s3", "PutObject", Bucket=bucket, Key=key, Body=file.read_bytes())
    build.info["artifacts"] = {"location": f"arn:aws:s3:::{bucket}/{prefix}"}


def chosen(
    build: Build, patterns: tuple[str, ...], base: str, *, discard_paths: bool
) -> dict[str, Path]:
    """Return the files of patterns, by the path that each is kept under.

    Parameters
    ----------
    build
        Whose files they are.
    patterns
        As the files of a buildspec name them.
    base
        The folder that they are looked for in, relative to the source.
    discard_paths
        Whether they lose their folders.

    Raises
    ------
    labkit.sandbox.gateway.as_role.FailedError
        If the folder is outside of the source, or a pattern is none.
    """
    folder = within(build, base)
    try:
        found = {
            file
            for pattern in patterns
            for file in folder.glob(pattern)
            if file.is_file() and file.resolve().is_relative_to(folder)
        }
    except (NotImplementedError, ValueError) as error:
        raise FailedError("CLIENT_ERROR", f"invalid file path: {error}") from None
    return {
        file.name if discard_paths else str(file.relative_to(folder)): file
        for file in sorted(found)
    }


def within(build: Build, path: str) -> Path:
    """Return a path of a build's source.

    Raises
    ------
    labkit.sandbox.gateway.as_role.FailedError
        If it leads out of the source, where the files of this computer are.
    """
    source = (build.folder / "source").resolve()
    found = (source / path).resolve()
    if not found.is_relative_to(source):
        raise FailedError("CLIENT_ERROR", f"{path} is outside of the source")
    return found


def _pack(files: dict[str, Path]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, file in files.items():
            archive.write(file, path)
    return buffer.getvalue()


def _unpack(build: Build, package: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            archive.extractall(build.folder / "source")
    except zipfile.BadZipFile:
        text = "the source is not a .zip file, which is what the embedded sandbox unpacks"
        raise FailedError("CLIENT_ERROR", text) from None

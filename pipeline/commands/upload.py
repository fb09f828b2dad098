"""`pipeline upload`: send files to the pipeline, and report what becomes of them."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from os.path import commonprefix
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.common.options import Deadline, Json, KeyPrefix, Paths, StackName
from pipeline.commands.common.reports import outcome_fields, outcome_line
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.outcomes import ENDED, Outcome, send
from pipeline.deployed.uploads import earlier_outcome, outcome_within, run_in_parallel
from pipeline.lib.errors import PipelineError
from pipeline.lib.paths import is_visible_file, visible_files
from pipeline.lib.terminal import print_json, print_line, progress, say
from pipeline.lib.text import is_utf8
from pipeline.stacks.table import DEFAULT, get_stack

EXAMPLES = (
    "pipeline upload photo.jpg album",
    "pipeline upload album --prefix 2026/ --json",
    "pipeline upload album --again",
)

Again = Annotated[bool, typer.Option("--again", help="Also send files that are already uploaded.")]


@dataclass(frozen=True)
class Uploaded:
    """A file, the outcome of its upload, and how many seconds that took.

    If it was already uploaded, it wasn't `sent`.
    """

    path: Path
    outcome: Outcome
    seconds: float
    sent: bool = True


def upload(
    paths: Paths,
    prefix: KeyPrefix = "",
    again: Again = False,
    json: Json = False,
    deadline: Deadline = 600,
    stack: StackName = DEFAULT,
) -> None:
    """Upload images, and the images in directories.

    Waits for the outcome of each upload, and prints the names of its variants. The key of a file is its name, or its
    path below the directory that you name, after --prefix (default: upload_prefix of the deployment).

    Safe to interrupt and to repeat: a file is skipped if the upload bucket already contains it with the same key and
    the same bytes, and that upload is complete or rejected. Exits with 1 if an upload is neither.
    """
    check_paths(paths)
    deployment = get_stack(stack).describe()
    files = Files(tuple(paths), prefix or deployment.upload_prefix)
    total, folder = _survey(deployment, files)
    if not json:
        print_line(f"variants are in s3://{deployment.processed_bucket}/{folder}")
    ended, skipped = True, 0
    with progress("uploads", total) as count:
        for uploaded in count(upload_files(deployment, files, deadline, skip=not again)):
            print_uploaded(deployment, uploaded, folder, json=json)
            ended = ended and uploaded.outcome.state in ENDED
            skipped += not uploaded.sent
    if skipped:
        say(f"{skipped:,} files were already uploaded: --again sends them too")
    if not ended:
        raise typer.Exit(1)


def check_paths(paths: Iterable[Path]) -> None:
    """Check that something is at each of `paths`.

    Raises:
        PipelineError: a path does not exist.
    """
    for path in paths:
        if not path.exists():
            raise PipelineError(f"{path} does not exist", "name files, or directories that contain images")


@dataclass(frozen=True)
class Files:
    """The key of each file at `paths`, with the path of the file.

    Directories are read anew for each iteration, because the paths of all files may not fit in memory.
    """

    paths: tuple[Path, ...]
    prefix: str = ""

    def __iter__(self) -> Iterator[tuple[str, Path]]:
        """Yield key and path of each file.

        Raises:
            PipelineError: two files have the same key, a directory is empty, or a name is not UTF-8.
        """
        named: dict[str, Path] = {}
        directories: list[Path] = []
        for path in self.paths:
            for name, file in files_below(path) if path.is_dir() else [(key_of(path, path.parent), path)]:
                if other := named.get(name) or _file_in(directories, name):
                    raise PipelineError(
                        f"{other} and {file} have the same key, {self.prefix}{name}",
                        "upload them one after the other, with a different --prefix",
                    )
                yield self.prefix + name, file
            if path.is_dir():
                directories.append(path)
            else:
                named[path.name] = path


def _file_in(directories: Iterable[Path], name: str) -> Path | None:
    """Return the file `name` in one of `directories`, if there is one."""
    return next((each / name for each in directories if is_visible_file(each / name, each)), None)


def key_of(path: Path, directory: Path) -> str:
    """Return the key of the file at `path` below `directory`.

    Raises:
        PipelineError: the name isn't UTF-8, as keys are.
    """
    key = path.relative_to(directory).as_posix()
    if not is_utf8(key):
        raise PipelineError(f"the name of {path} is not UTF-8, so it can't be a key", "rename the file")
    return key


def files_below(directory: Path) -> Iterator[tuple[str, Path]]:
    """Yield key and path of each file in `directory` and its folders, in order, without hidden ones.

    Raises:
        PipelineError: it is not a directory, contains no files, or contains a name that is not UTF-8.
    """
    if not directory.is_dir():
        raise PipelineError(f"{directory} is not a directory", "name a directory that contains images")
    path = None
    for path in visible_files(directory):
        yield key_of(path, directory), path
    if not path:
        raise PipelineError(f"{directory} contains no files", "name a directory that contains images")


def _survey(deployment: Deployment, files: Files) -> tuple[int, str]:
    """Return the number of `files`, and the folder that contains all of their keys. Nothing is uploaded.

    Raises:
        PipelineError: the function wouldn't be invoked for one of them.
    """
    count, shared = 0, ""
    for key, _ in files:
        deployment.check_key(key)
        shared = commonprefix((shared, key)) if count else key  # noqa: RUF071 - of keys, not of folders
        count += 1
    return count, folder_of(shared)


def upload_files(
    deployment: Deployment, files: Iterable[tuple[str, Path]], seconds: float, *, skip: bool = False
) -> Iterator[Uploaded]:
    """Upload `files` (key, path), and yield each once it has an outcome, or after `seconds`.

    If `skip`, files that are already uploaded are not sent.
    """
    work = partial(_resume_file if skip else upload_file, deployment)
    return run_in_parallel(deployment, lambda file: work(*file, seconds), files)


def _resume_file(deployment: Deployment, key: str, path: Path, seconds: float) -> Uploaded:
    """Upload the file at `path` under `key`, unless that has already led to an outcome."""
    started = time.monotonic()
    with _reading(path):
        outcome = earlier_outcome(deployment, path, key)
    if outcome:
        return Uploaded(path, outcome, time.monotonic() - started, sent=False)
    return upload_file(deployment, key, path, seconds)


def upload_file(deployment: Deployment, key: str, path: Path, seconds: float) -> Uploaded:
    """Upload the file at `path` under `key`, and wait up to `seconds` for its outcome."""
    started = time.monotonic()
    with _reading(path):
        sent = send(deployment, path, key)
    outcome = outcome_within(deployment, sent, seconds)
    return Uploaded(path, outcome, time.monotonic() - started)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PipelineError(
            f"{path} can't be read: {error.strerror or error}",
            "make it readable, or move it away, then run this command again: it goes on where it stopped",
        ) from error


def folder_of(prefix: str) -> str:
    """Return the folder that contains the keys that start with `prefix`, such as "2026/", or ""."""
    return prefix[: prefix.rfind("/") + 1]


def print_uploaded(deployment: Deployment, uploaded: Uploaded, folder: str = "", *, json: bool) -> None:
    """Print the outcome of a file, and the names of its objects below `folder`."""
    if json:
        file = {"file": str(uploaded.path), "seconds": round(uploaded.seconds, 3), "sent": uploaded.sent}
        print_json(file | outcome_fields(deployment, uploaded.outcome))
        return
    print_line(outcome_line(uploaded.outcome) + ("" if uploaded.sent else " (already uploaded)"))
    for key in uploaded.outcome.keys.values():
        print_line(f"          {key.removeprefix(folder)}")

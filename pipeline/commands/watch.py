"""`pipeline watch`: upload the files that are put into a directory."""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
import watchfiles
from botocore.exceptions import ClientError, EndpointConnectionError
from watchfiles._rust_notify import WatchfilesRustInternalError

from pipeline.commands.common.options import Deadline, Json, KeyPrefix, StackName
from pipeline.commands.upload import Uploaded, folder_of, print_uploaded, upload_file
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.uploads import max_in_flight
from pipeline.lib.errors import NotRunningError, PipelineError
from pipeline.lib.paths import is_visible_file
from pipeline.lib.terminal import say, show_error
from pipeline.stacks.table import DEFAULT, get_stack

EXAMPLES = ("pipeline watch album", "pipeline watch album --prefix incoming/")
SETTLED_SECONDS = 1.0  # a file that has not changed for this long is complete
HEARTBEAT_SECONDS = 5.0
TICK = 250  # milliseconds between checks of files that may still be growing

Directory = Annotated[Path, typer.Argument(metavar="DIR", hidden=True)]


def watch(
    directory: Directory,
    prefix: KeyPrefix = "",
    json: Json = False,
    deadline: Deadline = 600,
    stack: StackName = DEFAULT,
) -> None:
    """Upload each file that is put into a directory.

    Includes folders below DIR, ignores files that are already there, and uploads a file again after it changes. Runs
    until Ctrl-C.
    """
    if not directory.is_dir():
        raise PipelineError(f"{directory} is not a directory", "name a directory to put images into")
    deployment = get_stack(stack).describe()
    prefix = prefix or deployment.upload_prefix
    folder = folder_of(prefix)
    say(f"watching {directory}; Ctrl-C ends it. Variants are in s3://{deployment.processed_bucket}/{folder}")
    root = directory.resolve()
    with ThreadPoolExecutor(max_in_flight(deployment)) as pool:
        with suppress(KeyboardInterrupt):
            for path in written_files(root, Heartbeat(deployment, stack).check):
                key = prefix + path.relative_to(root).as_posix()
                running = pool.submit(upload_file, deployment, key, path, deadline)
                running.add_done_callback(lambda done: _report(deployment, done, folder, json=json))
        say("waiting for the outcomes of uploads in progress")


class Heartbeat:
    """Checks from time to time that the stack is still there."""

    def __init__(self, deployment: Deployment, stack: str) -> None:
        self._deployment = deployment
        self._stack = stack
        self._due = time.monotonic() + HEARTBEAT_SECONDS

    def check(self) -> None:
        """Check the stack if that is due.

        Raises:
            NotRunningError: the upload bucket is gone, or nothing answers on this machine anymore.
        """
        if time.monotonic() < self._due:
            return
        if not is_there(self._deployment):
            raise NotRunningError(
                f"the {self._stack} stack is gone: files are no longer uploaded",
                f"start it with `make up STACK={self._stack}`, then run this command again",
            )
        self._due = time.monotonic() + HEARTBEAT_SECONDS


def is_there(deployment: Deployment) -> bool:
    """Return whether the upload bucket exists. AWS counts as being there while it can't be reached."""
    try:
        deployment.s3.head_bucket(Bucket=deployment.upload_bucket)
    except ClientError as error:
        return error.response["Error"]["Code"] not in ("404", "NoSuchBucket")
    except EndpointConnectionError:
        return deployment.endpoint_url is None
    return True


def _report(deployment: Deployment, done: Future[Uploaded], folder: str, *, json: bool) -> None:
    if error := done.exception():
        show_error(PipelineError(f"not uploaded: {error}", "copy the file there again, or use `make upload`"))
    else:
        print_uploaded(deployment, done.result(), folder, json=json)


class Stamp(NamedTuple):
    """The size and time of a file: one of them differs after a change."""

    bytes: int
    changed: int  # nanoseconds


Unsettled = dict[Path, tuple[Stamp | None, float]]  # the last stamp of a file, and when it was first seen


def written_files(directory: Path, check: Callable[[], None] = lambda: None) -> Iterator[Path]:
    """Yield each file that is put into `directory` or its folders, once it has not changed for a second.

    Hidden files are ignored: programs write to such names first, then rename. Runs until Ctrl-C, or until
    `check`, which is called several times a second, raises an error.
    """
    unsettled: Unsettled = {}
    for changes in _changes(directory):
        check()
        for change, name in changes:
            if change is not watchfiles.Change.deleted:
                for path in _files_at(Path(name), directory):
                    unsettled[path] = (_stamp(path), time.monotonic())
        yield from _pop_settled(unsettled)


def _changes(directory: Path) -> Iterator[Iterable[tuple[watchfiles.Change, str]]]:
    """Yield what changes in `directory`, several times a second.

    Raises:
        PipelineError: a name isn't UTF-8, which ends the watch.
    """
    try:
        yield from watchfiles.watch(directory, rust_timeout=TICK, yield_on_timeout=True)
    except WatchfilesRustInternalError as error:
        raise PipelineError(
            f"{directory} can't be watched: {error}", "rename files whose names are not UTF-8"
        ) from error


def _files_at(path: Path, directory: Path) -> Iterator[Path]:
    """Yield `path`, or the files below it: a directory that is moved here is one change."""
    for each in (path, *path.rglob("*")) if path.is_dir() else (path,):
        if is_visible_file(each, directory):
            yield each


def _pop_settled(unsettled: Unsettled) -> Iterator[Path]:
    """Remove and yield the files that have not changed for a second. An empty file is not complete."""
    for path, (before, since) in list(unsettled.items()):
        stamp = _stamp(path)
        if stamp is None:
            del unsettled[path]
        elif stamp != before:
            unsettled[path] = (stamp, time.monotonic())
        elif stamp.bytes and time.monotonic() - since >= SETTLED_SECONDS:
            del unsettled[path]
            yield path


def _stamp(path: Path) -> Stamp | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return Stamp(status.st_size, status.st_mtime_ns)

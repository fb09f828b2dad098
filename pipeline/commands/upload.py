"""`pipeline upload`: send files to the pipeline and report what becomes of them."""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import typer

from pipeline.commands.common.options import Deadline, Json, KeyPrefix, Paths, StackName
from pipeline.commands.common.reports import outcome_fields, outcome_line
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.outcomes import ENDED, Outcome, send
from pipeline.deployed.uploads import outcome_within, run_in_parallel
from pipeline.lib.errors import PipelineError
from pipeline.lib.paths import visible_files
from pipeline.lib.terminal import print_json, print_line, progress
from pipeline.lib.text import is_utf8
from pipeline.stacks.table import DEFAULT, stack_named

EXAMPLES = ("pipeline upload photo.jpg album", "pipeline upload album --prefix 2026/ --json")


@dataclass(frozen=True)
class Uploaded:
    """A file, the outcome of its upload, and how many seconds that took."""

    path: Path
    outcome: Outcome
    seconds: float


def upload(
    paths: Paths,
    prefix: KeyPrefix = "",
    json: Json = False,
    deadline: Deadline = 600,
    stack: StackName = DEFAULT,
) -> None:
    """Upload images, and the images in directories.

    Waits for the outcome of each, and prints the names of its variants. The key of a file is its name, or its path
    below the directory that you name, after --prefix (default: upload_prefix of the deployment). Exits with 1 if an
    upload is neither complete nor rejected.
    """
    files = collect_files(paths, prefix)
    deployment = stack_named(stack).describe()
    files = files if prefix else {deployment.upload_prefix + name: path for name, path in files.items()}
    folder = common_folder(files)
    if not json:
        print_line(f"variants are in s3://{deployment.processed_bucket}/{folder}")
    ended = True
    with progress("uploads", len(files)) as count:
        for uploaded in count(upload_files(deployment, files, deadline)):
            print_uploaded(deployment, uploaded, folder, json=json)
            ended = ended and uploaded.outcome.state in ENDED
    if not ended:
        raise typer.Exit(1)


def collect_files(paths: Iterable[Path], prefix: str = "") -> dict[str, Path]:
    """Return the files at `paths`, directories included, by the key of each.

    Raises:
        PipelineError: a path does not exist, or two files have the same key.
    """
    files: dict[str, Path] = {}
    for path in paths:
        if not path.exists():
            raise PipelineError(f"{path} does not exist", "name files, or directories that contain images")
        for name, file in (files_below(path) if path.is_dir() else {key_of(path, path.parent): path}).items():
            key = prefix + name
            if key in files:
                raise PipelineError(
                    f"{files[key]} and {file} have the same key, {key}",
                    "upload them one after the other, with a different --prefix",
                )
            files[key] = file
    return files


def key_of(path: Path, directory: Path) -> str:
    """Return the key of the file at `path` below `directory`.

    Raises:
        PipelineError: the name isn't UTF-8, as keys are.
    """
    key = path.relative_to(directory).as_posix()
    if not is_utf8(key):
        raise PipelineError(f"the name of {path} is not UTF-8, so it can't be a key", "rename the file")
    return key


def files_below(directory: Path) -> dict[str, Path]:
    """Return the files in `directory` and its folders, without hidden ones, by the key of each.

    Raises:
        PipelineError: it is not a directory, contains no files, or contains a name that is not UTF-8.
    """
    if not directory.is_dir():
        raise PipelineError(f"{directory} is not a directory", "name a directory that contains images")
    files = {key_of(path, directory): path for path in visible_files(directory)}
    if not files:
        raise PipelineError(f"{directory} contains no files", "name a directory that contains images")
    return files


def upload_files(deployment: Deployment, files: Mapping[str, Path], seconds: float) -> Iterator[Uploaded]:
    """Upload `files` (key -> path) and yield each once it has an outcome, or after `seconds`.

    Raises:
        PipelineError: the function wouldn't be invoked for one of them. Nothing is uploaded.
    """
    for key in files:
        deployment.check_key(key)
    return run_in_parallel(deployment, lambda file: upload_file(deployment, *file, seconds), files.items())


def upload_file(deployment: Deployment, key: str, path: Path, seconds: float) -> Uploaded:
    """Upload the file at `path` under `key`, and wait up to `seconds` for its outcome."""
    started = time.monotonic()
    outcome = outcome_within(deployment, send(deployment, path, key), seconds)
    return Uploaded(path, outcome, time.monotonic() - started)


def common_folder(keys: Iterable[str]) -> str:
    """Return the folder that contains all `keys`, such as "2026/", or ""."""
    folders = [key.split("/")[:-1] for key in keys]
    shared = takewhile(lambda names: len(set(names)) == 1, zip(*folders, strict=False))
    return "".join(f"{names[0]}/" for names in shared)


def print_uploaded(deployment: Deployment, uploaded: Uploaded, folder: str = "", *, json: bool) -> None:
    """Print the outcome of a file, and the names of its objects below `folder`."""
    if json:
        file = {"file": str(uploaded.path), "seconds": round(uploaded.seconds, 3)}
        print_json(file | outcome_fields(deployment, uploaded.outcome))
        return
    print_line(outcome_line(uploaded.outcome))
    for key in uploaded.outcome.keys.values():
        print_line(f"          {key.removeprefix(folder)}")

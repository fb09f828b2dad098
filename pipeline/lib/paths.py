"""Paths in a checkout."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline.lib.errors import PipelineError

ROOT = Path(__file__).resolve().parents[2]
LAMBDA = ROOT / "lambda"
TERRAFORM = ROOT / "terraform"
LAYER = TERRAFORM / "pillow_layer.zip"
FUNCTION = TERRAFORM / "function"  # lambda/ as it is deployed
STATE = ROOT / ".stack"  # the state of local stacks; not committed
BUILD = ROOT / "build"


def is_visible_file(path: Path, directory: Path) -> bool:
    """Return whether `path`, below `directory`, is a file, and neither it nor a folder on the way is hidden."""
    return path.is_file() and not any(part.startswith(".") for part in path.relative_to(directory).parts)


def visible_files(directory: Path) -> Iterator[Path]:
    """Yield the files in `directory` and its folders, in order, without hidden ones.

    Only the names in one folder, and in those above it, are held.

    Raises:
        PipelineError: a folder can't be read.
    """
    try:
        names = sorted(each.name for each in directory.iterdir() if not each.name.startswith("."))
    except OSError as error:
        raise PipelineError(f"{directory} can't be read: {error.strerror}", "make it readable, or move it") from error
    for name in names:
        path = directory / name
        if path.is_file():
            yield path
        elif path.is_dir() and not path.is_symlink():
            yield from visible_files(path)


def digest(paths: Iterable[Path]) -> str:
    """Return the SHA-256 of the names and contents of files, in hex."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(f"{path}\n{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()

"""Paths in a checkout."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAMBDA = ROOT / "lambda"
TERRAFORM = ROOT / "terraform"
LAYER = TERRAFORM / "pillow_layer.zip"
FUNCTION = TERRAFORM / "function"  # lambda/ as it is deployed
STATE = ROOT / ".stack"  # the state of local stacks: never committed, never of a real deployment
BUILD = ROOT / "build"


def is_visible_file(path: Path, directory: Path) -> bool:
    """Return whether `path`, below `directory`, is a file, and neither it nor a folder on the way is hidden."""
    return path.is_file() and not any(part.startswith(".") for part in path.relative_to(directory).parts)


def visible_files(directory: Path) -> list[Path]:
    """Return the files in `directory` and its folders, sorted, without hidden ones."""
    return [path for path in sorted(directory.rglob("*")) if is_visible_file(path, directory)]


def digest(paths: Iterable[Path]) -> str:
    """Return the SHA-256 of the names and contents of files, in hex."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(f"{path}\n{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()

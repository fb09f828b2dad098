"""Where things stand in a checkout."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAMBDA = ROOT / "lambda"
TERRAFORM = ROOT / "terraform"
LAYER = TERRAFORM / "pillow_layer.zip"
FUNCTION = TERRAFORM / "function"  # lambda/ as it is deployed
STATE = ROOT / ".stack"  # what running stacks keep: never committed, never a real deployment's
BUILD = ROOT / "build"


def is_shown(path: Path, directory: Path) -> bool:
    """Whether PATH, below DIRECTORY, is a file, and neither it nor a folder on the way to it is hidden."""
    return path.is_file() and not any(part.startswith(".") for part in path.relative_to(directory).parts)


def digest(paths: Iterable[Path]) -> str:
    """SHA-256 over the names and contents of files, in hex."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(f"{path}\n{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()

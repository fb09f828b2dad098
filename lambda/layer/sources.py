"""Change the sources of a library before they are compiled."""

import sys
from collections.abc import Callable
from pathlib import Path


def rewrite(file: Path, change: Callable[[str], str]) -> None:
    """Replace the code in `file` by what `change` makes of it."""
    file.write_text(change(file.read_text()))


def replaced(code: str, old: str, new: str, file: str) -> str:
    """Return the `code` of `file` with `new` for `old`; stop the build if `old` is not there."""
    if old not in code:
        sys.exit(f"{file} no longer contains {old!r}: see what changed there, then adapt lambda/layer")
    return code.replace(old, new)

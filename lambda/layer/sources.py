"""Change the sources of a library before they are compiled."""

import sys


def replaced(code: str, old: str, new: str, file: str) -> str:
    """Return the `code` of `file` with `new` for `old`; stop the build if `old` is not there."""
    if old not in code:
        sys.exit(f"{file} no longer contains {old!r}: see what changed there, then adapt lambda/layer")
    return code.replace(old, new)

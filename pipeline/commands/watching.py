"""Files that are put into a directory."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from watchfiles import Change, PythonFilter, watch

from pipeline.lib.paths import is_shown

SETTLED_SECONDS = 1.0  # a file that does not change for so long is fully written
TICK = 250  # milliseconds


class Look(NamedTuple):
    """By what a change of a file shows."""

    bytes: int
    changed: int  # nanoseconds


Unsettled = dict[Path, tuple[Look | None, float]]  # how a file looked, and since when


def written_files(directory: Path) -> Iterator[Path]:
    """Each file that is put into DIRECTORY or its folders, as soon as it has not changed for a second.

    Hidden files are left out: programs write under such names first, and rename then. It goes on until Ctrl-C.
    """
    unsettled: Unsettled = {}
    for changes in watch(directory, rust_timeout=TICK, yield_on_timeout=True):
        for change, name in changes:
            if change is not Change.deleted:
                for path in _files_at(Path(name), directory):
                    unsettled[path] = (_look(path), time.monotonic())
        yield from _settled(unsettled)


def saved_modules(directory: Path) -> Iterator[set[Path]]:
    """The Python modules of DIRECTORY that are saved, together where that happens together. It goes on until Ctrl-C."""
    for changes in watch(directory, watch_filter=PythonFilter(), debounce=200):
        yield {Path(name) for _, name in changes}


def _files_at(path: Path, directory: Path) -> Iterator[Path]:
    """PATH, or the files below it: of a directory that was moved here, its files are not told."""
    for each in (path, *path.rglob("*")) if path.is_dir() else (path,):
        if is_shown(each, directory):
            yield each


def _settled(unsettled: Unsettled) -> Iterator[Path]:
    """Takes those out of UNSETTLED that are as they were a second ago; an empty file is still to be written."""
    for path, (before, since) in list(unsettled.items()):
        look = _look(path)
        if look is None:
            del unsettled[path]
        elif look != before:
            unsettled[path] = (look, time.monotonic())
        elif look.bytes and time.monotonic() - since >= SETTLED_SECONDS:
            del unsettled[path]
            yield path


def _look(path: Path) -> Look | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return Look(status.st_size, status.st_mtime_ns)

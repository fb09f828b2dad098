"""The function's own code on local files, without a stack."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from pipeline.deployed.function import (
    MEMORY,
    Rejected,
    Step,
    Steps,
    Upload,
    Variant,
    check_bytes,
    create_variants,
    decode,
    variant_key,
)
from pipeline.lib.errors import PipelineError
from pipeline.lib.paths import is_shown
from pipeline.lib.workers import Lost, each

SECONDS = 120  # for one file
HEADROOM = 2  # times the function's memory: what the interpreter reserves is more than what it uses

Outcome = dict[str, Any]


@dataclass(frozen=True)
class File:
    """A file, and the key that it would have in the upload bucket."""

    path: Path
    key: str


def outcomes(files: Sequence[File], directory: Path | None, table: Sequence[Variant]) -> Iterator[Outcome]:
    """The line of each of FILES, in the order in which they are done."""
    task = partial(process, directory=directory, table=table)
    for file, result in each(task, files, SECONDS, HEADROOM * MEMORY):
        yield ended(file, "crashed", reason=result.reason) if isinstance(result, Lost) else result


def with_qualities(table: Sequence[Variant], qualities: Sequence[str]) -> list[Variant]:
    """TABLE with QUALITIES ("compressed=80") in it.

    Raises:
        PipelineError: one of them is no quality, or of no variant that has one.
    """
    named = {variant.name: variant for variant in table}
    adjustable = [name for name, variant in named.items() if variant.quality is not None]
    for text in qualities:
        name, _, number = text.partition("=")
        if name not in adjustable:
            raise PipelineError(
                f"--quality {text}: no variant {name} with a quality", f"there are {', '.join(adjustable)}"
            )
        if not number.isdecimal() or not 1 <= int(number) <= 100:
            raise PipelineError(f"--quality {text}: a quality is a number from 1 to 100", f"for example {name}=80")
        named[name] = replace(named[name], quality=int(number))
    return list(named.values())


def files_of(paths: Sequence[Path]) -> Iterator[File]:
    """The files at PATHS; of a folder all that are not hidden, also in folders below."""
    for path in paths:
        if not path.is_dir():
            yield File(path, _text(path.name))
            continue
        for below in sorted(path.rglob("*")):
            if is_shown(below, path):
                yield File(below, _text(below.relative_to(path)))


def _text(path: Path | str) -> str:
    """PATH as text that can be printed: bytes that are no UTF-8 are escaped."""
    return str(path).encode("utf-8", "backslashreplace").decode()


def process(file: File, directory: Path | None, table: Sequence[Variant]) -> Outcome:
    """What becomes of FILE; its variants are written below DIRECTORY under the keys that they would have."""
    started = time.monotonic()
    try:
        check_bytes(file.path.stat().st_size)
        content = file.path.read_bytes()
        upload = Upload("", file.key, hashlib.md5(content, usedforsecurity=False).hexdigest(), None, len(content))
        picture = decode(content)
    except Rejected as rejection:
        return ended(file, "rejected", started, code=rejection.code, reason=rejection.reason)
    except OSError as error:
        return ended(file, "unreadable", started, reason=error.strerror or str(error))
    del content
    made: dict[str, Outcome] = {}
    steps = Steps()
    for variant, encoded in create_variants(picture, table, steps):
        path = directory / variant_key(upload, variant) if directory else None
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(encoded)
        made[variant.name] = described(variant, encoded, path, steps)
    return ended(file, "variants", started, variants=[made[variant.name] for variant in table])


def described(variant: Variant, encoded: bytes, path: Path | None, steps: Steps) -> Outcome:
    with Image.open(BytesIO(encoded), formats=(variant.format,)) as picture:
        width, height = picture.size
    return {
        "name": variant.name,
        "path": _text(path) if path else None,
        "format": variant.format,
        "width": width,
        "height": height,
        "bytes": len(encoded),
        "milliseconds": steps.taken()[Step.ENCODE.of(variant.name)],
    }


def ended(file: File, outcome: str, started: float | None = None, **fields: Any) -> Outcome:
    """The line of FILE: outcome, code, reason, variants and time."""
    line = {"file": _text(file.path), "outcome": outcome, "code": None, "reason": None, "variants": []} | fields
    return line | {"milliseconds": started and round(1000 * (time.monotonic() - started))}

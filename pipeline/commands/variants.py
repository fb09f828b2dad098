"""`pipeline variants`: make the variants of local files with the function's own code, without a stack."""

import hashlib
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from io import BytesIO
from operator import attrgetter
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from PIL import Image

from pipeline.commands.common.options import Json, Paths, out_option
from pipeline.deployed.function import (
    MEMORY,
    VARIANTS,
    Picture,
    Rejected,
    Step,
    Steps,
    Upload,
    Variant,
    check_bytes,
    check_room,
    create_variants,
    decode,
    keeps_copyright,
    variant_key,
)
from pipeline.lib.errors import PipelineError
from pipeline.lib.paths import visible_files
from pipeline.lib.tables import print_figures
from pipeline.lib.terminal import print_json, print_line, progress, size
from pipeline.lib.workers import Lost, each

EXAMPLES = ("pipeline variants photo.jpg", "pipeline variants album --out made --quality compressed=80")
MAX_SECONDS = 120  # for one file
HEADROOM = 2  # times the function's memory, because an interpreter reserves more than it uses

Quality = Annotated[
    list[str] | None,
    typer.Option(
        "--quality",
        metavar="VARIANT=N",
        help="Quality, repeatable.",
        show_default="as in lambda/",
    ),
]


@dataclass(frozen=True)
class File:
    """A local file, and the key that it would have in the upload bucket."""

    path: Path
    key: str


@dataclass(frozen=True)
class MadeVariant:
    """A variant; `path` is None unless it is written to a file. `milliseconds` is the time to encode it."""

    name: str
    path: str | None
    format: str
    width: int
    height: int
    bytes: int
    milliseconds: int


@dataclass(frozen=True)
class Trial:
    """What the function makes of one file. `code` and `reason` say why there are no variants."""

    file: str
    outcome: Literal["variants", "rejected", "unreadable", "crashed"]
    code: str | None = None
    reason: str | None = None
    variants: tuple[MadeVariant, ...] = ()
    milliseconds: int | None = None


def variants(
    files: Paths,
    quality: Quality = None,
    directory: Annotated[Path | None, out_option("write nothing")] = None,
    json: Json = False,
) -> None:
    """Make the variants of local files, without a stack.

    Runs the function's code on files and on the files in directories, and prints the size of each variant. --out names
    a directory to write them to. Exits with 1 if a file can't be read or crashes the function, but not if it is
    rejected.
    """
    table = with_qualities(VARIANTS, quality or [])
    found = list(_files_at(files))
    trials: list[Trial] = []
    with progress("files", len(found)) as count:
        for trial in count(try_files(found, directory, table)):
            trials.append(trial)
            if json:
                print_json(asdict(trial))
    if not json:
        _print(sorted(trials, key=attrgetter("file")), [variant.name for variant in table])
    if any(trial.outcome in ("crashed", "unreadable") for trial in trials):
        raise typer.Exit(1)


def with_qualities(table: Sequence[Variant], qualities: Sequence[str]) -> list[Variant]:
    """Return `table` with `qualities` such as "compressed=80" in it.

    Raises:
        PipelineError: one of them is malformed, or names a variant that has no quality.
    """
    named = {variant.name: variant for variant in table}
    adjustable = [name for name, variant in named.items() if variant.quality is not None]
    for text in qualities:
        name, _, number = text.partition("=")
        if name not in adjustable:
            raise PipelineError(
                f"--quality {text}: there is no variant {name!r} with a quality",
                f"choose one of {', '.join(adjustable)}",
            )
        if not number.isdecimal() or not 1 <= int(number) <= 100:
            raise PipelineError(f"--quality {text}: a quality is a number from 1 to 100", f"for example {name}=80")
        named[name] = replace(named[name], quality=int(number))
    return list(named.values())


def try_files(files: Sequence[File], directory: Path | None, table: Sequence[Variant]) -> Iterator[Trial]:
    """Yield what the function makes of each of `files`, in the order in which they finish."""
    task = partial(try_file, directory=directory, table=table)
    for file, result in each(task, files, MAX_SECONDS, HEADROOM * MEMORY):
        yield Trial(_text(file.path), "crashed", reason=result.reason) if isinstance(result, Lost) else result


def try_file(file: File, directory: Path | None, table: Sequence[Variant]) -> Trial:
    """Return what the function makes of `file`, and write its variants below `directory` under their keys."""
    ended = partial(_ended, _text(file.path), time.monotonic())
    try:
        check_bytes(file.path.stat().st_size)
        content = file.path.read_bytes()
        picture = decode(content, keeps_copyright(table))
        check_room(table, picture)
    except Rejected as rejection:
        return ended("rejected", code=rejection.code, reason=rejection.reason)
    except OSError as error:
        return ended("unreadable", reason=error.strerror or str(error))
    upload = Upload("", file.key, hashlib.md5(content, usedforsecurity=False).hexdigest(), None, len(content))
    del content  # create_variants() needs the memory
    made = {variant.name: variant for variant in _make(upload, picture, table, directory)}
    return ended("variants", variants=tuple(made[variant.name] for variant in table))


def _make(upload: Upload, picture: Picture, table: Sequence[Variant], directory: Path | None) -> Iterator[MadeVariant]:
    """Make the variants of `upload`, and write them below `directory`, if there is one."""
    steps = Steps()
    for variant, encoded in create_variants(picture, table, steps):
        path = directory / variant_key(upload, variant) if directory else None
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(encoded)
        yield _describe(variant, encoded, path, steps.taken()[Step.ENCODE.of(variant.name)])


def _files_at(paths: Iterable[Path]) -> Iterator[File]:
    for path in paths:
        below = visible_files(path) if path.is_dir() else [path]
        for file in below:
            yield File(file, _text(file.relative_to(path) if path.is_dir() else file.name))


def _text(path: Path | str) -> str:
    """Return `path` as UTF-8 text: bytes of another encoding are escaped."""
    return str(path).encode("utf-8", "backslashreplace").decode()


def _ended(file: str, started: float, outcome: Literal["variants", "rejected", "unreadable"], **fields: Any) -> Trial:
    return Trial(file, outcome, milliseconds=round(1000 * (time.monotonic() - started)), **fields)


def _describe(variant: Variant, encoded: bytes, path: Path | None, milliseconds: int) -> MadeVariant:
    with Image.open(BytesIO(encoded), formats=(variant.format,)) as picture:
        width, height = picture.size
    return MadeVariant(
        name=variant.name,
        path=_text(path) if path else None,
        format=variant.format,
        width=width,
        height=height,
        bytes=len(encoded),
        milliseconds=milliseconds,
    )


def _print(trials: Sequence[Trial], names: Sequence[str]) -> None:
    """Print a table of sizes, then a line for each file without variants."""
    rows = [(trial.file, _figures(trial)) for trial in trials if trial.variants]
    print_figures("file", ["pixels", *names, "ms"], rows, "ms")
    for trial in trials:
        if not trial.variants:
            print_line(f"{trial.file}: {trial.outcome}: {trial.reason}")


def _figures(trial: Trial) -> list[str]:
    first, sizes = trial.variants[0], [size(variant.bytes) for variant in trial.variants]
    return [f"{first.width} x {first.height}", *sizes, str(trial.milliseconds)]

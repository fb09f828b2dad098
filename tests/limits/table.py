"""The table of the largest pictures in docs/formats.md: what the limits allow, and what `make test-limits` measured."""

import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

SIZES = (256, 512, 1024, 3008)  # MB
BEGIN, END = "<!-- written by make test-limits ARGS=--markdown -->\n", "<!-- end -->\n"
CELL = re.compile(r"([\d.]+) MP, \d+ MiB, \d+ s")

# The kinds of each row: a cell has the pixels of the first, and the highest peak and the longest time of all.
ROWS = {
    "JPEG": ("jpeg-rgb", "jpeg-rgb-444", "jpeg-rgb-turned", "jpeg-rgb-profile", "jpeg-rgb-no-end"),
    "JPEG, progressive": (
        "jpeg-progressive-444-gray-end",
        "jpeg-progressive-444-no-end",
        "jpeg-progressive-444",
    ),
    "JPEG, progressive CMYK": (
        "jpeg-cmyk-progressive-gray-end",
        "jpeg-cmyk-progressive-no-end",
        "jpeg-cmyk-progressive",
    ),
    "JPEG of 100 scans": ("jpeg-100-scans",),
    "PNG": ("png-rgb", "png-rgb-interlaced", "png-rgb-profile", "png-palette", "png-gray"),
    "PNG, 16 bits": ("png-rgb-16", "png-rgb-16-key-too-large"),
    "PNG with transparency": ("png-gray-alpha", "png-rgba", "png-rgba-16", "png-rgb-16-key", "png-palette-alpha"),
    "WebP": ("webp-lossless", "webp-lossy"),
    "WebP with transparency": ("webp-lossy-alpha", "webp-alpha-too-large"),
    "GIF": ("gif",),
    "GIF, many frames": ("gif-many-frames", "gif-two-colors"),
    "APNG, 2 frames": ("png-two-frames",),
    "WebP, 2 frames": ("webp-two-frames",),
    "WebP, many frames": ("webp-many-frames",),
    "BMP": ("bmp-32", "bmp-24", "bmp-8"),
    "AVIF": ("avif", "avif-grid"),
    "AVIF with transparency": ("avif-alpha",),
    "AVIF, 2 frames": ("avif-two-frames",),
    "AVIF, many frames": ("avif-many-frames",),
    "HEIC": ("heic-grid", "heic"),
    "HEIC with transparency": ("heic-alpha",),
}


class Measurement(NamedTuple):
    """The pixels of a picture, the peak of the memory in MiB, and the seconds that the function takes."""

    pixels: int
    peak: float
    seconds: float


Cells = Mapping[tuple[int, str], str]  # by memory in MB, and row
Measurements = Mapping[tuple[int, str], Measurement]  # by memory in MB, and kind


def write(path: Path, measurements: Measurements) -> None:
    """Write the table in the file at `path`; what has no measurement stays as it is."""
    text = path.read_text()
    before, _, rest = text.partition(BEGIN)
    path.write_text(before + BEGIN + "\n".join((*lines(measurements, cells(text)), "")) + END + rest.partition(END)[2])


def lines(measurements: Measurements, former: Cells) -> list[str]:
    """Return the lines of the table."""
    head = ["largest", *(f"{size:,} MB" for size in SIZES)]
    rows = [
        [name, *(cell(measurements, size, name) or former.get((size, name), "") for size in SIZES)] for name in ROWS
    ]
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]


def cell(measurements: Measurements, size: int, name: str) -> str:
    """Return the cell of a row, or nothing if none of its kinds was measured."""
    found = [measurements[size, kind] for kind in ROWS[name] if (size, kind) in measurements]
    if not found:
        return ""
    peak, seconds = max(each.peak for each in found), max(each.seconds for each in found)
    return f"{found[0].pixels / 1e6:.1f} MP, {peak:.0f} MiB, {seconds:.0f} s"


def cells(text: str) -> Cells:
    """Return the cells of the table in `text`, by memory and row."""
    rows = [line.strip("|").split("|") for line in text.partition(BEGIN)[2].partition(END)[0].splitlines()[2:]]
    found = {(size, row[0].strip()): each.strip() for row in rows for size, each in zip(SIZES, row[1:], strict=True)}
    return defaultdict(str, found)


def read(path: Path) -> dict[tuple[int, str], float]:
    """Return the megapixels in the table, by memory and the first kind of each row."""
    found = {key: CELL.fullmatch(cell) for key, cell in cells(path.read_text()).items()}
    return {(size, ROWS[name][0]): float(match[1]) for (size, name), match in found.items() if match}

"""GIF: read the blocks, and let Pillow decode each image from a file that contains only this image.

Pillow gets sequences wrong if partial frames have a disposal or transparency: 8 of 54 test files have black boxes, the
wrong canvas, or can't be decoded. It accepts zeros in place of the end of an image, or of the last frames.
"""

import re
import struct
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import NamedTuple

from PIL import Image

from imaging.joined import Joined
from imaging.limits import MAX_FRAMES
from imaging.model import Disposal, Frame, Source, in_turn, load_with_pillow
from imaging.rejection import Rejected, corrupt, no_picture_yet, truncated

EXTENSION, IMAGE, TRAILER = 0x21, 0x2C, 0x3B
BLOCK = re.compile(rb"[\x21\x2c\x3b]")
MAX_BLOCKS, BLOCK_MICROSECONDS = 2_000_000, 0.3
SMALL_BLOCK = 128  # bytes; smaller blocks take more time than their pixels
CONTROL, APPLICATION = 0xF9, 0xFF
DISPOSALS = {2: Disposal.CLEAR, 3: Disposal.RESTORE, 4: Disposal.RESTORE}


class GraphicControl(NamedTuple):
    """How the next image is shown."""

    milliseconds: int = 0
    transparent: int | None = None
    disposal: Disposal = Disposal.KEEP


class Part(NamedTuple):
    """An image: its place on the canvas, and the pieces of a file that contains only this image."""

    left: int
    top: int
    width: int
    height: int
    control: GraphicControl
    pieces: tuple[bytes | memoryview, ...]


class Blocks:
    """One pass over the blocks of a GIF.

    `animated` is true if there is a loop block, which sets `loop_count`. `end` is the position after the data of the
    last image. `ends` is true if the last block is complete. `broken` is true if the file ends inside a block that
    isn't an image: frames may be missing then.
    """

    def __init__(self, content: bytes) -> None:
        self.view = memoryview(content)
        self.ends = self.broken = self.animated = False
        self.loop_count = 1
        self.blocks = self.end = 0
        self.palette = b""
        self.size = (0, 0)

    def parts(self) -> Iterator[Part]:
        """Yield the images, up to the end of the file."""
        try:
            yield from self._parts()
        except (struct.error, IndexError):
            self.broken = True

    def _parts(self) -> Iterator[Part]:
        width, height, flags = struct.unpack_from("<HHB", self.view, 6)
        self.size = (width, height)
        self.palette, at = self._table(13, flags)
        control = GraphicControl()
        while at < len(self.view) and (kind := self.view[at]) != TRAILER:
            if kind == IMAGE:
                part, at = self._image(at + 1, control)
                control = GraphicControl()
                yield part
            elif kind == EXTENSION:
                control = self._extension(at + 1, control)
                at = self._after_blocks(at + 2)
                self.broken = at > len(self.view)
            else:
                found = BLOCK.search(self.view, at)  # browsers skip stray bytes too
                at = found.start() if found else len(self.view) + 1
        self.ends = at <= len(self.view)

    def _image(self, at: int, control: GraphicControl) -> tuple[Part, int]:
        left, top, width, height, flags = struct.unpack_from("<HHHHB", self.view, at)
        palette, start = self._table(at + 9, flags)
        palette = palette or self.palette
        self.end = end = self._after_blocks(start + 1)
        interlaced = flags & 0x40
        pieces = (
            struct.pack("<6sHHBBB", b"GIF89a", width, height, _table_flags(palette), 0, 0),
            palette,
            _control_block(control.transparent),
            struct.pack("<BHHHHB", IMAGE, 0, 0, width, height, interlaced),
            self.view[start:end],
            bytes((0, TRAILER)),
        )
        return Part(left, top, width, height, control, pieces), end

    def _table(self, at: int, flags: int) -> tuple[bytes, int]:
        end = at + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
        return bytes(self.view[at:end]), end

    def _extension(self, at: int, control: GraphicControl) -> GraphicControl:
        kind, length = self.view[at], self.view[at + 1]
        if kind == CONTROL and length >= 4:
            flags, delay, transparent = struct.unpack_from("<BHB", self.view, at + 2)
            return GraphicControl(
                10 * delay, transparent if flags & 1 else None, DISPOSALS.get(flags >> 2 & 7, Disposal.KEEP)
            )
        if kind == APPLICATION and bytes(self.view[at + 2 : at + 13]) in (b"NETSCAPE2.0", b"ANIMEXTS1.0"):
            length, sub, repeats = struct.unpack_from("<BBH", self.view, at + 13)
            if length >= 3 and sub & 7 == 1:
                self.animated = True
                self.loop_count = repeats and min(repeats + 1, 65_535)  # GIF counts repeats after the first time
        return control

    def _after_blocks(self, at: int) -> int:
        """Return the position after a chain of sub-blocks. In a truncated file, it is past the end."""
        while at < len(self.view) and self.view[at]:
            at += 1 + self.view[at]
            self._count()
        self._count()
        return at + 1

    def _count(self) -> None:
        self.blocks += 1
        if self.blocks > MAX_BLOCKS:
            raise corrupt(f"more than {MAX_BLOCKS:,} blocks")


def read(content: bytes) -> Source:
    """Read a GIF file, up to the limit on the frames of an animation.

    Source: https://www.w3.org/Graphics/GIF/spec-gif89a.txt; browsers, where the specification is silent.

    Raises:
        Rejected: it contains no image, or is truncated.
    """
    blocks = Blocks(content)
    parts = list(islice(blocks.parts(), MAX_FRAMES + 1))
    if not parts:
        raise corrupt("there is no picture in it") if blocks.ends else no_picture_yet()
    if not any(part.width and part.height for part in parts):
        raise corrupt("a picture without pixels")
    if blocks.end - 1 > len(content.rstrip(b"\0")):  # the data of an image ends in one zero
        raise truncated(f"{_which(parts, len(parts))}: the file ends in zeros")
    if len(parts) <= MAX_FRAMES and (blocks.broken or ((blocks.animated or len(parts) > 1) and not blocks.ends)):
        raise truncated(f"the file ends {'in' if not blocks.broken else 'after'} frame {len(parts)}")
    size = _canvas(blocks.size, parts[0])
    loads = (partial(_load, part, None if blocks.ends else _which(parts, n)) for n, part in enumerate(parts, 1))
    return Source(
        size,
        [_frame(part) for part in parts],
        in_turn(*loads),
        blocks.loop_count,
        overhead=max(0, blocks.blocks - len(content) // SMALL_BLOCK) * BLOCK_MICROSECONDS,
    )


def _canvas(screen: tuple[int, int], first: Part) -> tuple[int, int]:
    """Return the size of the screen, enlarged until the first image fits, as in browsers."""
    return max(screen[0], first.left + first.width), max(screen[1], first.top + first.height)


def _which(parts: list[Part], number: int) -> str:
    return f"frame {number} is not complete" if len(parts) > 1 else "the picture is not complete"


def _frame(part: Part) -> Frame:
    return Frame(
        (part.left, part.top, part.left + part.width, part.top + part.height),
        part.control.milliseconds,
        part.control.disposal,
        over=True,
    )


def _load(part: Part, when_cut: str | None) -> Image.Image:
    if not part.width or not part.height:
        return Image.new("LA", (1, 1))  # transparent: an empty image changes nothing
    try:
        return load_with_pillow("GIF", Joined(part.pieces), (part.width, part.height))
    except Rejected as rejection:
        if when_cut is None:
            raise
        raise truncated(when_cut) from rejection


def _table_flags(palette: bytes) -> int:
    return 0x80 | (len(palette) // 3).bit_length() - 2 if palette else 0


def _control_block(transparent: int | None) -> bytes:
    return b"" if transparent is None else struct.pack("<BBBBHBB", EXTENSION, CONTROL, 4, 1, 0, transparent, 0)

"""GIF: read the blocks; Pillow's decoder gets the data of one image at a time.

Pillow gets sequences wrong if partial frames have a disposal or transparency: 8 of 54 test files have black boxes, the
wrong canvas, or can't be decoded. It accepts zeros in place of the end of an image, or of the last frames.
"""

import re
import struct
from collections.abc import Iterator
from functools import partial
from itertools import islice
from math import prod
from typing import NamedTuple

from PIL import Image

from imaging.formats.pillow import fill
from imaging.limits import MAX_FRAMES
from imaging.model import Disposal, Frame, Source, in_turn
from imaging.rejection import Rejected, corrupt, no_picture_yet, truncated

EXTENSION, IMAGE, TRAILER = 0x21, 0x2C, 0x3B
BLOCK = re.compile(rb"[\x21\x2c\x3b]")
MAX_BLOCKS, BLOCK_MICROSECONDS = 2_000_000, 0.3
SMALL_BLOCK = 128  # bytes; smaller blocks take more time than their pixels
CONTROL, APPLICATION = 0xF9, 0xFF
LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
INTERLACED = 0x40  # flag of an image
DISPOSALS = {2: Disposal.CLEAR, 3: Disposal.RESTORE, 4: Disposal.RESTORE}


class GraphicControl(NamedTuple):
    """How the next image is shown."""

    milliseconds: int = 0
    disposal: Disposal = Disposal.KEEP
    transparent: int | None = None


class Part(NamedTuple):
    """An image: how it is shown, and what its decoder needs. `data` are sub-blocks without the empty one at the end."""

    frame: Frame
    palette: bytes
    transparent: int | None
    code_bits: int
    is_interlaced: bool
    data: memoryview


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
        self.end = end = self._after_blocks(start + 1)
        milliseconds, disposal, transparent = control
        frame = Frame((left, top, left + width, top + height), milliseconds, disposal, over=True)
        code_bits, data = self.view[start], self.view[start + 1 : end - 1]
        return Part(frame, palette or self.palette, transparent, code_bits, bool(flags & INTERLACED), data), end

    def _table(self, at: int, flags: int) -> tuple[bytes, int]:
        """Return the color table that `flags` announce, and where it ends."""
        end = at + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
        return bytes(self.view[at:end]), end

    def _extension(self, at: int, control: GraphicControl) -> GraphicControl:
        kind, length = self.view[at], self.view[at + 1]
        if kind == CONTROL and length >= 4:
            flags, delay, transparent = struct.unpack_from("<BHB", self.view, at + 2)
            disposal = DISPOSALS.get(flags >> 2 & 7, Disposal.KEEP)
            return GraphicControl(10 * delay, disposal, transparent if flags & 1 else None)
        if kind == APPLICATION and self.view[at + 2 : at + 13] in LOOPS:
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
    if not any(prod(part.frame.size) for part in parts):
        raise corrupt("a picture without pixels")
    _check_end(content, blocks, parts)
    right, bottom = parts[0].frame.box[2:]
    loads = (partial(_load, part, None if blocks.ends else _which(parts, n)) for n, part in enumerate(parts, 1))
    return Source(
        (max(blocks.size[0], right), max(blocks.size[1], bottom)),  # enlarged for the first image, as in browsers
        [part.frame for part in parts],
        in_turn(*loads),
        blocks.loop_count,
        overhead=max(0, blocks.blocks - len(content) // SMALL_BLOCK) * BLOCK_MICROSECONDS,
    )


def _check_end(content: bytes, blocks: Blocks, parts: list[Part]) -> None:
    """Raise Rejected if the last image ends in zeros, or frames may be missing."""
    if blocks.end - 1 > len(content.rstrip(b"\0")):  # the data of an image ends in one zero
        raise truncated(f"{_which(parts, len(parts))}: the file ends in zeros")
    is_animated = blocks.animated or len(parts) > 1
    if len(parts) <= MAX_FRAMES and (blocks.broken or (is_animated and not blocks.ends)):
        raise truncated(f"the file ends {'in' if not blocks.broken else 'after'} frame {len(parts)}")


def _which(parts: list[Part], number: int) -> str:
    return f"frame {number} is not complete" if len(parts) > 1 else "the picture is not complete"


def _load(part: Part, when_cut: str | None) -> Image.Image:
    """Return the picture of `part`.

    Raises:
        Rejected: it is not complete, or cannot be decoded. `when_cut` is the reason for both if the file is truncated.
    """
    if not prod(part.frame.size):
        return Image.new("LA", (1, 1))  # transparent: an empty image changes nothing
    grays = bytes(level for gray in range(len(part.palette) // 3) for level in (gray, gray, gray))
    picture = Image.new("L" if part.palette == grays else "P", part.frame.size, None)
    if part.transparent is not None:
        picture.info["transparency"] = part.transparent
    if picture.mode == "P":
        picture.putpalette(part.palette)
    try:
        if not fill(picture, [part.data], "gif", (part.code_bits, part.is_interlaced)):
            raise truncated("the data of the picture ends early")
    except Rejected as rejection:
        if when_cut:
            raise truncated(when_cut) from rejection
        raise
    return picture

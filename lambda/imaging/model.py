"""The data that readers, decoding, and encoding exchange: Frame, Source, ShownFrame, Picture."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from math import prod
from typing import NamedTuple

from PIL import Image

Size = tuple[int, int]  # width and height in pixels
Box = tuple[int, int, int, int]  # left, top, right, bottom, in pixels


class Disposal(Enum):
    """What happens to the box of a frame before the next frame is drawn."""

    KEEP = "keep"
    CLEAR = "clear"
    RESTORE = "restore"


class Frame(NamedTuple):
    """How a frame is drawn on the canvas."""

    box: Box
    milliseconds: int = 0
    disposal: Disposal = Disposal.KEEP
    over: bool = False  # over the pixels of the canvas, or in place of them

    @property
    def size(self) -> Size:
        left, top, right, bottom = self.box
        return right - left, bottom - top


class Source(NamedTuple):
    """What a reader finds in a file before any pixel is decoded."""

    size: Size  # of the canvas
    frames: Sequence[Frame]
    load: Callable[[], Iterator[Image.Image]]  # decodes the frames in turn; raises Rejected if one can't be decoded
    loop_count: int = 1  # how many times an animation is shown; 0 means forever
    profile: bytes | None = None  # ICC; None means sRGB
    orientation: int = 1  # from EXIF, 1 to 8
    fallback: "Source | None" = None  # shown instead of an animation with a frame that can't be decoded

    # The cost of decoding, if it is higher than the format's in the registry.
    bytes_per_pixel: int = 0  # of memory, in addition to the file
    microseconds: float = 0  # of a processor for each pixel
    decoded_size: Size = (0, 0)  # of the largest picture that is decoded
    scans: int = 1  # of a JPEG: each one covers all pixels
    kept_bytes: int = 0  # by the parts of the file, or by the decoder of an animation
    overhead: float = 0  # microseconds for the parts of the file, however few pixels they have

    @property
    def areas(self) -> list[int]:
        """Return the pixels that count for each frame: those of the canvas, or its own if it is larger."""
        return [max(prod(self.size), prod(frame.size)) for frame in self.frames]


class ShownFrame(NamedTuple):
    """One frame of an animation as a viewer sees it, and for how many milliseconds."""

    picture: Image.Image
    milliseconds: int


class Rights(NamedTuple):
    """The artist and the copyright of a picture; empty if the file doesn't have them."""

    artist: str = ""
    copyright: str = ""


@dataclass(frozen=True)
class Picture:
    """A decoded upload: upright, sRGB, 8 bits a channel, as L, LA, RGB, or RGBA, without metadata."""

    still: Image.Image  # the first frame of an animation
    frames: Callable[[], Iterator[ShownFrame]] | None = None  # decodes those of an animation again, one at a time
    loop_count: int = 1  # how many times an animation is shown; 0 means forever
    note: str = ""  # how an animation over the limits was reduced
    pixels: int = 0  # of all frames of an animation
    held: int = 0  # bytes that stay in memory while an animation is encoded, in addition to its pictures
    rights: Rights | None = None  # None unless decode() was asked for them


def in_turn(*loads: Callable[[], Image.Image]) -> Callable[[], Iterator[Image.Image]]:
    """Return the `load` of a source whose frames are decoded independently, each by one of `loads`."""
    return lambda: (load() for load in loads)

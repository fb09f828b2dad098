"""The data that readers, decoding, and encoding exchange: Frame, Source, ShownFrame, Picture."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from io import BytesIO
from math import prod
from typing import NamedTuple

from PIL import Image, ImageFile, UnidentifiedImageError

from imaging.rejection import Rejected, corrupt, truncated, unsupported

Size = tuple[int, int]  # width and height in pixels
Box = tuple[int, int, int, int]  # left, top, right, bottom, in pixels


class Disposal(Enum):
    """What happens to a frame's box before the next frame is drawn."""

    KEEP = "keep"
    CLEAR = "clear"
    RESTORE = "restore"


class Frame(NamedTuple):
    """How a frame is drawn into `box` of the canvas: `over` its pixels, or in place of them."""

    box: Box
    milliseconds: int = 0
    disposal: Disposal = Disposal.KEEP
    over: bool = False

    @property
    def size(self) -> Size:
        left, top, right, bottom = self.box
        return right - left, bottom - top


class Source(NamedTuple):
    """What a reader finds in a file before any pixel is decoded.

    `load` decodes the frames, one at a time, and raises Rejected for a frame that cannot be decoded; each call starts
    again at the first frame. An animation is shown `loop_count` times; 0 means forever. `orientation` is EXIF's, from 1
    to 8. `decoded_size` is the size of the largest picture that decoding creates, if it may be larger than `size`.
    `scans` is the number of scans of a JPEG: each one covers all pixels. `bytes_per_pixel` of memory in addition to the
    file, and `microseconds` a pixel, are what decoding takes, if that is more than for other files of the format. The
    parts of the file, or the decoder of an animation, keep `kept_bytes`. The parts take `overhead` microseconds, even
    if they have few pixels. `fallback` is shown instead of an animation with a frame that cannot be decoded.
    """

    size: Size
    frames: Sequence[Frame]
    load: Callable[[], Iterator[Image.Image]]
    loop_count: int = 1
    profile: bytes | None = None
    orientation: int = 1
    decoded_size: Size = (0, 0)
    scans: int = 1
    bytes_per_pixel: int = 0
    microseconds: float = 0
    kept_bytes: int = 0
    overhead: float = 0
    fallback: "Source | None" = None

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

    def __bool__(self) -> bool:
        return bool(self.artist or self.copyright)


@dataclass(frozen=True)
class Picture:
    """A decoded upload: L, LA, RGB, or RGBA, 8 bits a channel, upright, sRGB, without metadata.

    `still` is the whole picture, or the first frame of an animation. `frames()` decodes the frames of an animation
    again, one at a time; a still has None. The animation is shown `loop_count` times; 0 means forever. `note` says how
    an animation over the limits was reduced. All frames of an animation have `pixels` in total; encoding it keeps
    `held` bytes in addition to its pictures. `rights` is None unless decode() was called with `with_rights`.
    """

    still: Image.Image
    frames: Callable[[], Iterator[ShownFrame]] | None = None
    loop_count: int = 1
    note: str = ""
    held: int = 0
    pixels: int = 0
    rights: Rights | None = None


def in_turn(*loads: Callable[[], Image.Image]) -> Callable[[], Iterator[Image.Image]]:
    """Return the `load` of a Source whose frames are decoded independently by `loads`."""
    return lambda: (load() for load in loads)


def load_with_pillow(form: str, content: bytes, size: Size) -> Image.Image:
    """Return the picture in `content`, a file of Pillow's format `form` that has `size` pixels.

    Raises:
        Rejected: Pillow cannot decode it. A retry would fail in the same way.
        MemoryError: the memory is not enough, which is not the upload's fault.
    """
    return next(load_frames_with_pillow(form, content, size, 1))


def load_frames_with_pillow(form: str, content: bytes, size: Size, count: int) -> Iterator[Image.Image]:
    """Yield the first `count` canvases of an animation, one at a time. It raises what load_with_pillow() raises."""
    picture = open_with_pillow(form, content, size)
    for n in range(count):
        with as_rejections(form):
            picture.seek(n)
            picture.load()
        yield picture.copy() if count > 1 else picture._new(picture.im)  # without the file


def open_with_pillow(form: str, content: bytes, size: Size) -> ImageFile.ImageFile:
    """Return the picture in `content`, whose pixels aren't decoded yet. It raises what load_with_pillow() raises."""
    with as_rejections(form):
        picture = Image.open(BytesIO(content), formats=(form,))
    if picture.size != size:
        raise corrupt("it contradicts itself about its size")
    return picture


@contextmanager
def as_rejections(form: str) -> Iterator[None]:
    """Raise the errors of a decoder of `form` as Rejected, except if memory runs out."""
    try:
        yield
    except (MemoryError, Rejected):
        raise
    except Exception as error:
        raise _rejection(form, error, str(error).lower()) from error


def _rejection(form: str, error: Exception, message: str) -> Exception:
    if "memory" in message and "security limit" not in message:
        return MemoryError(message)
    if isinstance(error, UnidentifiedImageError):
        return corrupt(f"its {form} header makes no sense")
    if "truncated" in message or "not enough" in message:
        return truncated("the data of the picture ends early")
    if message.startswith("unsupported"):
        return unsupported(f"this kind of {form}")
    return corrupt("the data of the picture cannot be decoded")

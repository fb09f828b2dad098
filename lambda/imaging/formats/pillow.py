"""Open and decode files with Pillow, and raise its errors as rejections."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from PIL import Image, ImageFile, UnidentifiedImageError

from imaging.model import Size
from imaging.rejection import Rejected, corrupt, truncated, unsupported

Buffer = bytes | memoryview
# What libheif reports as an allocation that failed, although the file is the reason.
NOT_ABOUT_MEMORY = ("security limit", "invalid image size")


def load_with_pillow(form: str, content: bytes, size: Size) -> Image.Image:
    """Return the picture in `content`, a file of Pillow's format `form` that has `size` pixels.

    Raises:
        Rejected: Pillow cannot decode it. A retry would fail in the same way.
        MemoryError: the memory is not enough, which is not the upload's fault.
    """
    return next(load_frames_with_pillow(form, content, size, 1))


def load_frames_with_pillow(form: str, content: bytes, size: Size, count: int) -> Iterator[Image.Image]:
    """Yield the first `count` canvases of an animation. It raises what load_with_pillow() raises."""
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


def fill(picture: Image.Image, pieces: Iterable[Buffer], codec: str, args: Any, extra: tuple[Any, ...] = ()) -> bool:
    """Decode `pieces` into `picture`, and return whether they complete it. No more of them are used than needed.

    `codec` is the name of Pillow's decoder, which has to consume each piece completely. Its arguments are `args`, those
    of a tile, and `extra`.

    Raises:
        Rejected: the data cannot be decoded.
        MemoryError: the memory is not enough, which is not the upload's fault.
    """
    decoder = Image._getdecoder(picture.mode, codec, args, extra)
    decoder.setimage(picture.im, (0, 0, *picture.size))
    try:
        for piece in pieces:
            used, error = decoder.decode(piece)
            if used < 0 and error:
                with as_rejections("image"):
                    raise ImageFile._get_oserror(error, encoder=False)
            if used < len(piece):
                return used < 0
    finally:
        decoder.cleanup()
    return False


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
    if "memory" in message and not any(each in message for each in NOT_ABOUT_MEMORY):
        return MemoryError(message)
    if isinstance(error, UnidentifiedImageError):
        return corrupt(f"its {form} header makes no sense")
    if "truncated" in message or "not enough" in message:
        return truncated("the data of the picture ends early")
    if message.startswith("unsupported"):
        return unsupported(f"this kind of {form}")
    return corrupt("the data of the picture cannot be decoded")

"""What a file says of itself before a pixel is decoded: its size, its frames, its colors, which side is up.

Each format has a module whose `read(content)` gives a Source. Every frame of it is a picture of its own: what lies
around the pixels (text, EXIF, profiles, other frames) never reaches Pillow's decoders.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from imaging.rejection import corrupt

Box = tuple[int, int, int, int]  # left, top, right, bottom, in pixels


class Disposal(Enum):
    """What becomes of a frame's box before the next frame is drawn."""

    KEEP = "keep"
    CLEAR = "clear"
    RESTORE = "restore"


@dataclass(frozen=True)
class Frame:
    """One frame: `load` decodes it, and raises Rejected when it cannot be.

    It is drawn into `box` of the canvas, over what is there (`over`) or instead of it.
    """

    load: Callable[[], Image.Image]
    box: Box
    milliseconds: int = 0
    disposal: Disposal = Disposal.KEEP
    over: bool = False


@dataclass(frozen=True)
class Source:
    """`loop_count` counts how often an animation is shown, 0 is for ever; `orientation` is EXIF's, 1 to 8.

    `scans` is how often a decoder goes over the picture: the scans of a JPEG.
    """

    format: str
    size: tuple[int, int]
    frames: Sequence[Frame] = field(repr=False)
    loop_count: int = 1
    profile: bytes | None = field(default=None, repr=False)
    orientation: int = 1
    scans: int = 1


def decoded(form: str, content: bytes, size: tuple[int, int]) -> Image.Image:
    """The one picture of SIZE in CONTENT, a file of the format FORM, by Pillow.

    Raises:
        Rejected: whatever Pillow raises over the bytes it raises again, so that a retry is in vain.
        MemoryError: not the upload's fault.
    """
    try:
        picture = Image.open(BytesIO(content), formats=(form,))
        if picture.size == size:
            picture.load()
    except MemoryError:
        raise
    except UnidentifiedImageError as error:
        raise corrupt(f"its {form} header makes no sense") from error
    except Exception as error:
        if "memory" in str(error):
            raise MemoryError(str(error)) from error
        raise corrupt(_told(error)) from error
    if picture.size != size:
        raise corrupt("it contradicts itself about its size")
    return picture


def _told(error: Exception) -> str:
    if "truncated" in str(error):
        return "the data of the picture ends early"
    return "the data of the picture cannot be decoded"

"""What comes out of decoding and goes into encoding."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from PIL import Image


@dataclass(frozen=True)
class Shown:
    """One frame of an animation as a viewer sees it, and for how many milliseconds."""

    picture: Image.Image
    milliseconds: int


@dataclass(frozen=True)
class Picture:
    """A picture: L, LA, RGB or RGBA, 8 bits a channel, upright, sRGB, without metadata.

    `still` is all of it, or the first frame of an animation. `frames()` decodes all frames of an animation anew, one at
    a time; it is None where there is one only. The animation is shown `loop_count` times, 0 is for ever.
    """

    still: Image.Image
    frames: Callable[[], Iterator[Shown]] | None = field(default=None, repr=False)
    loop_count: int = 1

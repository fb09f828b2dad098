"""Pictures of known colors in every mode, orientation, profile and state of damage, and the expected results.

All show the same: four quarters of 24 x 16 pixels, RED, GREEN, BLUE and YELLOW from the upper left; where there is
transparency, the yellow one is transparent. Files are made when they are asked for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

SIZE = WIDTH, HEIGHT = (48, 32)
RED, GREEN, BLUE, YELLOW = (200, 30, 40), (20, 160, 60), (30, 60, 200), (240, 230, 20)
CLEAR = (*YELLOW, 0)
GRAYS = (30, 100, 170, 240)
POINTS = ((12, 8), (36, 8), (12, 24), (36, 24))  # in the middle of each quarter

Color = tuple[int, ...]


@dataclass(frozen=True)
class Case:
    """A file that becomes five variants.

    `colors` are those of the decoded picture at POINTS, give or take `tolerance`. An animation
    shows `milliseconds` (one number for each frame), `loop_count` times. `note` is what decoding says of an animation
    over the limits.
    """

    name: str
    make: Callable[[], bytes]
    mode: str = "RGB"
    colors: tuple[Color, ...] = (RED, GREEN, BLUE, YELLOW)
    tolerance: int = 0
    size: tuple[int, int] = SIZE
    milliseconds: tuple[int, ...] = ()
    loop_count: int = 1
    note: str = ""

    @cached_property
    def content(self) -> bytes:
        return self.make()


@dataclass(frozen=True)
class RejectedCase:
    """A file that becomes a rejection with `code`, whose reason matches the regular expression `reason`."""

    name: str
    make: Callable[[], bytes]
    code: str
    reason: str

    @cached_property
    def content(self) -> bytes:
        return self.make()

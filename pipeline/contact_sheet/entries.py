"""The data of the contact sheet: uploads, their pictures, and their times."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.deployed.outcomes import Outcome


@dataclass(frozen=True)
class ImageFile:
    """An image file. Width and height are in pixels, as displayed: upright.

    `preview` is a small picture of a large file; the page shows a small file without one. `shown` says whether browsers
    can show the file, and `transparent` whether it may have transparent pixels.
    """

    path: Path
    bytes: int
    format: str
    width: int
    height: int
    transparent: bool = False
    shown: bool = True
    preview: "ImageFile | None" = None


@dataclass(frozen=True)
class Timing:
    """The milliseconds of the whole upload, and of its steps."""

    total: int
    steps: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """One upload: its `source`, if it can be shown, and those of its variants that exist, by name."""

    outcome: Outcome
    source: ImageFile | None
    variants: Mapping[str, ImageFile]
    timing: Timing | None = None

    @property
    def pictures(self) -> list[ImageFile]:
        """Return the source and the variants."""
        return [picture for picture in (self.source, *self.variants.values()) if picture]

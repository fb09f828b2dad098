"""What the contact sheet knows of an upload."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.deployed.outcomes import Outcome


@dataclass(frozen=True)
class ImageFile:
    """An image file that a browser can show. Width and height are in pixels, as displayed: upright."""

    path: Path
    bytes: int
    format: str
    width: int
    height: int


@dataclass(frozen=True)
class Timing:
    """Milliseconds: of the whole upload, and of its steps."""

    total: int
    steps: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """One upload: its `source`, if a browser can show it, and those of its variants that exist, by name."""

    outcome: Outcome
    source: ImageFile | None
    variants: Mapping[str, ImageFile]
    timing: Timing | None = None

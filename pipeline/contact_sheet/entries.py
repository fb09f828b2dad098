"""What the sheet knows of an upload."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.deployed.outcomes import Outcome


@dataclass(frozen=True)
class Picture:
    """A file that a browser can show; width and height as it is seen, upright."""

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
    """One upload: its `source`, unless nobody can look at that, and by name those variants that are there."""

    outcome: Outcome
    source: Picture | None
    variants: Mapping[str, Picture]
    timing: Timing | None = None

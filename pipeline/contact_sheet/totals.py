"""The totals of a contact sheet."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.contact_sheet.entries import Entry
from pipeline.deployed.function import VARIANTS


@dataclass(frozen=True)
class Totals:
    """Sums over uploads. Bytes are those of complete uploads: `bytes_in` of originals, `bytes_out` of all variants.

    `bytes_smallest` counts the smallest full-size variant of each upload, `by_variant` bytes, `by_step` milliseconds.
    """

    states: Counter[str]
    bytes_in: int
    bytes_out: int
    bytes_smallest: int
    by_variant: Counter[str]
    by_step: Counter[str]

    @property
    def bytes_saved(self) -> int:
        """Return how many bytes the smallest full-size variants save compared with the originals."""
        return self.bytes_in - self.bytes_smallest

    @property
    def slowest_step(self) -> tuple[str, int] | None:
        """Return the name and the total milliseconds of the slowest step; None if the log has no steps."""
        return next(iter(self.by_step.most_common(1)), None)


def sum_up(entries: Iterable[Entry]) -> Totals:
    """Return the totals of `entries`."""
    entries = list(entries)
    complete = [entry for entry in entries if entry.outcome.state == "complete"]
    return Totals(
        states=Counter(entry.outcome.state for entry in entries),
        bytes_in=sum(entry.outcome.upload.size for entry in complete),
        bytes_out=sum(picture.bytes for entry in complete for picture in entry.variants.values()),
        bytes_smallest=sum(smallest(entry) for entry in complete),
        by_variant=_sum((name, picture.bytes) for entry in complete for name, picture in entry.variants.items()),
        by_step=_sum(step for entry in entries if entry.timing for step in entry.timing.steps.items()),
    )


def smallest(entry: Entry) -> int:
    """Return the bytes of the smallest full-size variant, or of the original if there is none."""
    whole = [variant.name for variant in VARIANTS if not variant.fit and variant.name in entry.variants]
    return min((entry.variants[name].bytes for name in whole), default=entry.outcome.upload.size)


def _sum(amounts: Iterable[tuple[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for name, amount in amounts:
        total[name] += amount
    return total

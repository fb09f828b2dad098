"""What the uploads of a sheet amount to."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.contact_sheet.entries import Entry
from pipeline.deployed.function import VARIANTS


@dataclass(frozen=True)
class Totals:
    """Bytes count complete uploads only: `bytes_in` of the originals, `bytes_out` of all their variants.

    `bytes_smallest` is of the smallest full-size variant of each; `by_variant` are the bytes, `by_step` the
    milliseconds.
    """

    states: Counter[str]
    bytes_in: int
    bytes_out: int
    bytes_smallest: int
    by_variant: Counter[str]
    by_step: Counter[str]

    @property
    def bytes_saved(self) -> int:
        """By how much less the smallest full-size variants are than the originals."""
        return self.bytes_in - self.bytes_smallest

    @property
    def slowest_step(self) -> tuple[str, int] | None:
        """Name and milliseconds of the step that took most in all; None where the log has none."""
        return next(iter(self.by_step.most_common(1)), None)


def totals(entries: Iterable[Entry]) -> Totals:
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
    """Bytes of the smallest full-size variant; of the original where there is none."""
    whole = [variant.name for variant in VARIANTS if not variant.fit and variant.name in entry.variants]
    return min((entry.variants[name].bytes for name in whole), default=entry.outcome.upload.size)


def _sum(amounts: Iterable[tuple[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for name, amount in amounts:
        total[name] += amount
    return total

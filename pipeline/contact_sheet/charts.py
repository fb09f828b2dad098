"""Draw the two charts of the totals: bytes by variant, and time by step."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.contact_sheet.totals import Totals
from pipeline.contact_sheet.wording import duration, share
from pipeline.deployed.function import VARIANTS, Step
from pipeline.lib.terminal import size

MAX_LENGTH = 1.5  # times the length of 100%


@dataclass(frozen=True)
class Bar:
    """A bar of a chart: the lengths of its `parts`, in the chart's unit, and the `text` next to it."""

    label: str
    parts: tuple[int, ...]
    text: str


@dataclass(frozen=True)
class Chart:
    """Bars on one scale. `parts` names the parts of each bar, if there are several.

    A line marks the length `full`, which is 100%. A much longer bar is cut off, to keep the others visible.
    """

    name: str
    title: str
    bars: Sequence[Bar]
    parts: tuple[str, ...] = ()
    full: int = 0

    @property
    def longest(self) -> float:
        """Return the length of the scale."""
        longest = max(sum(bar.parts) for bar in self.bars) or 1
        return min(longest, MAX_LENGTH * self.full) if self.full else longest

    @property
    def description(self) -> str:
        """Return the chart in words, for screen readers."""
        return "; ".join(f"{bar.label} {bar.text}" for bar in self.bars)


def make_charts(totals: Totals) -> list[Chart]:
    """Return the charts that have numbers."""
    drawn = []
    if totals.bytes_in:
        drawn.append(Chart("bytes", "Bytes (complete uploads)", _bytes(totals), full=totals.bytes_in))
    if totals.by_step:
        drawn.append(Chart("time", "Time by step", _times(totals), (Step.ENCODE, Step.WRITE)))
    return drawn


def _bytes(totals: Totals) -> list[Bar]:
    amounts = {"originals": totals.bytes_in} | {variant.name: totals.by_variant[variant.name] for variant in VARIANTS}
    return [Bar(name, (count,), f"{size(count)} · {share(count, totals.bytes_in)}") for name, count in amounts.items()]


def _times(totals: Totals) -> list[Bar]:
    steps = totals.by_step
    alone = [Bar(step, (steps[step],), duration(steps[step])) for step in (Step.READ, Step.DECODE)]
    return alone + [
        Bar(name, taken, duration(sum(taken)))
        for name in (variant.name for variant in VARIANTS)
        if sum(taken := (steps[Step.ENCODE.of(name)], steps[Step.WRITE.of(name)]))
    ]

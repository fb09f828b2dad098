"""Variants encoded side by side."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed

from imaging import limits
from imaging.encode import FORMATS, Variant
from imaging.picture import Picture

LANES = 2  # one for the PNG, and one for all others, which take about as long


def side_by_side(
    encoded: Callable[[Variant], bytes], variants: Iterable[Variant], picture: Picture
) -> Iterator[tuple[Variant, bytes]]:
    """Each of VARIANTS with what ENCODED makes of PICTURE, as it is done; the next ones are encoded meanwhile.

    Where memory may not be enough for that, one after the other.
    """
    if not limits.room_for_two(picture.still.size, needed(picture)):
        yield from ((variant, encoded(variant)) for variant in variants)
        return
    lanes = ThreadPoolExecutor(LANES)
    started = {lanes.submit(encoded, variant): variant for variant in sorted(variants, key=is_quick)}
    try:
        for done in as_completed(started):
            yield started.pop(done), done.result()
    finally:
        lanes.shutdown(wait=False, cancel_futures=True)  # whoever stops listening has no time left


def is_quick(variant: Variant) -> bool:
    return not FORMATS[variant.format].slow


def needed(picture: Picture) -> int:
    """Bytes of memory for a pixel of PICTURE."""
    if picture.frames:
        return limits.ANIMATED
    return limits.TRANSPARENT if "A" in picture.still.mode else limits.OPAQUE

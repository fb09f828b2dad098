"""Encodes variants side by side, in threads."""

import threading
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed

from imaging import limits
from imaging.encode import OUTPUT_FORMATS, Variant
from imaging.model import Picture

LANES = 2  # threads: one for the PNG, and one for all other variants, which take about as long together
NAME = "encoder"  # how the names of these threads begin


def side_by_side(
    encode: Callable[[Variant], bytes], variants: Iterable[Variant], picture: Picture
) -> Generator[tuple[Variant, bytes], None, None]:
    """Yield each variant with what `encode` makes of it, in the order in which they finish.

    The next variants are encoded meanwhile. If memory may not suffice for that, they are encoded one after the other.
    A generator that is closed early starts no further variant, but doesn't wait for those that are `running()`.
    """
    if not limits.room_for_two(picture.still.size, kind(picture), picture.held):
        yield from ((variant, encode(variant)) for variant in variants)
        return
    lanes = ThreadPoolExecutor(LANES, NAME)
    done: Future[bytes] | None = None
    try:
        started = {lanes.submit(encode, variant): variant for variant in sorted(variants, key=is_quick)}
        for done in as_completed(started):
            yield started.pop(done), done.result()
        lanes.shutdown()
    finally:
        lanes.shutdown(wait=False, cancel_futures=True)
        del done  # its error, if any, refers to this frame, and so to the picture


def running() -> list[threading.Thread]:
    """Return the threads that `side_by_side` left running when its consumer stopped early."""
    return [thread for thread in threading.enumerate() if thread.name.startswith(NAME)]


def is_quick(variant: Variant) -> bool:
    """Return whether encoding `variant` can start after the slow ones."""
    return not OUTPUT_FORMATS[variant.format].slow


def kind(picture: Picture) -> limits.Kind:
    """Return the kind of `picture`, which says how much memory its pixels need."""
    if picture.frames:
        return limits.ANIMATED
    return limits.TRANSPARENT if "A" in picture.still.mode else limits.OPAQUE

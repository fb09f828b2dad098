"""Encode variants in parallel, in threads."""

import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed

from imaging import limits
from imaging.encode import OUTPUT_FORMATS, Variant
from imaging.model import Picture
from imaging.rejection import too_many_pixels
from imaging.sizes import bases

LANES = 2  # threads: WebP takes about as long as all other variants together
NAME = "encoder"  # the prefix of the threads' names


def side_by_side(
    encode: Callable[[Variant], bytes], variants: Iterable[Variant], picture: Picture
) -> Generator[tuple[Variant, bytes], None, None]:
    """Yield each variant with the bytes that `encode` returns, in the order in which they finish.

    Meanwhile, the next variants are encoded. If memory may not suffice for that, they are encoded one after the other.
    Closing the generator early starts no further variant, but doesn't wait for those that are `running()`.
    """
    variants = list(variants)
    if not limits.room_for_two(picture.still.size, kind(picture), picture.held + bytes_beside(variants, picture)):
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


def check_room(variants: Sequence[Variant], picture: Picture) -> None:
    """Raise Rejected if there is not enough memory for variants that need more than WebP's encoder."""
    if not limits.room_for_one(picture.still.size, kind(picture), picture.held + bytes_beside(variants, picture)):
        largest = max(variants, key=lambda variant: bytes_beside([variant], picture))
        why = f"too many for variant {largest.name!r}, which is {largest.format} of that size"
        raise too_many_pixels(picture.still.size, why)


def bytes_beside(variants: Sequence[Variant], picture: Picture) -> int:
    """Return the bytes for the largest encoder, in addition to WebP's, and for the sizes that others are made from."""
    made = [(variant, variant.size(picture.still.size)) for variant in variants]
    encoders = (OUTPUT_FORMATS[variant.format].bytes_beside(picture, size) for variant, size in made)
    kept = bases(picture.still.size, [size for variant, size in made if variant.fit])
    return max(encoders, default=0) + limits.PICTURE * sum(width * height for width, height in kept)


def running() -> list[threading.Thread]:
    """Return the threads that are still running after the consumer of `side_by_side` stopped early."""
    return [thread for thread in threading.enumerate() if thread.name.startswith(NAME)]


def is_quick(variant: Variant) -> bool:
    """Return whether encoding `variant` can start after the slow ones."""
    return not OUTPUT_FORMATS[variant.format].slow


def kind(picture: Picture) -> limits.Kind:
    """Return the kind of `picture`, which says how much memory its pixels need."""
    if picture.frames:
        return limits.ANIMATED
    return limits.TRANSPARENT if "A" in picture.still.mode else limits.OPAQUE
